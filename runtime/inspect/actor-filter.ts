/** ActorFilter: which actors an operator asks for. All that is given must hold. */

import { type Cell, SUSPENDED } from '../kernel/cell.ts'

export interface ActorFilter {
  /** Part of the type or the name, or a whole ref. */
  readonly match?: string
  /** The type. */
  readonly type?: string
  /** Only those that are suspended. */
  readonly isSuspended?: true
}

export function matches(cell: Cell, { match, type, isSuspended }: ActorFilter): boolean {
  const { name } = cell.type.definition
  if (type !== undefined && type !== name) return false
  if (isSuspended === true && (cell.status & SUSPENDED) === 0) return false
  if (match === undefined || name.includes(match)) return true
  return cell.name?.includes(match) === true || (match.startsWith('<') && cell.ref.toString() === match)
}
