/** What `top` sorts by, as operators call it on the command line and as the columns are titled. */

import type { TopSort } from '../../../gateway/admin/index.ts'

const SORTS: Readonly<Record<string, TopSort>> = {
  'msg/s': 'handled',
  busy: 'handlerMs',
  mailbox: 'mailbox',
  wait: 'age',
  memory: 'heap',
  refused: 'refused',
}

export const SORT_NAMES = Object.keys(SORTS)

export function sortCalled(name: string): TopSort {
  return SORTS[name] ?? 'handled'
}

export function nameOfSort(sort: TopSort): string {
  return SORT_NAMES.find((name) => SORTS[name] === sort) ?? sort
}
