/**
 * Visit: one request while it is in work: the place that it holds and the budget that it spends from.
 *
 * Counted before it waits for time, or many could pass the check together.
 */

import type { Clock } from '../clock.ts'
import type { Right } from './access.ts'
import { Budget } from './budget.ts'
import { Refusal } from './params.ts'
import { type PlaceSort, Places } from './places.ts'

/**
 * Together 1% of a thread. Reads: a pause of a minute saves up the burst, some hundred trees of 15,000 sessions.
 * Whoever may steer the node is not kept from it by those who read, and not by those who ask what is always answered.
 */
const BUDGETS = {
  read: { part: 0.007, burstMs: 400 },
  always: { part: 0.001, burstMs: 100 },
  write: { part: 0.002, burstMs: 100 },
} as const
/** What a request costs the main thread, and the threads that it asks, beside what it tells of itself. */
const REQUEST_MS = 0.2

type BudgetName = keyof typeof BUDGETS

export interface Visit {
  spend(ms: number): void
  /** Gives the place up while it waits. @throws Refusal `BUSY` when all are taken by then */
  aside<T>(wait: () => Promise<T>): Promise<T>
  /** Pays for another round; false: there is no time for it now. */
  again(): boolean
  leave(): void
}

export class Visits {
  readonly #places = new Places()
  readonly #budgets: Readonly<Record<BudgetName, Budget>>

  constructor(clock: Clock) {
    this.#budgets = {
      read: new Budget(clock, BUDGETS.read),
      always: new Budget(clock, BUDGETS.always),
      write: new Budget(clock, BUDGETS.write),
    }
  }

  /** What belongs to no visit is paid by those who read. */
  spend(ms: number): void {
    this.#budgets.read.spend(ms)
  }

  /** Comes in by the first of the sorts that has room at once, or waits at the last. @throws Refusal `BUSY` */
  async enter(door: Right['door'], sorts: readonly [PlaceSort, ...PlaceSort[]]): Promise<Visit> {
    const hasRoom = (sort: PlaceSort) => this.#places.isFree(door, sort) && this.#budgetOf(sort).hasTime
    const sort = sorts.find(hasRoom) ?? (sorts.at(-1) as PlaceSort)
    const budget = this.#budgetOf(sort)
    let leave = this.#places.take(door, sort)
    const waitMs = await budget.enter(REQUEST_MS)
    if (waitMs !== undefined) {
      leave()
      throw outOfTime(waitMs)
    }
    return {
      spend: (ms) => budget.spend(ms),
      aside: async (wait) => {
        leave()
        const value = await wait()
        leave = this.#places.take(door, sort)
        return value
      },
      again: () => {
        if (!budget.hasTime) return false
        budget.spend(REQUEST_MS)
        return true
      },
      leave: () => leave(),
    }
  }

  #budgetOf(sort: PlaceSort): Budget {
    return this.#budgets[sort === 'stream' ? 'read' : sort]
  }
}

function outOfTime(waitMs: number): Refusal {
  return new Refusal('BUSY', 'Cannot answer: the time that operators may cost this node is used up', waitMs)
}
