/**
 * pageOf: the live actors of one kernel, a page at a time.
 *
 * Guarantees: a page ends at `rows` actors, or once it has cost half a millisecond, whichever comes first;
 * whoever wants more asks again, and actors have their turns in between. Every actor that lives through all
 * pages is on exactly one.
 *
 * Does not stand still: pages are taken at different times, so what they tell need not fit together.
 */

import type { AnyRef } from '../actor/ref.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { type ActorFilter, matches } from './actor-filter.ts'
import { type ActorRow, rowOf } from './actor-row.ts'
import { PageMeter } from './page-meter.ts'

export interface ActorPage {
  readonly rows: readonly ActorRow[]
  /** Where the next page begins; undefined after the last. */
  readonly next: number | undefined
  /** What this page cost, in units of about 10 ns. */
  readonly work: number
}

export const PAGE_ROWS_MAX = 500
/** Slots of dead actors are passed over, but not for nothing. */
const WORK_PER_SLOT = 1
const WORK_PER_FILTER = 5

/** The actors from slot `from` on that pass the filter. */
export function pageOf(kernel: Kernel, from: number, rowsMax: number, filter?: ActorFilter): ActorPage {
  const { cells } = kernel
  kernel.scheduler.readClock() // ages are told as of now
  const limit = Math.min(rowsMax, PAGE_ROWS_MAX)
  const meter = new PageMeter(kernel.ports.clock)
  const rows: ActorRow[] = []
  let slot = from
  for (; slot < cells.slots && rows.length < limit && !meter.isFull(); slot++) {
    meter.spend(WORK_PER_SLOT)
    const cell = cells.at(slot)
    if (cell === undefined) continue
    if (filter !== undefined) {
      meter.spend(WORK_PER_FILTER)
      if (!matches(cell, filter)) continue
    }
    const made = rowOf(kernel, cell)
    rows.push(made.row)
    meter.spend(made.work)
  }
  return { rows, next: slot < cells.slots ? slot : undefined, work: meter.work() }
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
  const meter = new PageMeter(kernel.ports.clock)
  const rows: ActorRow[] = []
  let done = 0
  while (done < refs.length && rows.length < PAGE_ROWS_MAX && !meter.isFull()) {
    const cell = kernel.cells.get(refs[done++] as AnyRef)
    if (cell === undefined) continue
    const made = rowOf(kernel, cell)
    rows.push(made.row)
    meter.spend(made.work)
  }
  return { rows, done, work: meter.work() }
}
