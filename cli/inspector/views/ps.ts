/** Actors, one a line. */

import type { Ps, PsRow } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { bytes, duration, short } from '../text/format.ts'
import { type Line, span } from '../text/line.ts'
import { type Column, type Row, table } from '../text/table.ts'
import { ageCell, gaps, labelOf, mailboxCell, number, stateCell, toned } from './common.ts'

const COLUMNS: readonly Column[] = [
  { title: 'REF' },
  { title: 'NAME', min: 16 },
  { title: 'TYPE', min: 8, drop: 3 },
  { title: 'STATE' },
  { title: 'MAILBOX', align: 'right' },
  { title: 'WAIT', align: 'right' },
  { title: 'HANDLED', align: 'right', drop: 1 },
  { title: 'TIME', align: 'right', drop: 2 },
  { title: 'MEMORY', align: 'right', drop: 4 },
  { title: 'REFUSED', align: 'right', drop: 5 },
  { title: 'DROPPED', align: 'right', drop: 6 },
  { title: 'IN WORK', min: 8, drop: 7 },
  { title: 'PARENT', drop: 8 },
]

export function psView(ps: Ps, page: Page): Line[] {
  if (ps.rows.length === 0) return [['No actor is like that.'], ...gaps(ps, page.width)]
  const next =
    ps.next === undefined ? [] : [[], ...toned(`… there is more: --after '${ps.next}'`, 'warn', page.width)]
  return [
    ...table(COLUMNS, ps.rows.map(cellsOf), page.width),
    ...gaps({ silent: ps.silent }, page.width),
    ...next,
  ]
}

function cellsOf(row: PsRow): Row {
  return [
    row.ref,
    span(labelOf(row), row.kind === 'supervisor' ? 'bold' : 'plain'),
    span(row.type, 'dim'),
    stateCell(row.state),
    mailboxCell(row.mailboxLength),
    ageCell(row.oldestAgeMs),
    number(row.handled, short(row.handled)),
    number(row.handlerMs, duration(row.handlerMs)),
    bytes(row.heapBytes),
    number(row.refused, short(row.refused), 'warn'),
    number(row.dropped, short(row.dropped), 'warn'),
    row.current ?? '',
    row.parent ?? '',
  ]
}
