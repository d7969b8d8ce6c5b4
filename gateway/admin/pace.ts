/**
 * Pace: how much all operators together may send: beyond it, what they send waits unread. So not even a flood of
 * requests that are refused costs the main thread more than about a percent.
 */

import type { Clock } from '../clock.ts'

/** Lines; a refused one costs some 30 us. */
const OPERATORS = { perSecond: 200, burst: 400 } as const
/** Those whom nobody has let in yet: each line may be a token that is to be checked. */
export const STRANGERS = { perSecond: 10, burst: 40 } as const
/** A line counts one more for each such part: what is deeply nested takes its time to read. */
const PART_CHARS = 256

interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export class Pace {
  readonly #clock: Clock
  readonly #rate: Rate
  #tokens: number
  #atMs: number

  constructor(clock: Clock, rate: Rate = OPERATORS) {
    this.#clock = clock
    this.#rate = rate
    this.#tokens = rate.burst
    this.#atMs = clock.nowMs()
  }

  /** True when a line of so many characters may be taken now. */
  take(chars = 0): boolean {
    const { perSecond, burst } = this.#rate
    const now = this.#clock.nowMs()
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#atMs) * perSecond) / 1_000)
    this.#atMs = now
    // A line longer than the burst could never be taken: the burst is what it costs at the most.
    const cost = Math.min(burst, 1 + Math.floor(chars / PART_CHARS))
    if (this.#tokens < cost) return false
    this.#tokens -= cost
    return true
  }
}
