/** ActorFilter: which actors an operator asks for. All that is given must hold. */

import type { Cell } from '../kernel/cell.ts'

export interface ActorFilter {
  /** Part of the type or the name, or a whole ref. */
  readonly match?: string
  /** The type. */
  readonly type?: string
}

export function matches(cell: Cell, { match, type }: ActorFilter): boolean {
  const { name } = cell.type.definition
  if (type !== undefined && type !== name) return false
  if (match === undefined || name.includes(match)) return true
  return cell.name?.includes(match) === true || (match.startsWith('<') && cell.ref.toString() === match)
}
