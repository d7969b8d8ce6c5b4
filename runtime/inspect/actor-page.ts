/**
 * pageOf: the live actors of one kernel, a page at a time.
 *
 * Guarantees: a page ends at `rows` actors, or once it has cost about a millisecond, whichever comes first;
 * whoever wants more asks again, and actors have their turns in between. Every actor that lives through all
 * pages is on exactly one.
 *
 * Does not stand still: pages are taken at different times, so what they tell need not fit together.
 */

import type { AnyRef } from '../actor/ref.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { type ActorFilter, matches } from './actor-filter.ts'
import { type ActorRow, rowOf } from './actor-row.ts'

export interface ActorPage {
  readonly rows: readonly ActorRow[]
  /** Where the next page begins; undefined after the last. */
  readonly next: number | undefined
  /** What this page cost, in units of about 10 ns. */
  readonly work: number
}

export const PAGE_ROWS_MAX = 500
/** About a millisecond: see `rowOf`. */
export const PAGE_WORK_MAX = 100_000
/** Slots of dead actors are passed over, but not for nothing. */
const WORK_PER_SLOT = 1
const WORK_PER_FILTER = 5

/**
 * The actors from slot `from` on that pass the filter. Beyond `PAGE_WORK_MAX` it goes by the cost of one row at the
 * most.
 */
export function pageOf(kernel: Kernel, from: number, rowsMax: number, filter?: ActorFilter): ActorPage {
  const { cells } = kernel
  kernel.scheduler.readClock() // ages are told as of now
  const limit = Math.min(rowsMax, PAGE_ROWS_MAX)
  const rows: ActorRow[] = []
  let work = 0
  let slot = from
  for (; slot < cells.slots && rows.length < limit && work < PAGE_WORK_MAX; slot++) {
    work += WORK_PER_SLOT
    const cell = cells.at(slot)
    if (cell === undefined) continue
    if (filter !== undefined) {
      work += WORK_PER_FILTER
      if (!matches(cell, filter)) continue
    }
    const made = rowOf(kernel, cell)
    rows.push(made.row)
    work += made.work
  }
  return { rows, next: slot < cells.slots ? slot : undefined, work }
}

export interface RowsPage {
  /** Those that are alive. */
  readonly rows: readonly ActorRow[]
  /** How many of the refs were looked at: ask again for the others. */
  readonly done: number
  readonly work: number
}

/** The rows of some actors of this kernel, bounded as a page is. */
export function rowsOf(kernel: Kernel, refs: readonly AnyRef[]): RowsPage {
  kernel.scheduler.readClock()
  const rows: ActorRow[] = []
  let work = 0
  let done = 0
  while (done < refs.length && rows.length < PAGE_ROWS_MAX && work < PAGE_WORK_MAX) {
    const cell = kernel.cells.get(refs[done++] as AnyRef)
    if (cell === undefined) continue
    const made = rowOf(kernel, cell)
    rows.push(made.row)
    work += made.work
  }
  return { rows, done, work }
}
