/**
 * PageMeter: what a page costs the thread that makes it, and when it is enough: after half a millisecond by the clock, or what is
 * about as much by estimate.
 *
 * The clock is what counts on a real thread: code that is seldom run takes ten times what it takes when it is warm. The
 * estimate bounds pages where the clock stands still, as in a simulation.
 */

import type { Clock } from '../kernel/ports.ts'

/** The units of work, of about 10 ns each, in a ms. */
export const WORK_PER_MS = 100_000
/** Beyond it a page goes by the cost of one row at the most. */
export const PAGE_WORK_MAX = 50_000
const PAGE_MS_MAX = PAGE_WORK_MAX / WORK_PER_MS
/** Between two readings of the clock, which take about 5. */
const LOOK_WORK = 500

export class PageMeter {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #startMs: number
  #estimate = 0
  #lookAt = LOOK_WORK

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
    this.#startMs = this.#clock.monotonic()
  }

  /** What something is estimated to have cost. */
  spend(work: number): void {
    this.#estimate += work
  }

  isFull(): boolean {
    if (this.#estimate < this.#lookAt) return false
    this.#lookAt = this.#estimate + LOOK_WORK
    return this.#estimate >= PAGE_WORK_MAX || this.#elapsedMs() >= PAGE_MS_MAX
  }

  /** So far, in units of work: as measured, or as estimated when that is more. */
  work(): number {
    return Math.max(this.#estimate, Math.ceil(this.#elapsedMs() * WORK_PER_MS))
  }

  #elapsedMs(): number {
    return this.#clock.monotonic() - this.#startMs
  }
}
