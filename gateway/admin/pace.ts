/**
 * Pace: how many lines all operators together may send: beyond it, what they send waits unread. So not even a flood of
 * requests that are refused costs the main thread more than a part of a percent.
 */

import type { Clock } from '../clock.ts'

/** A refused line costs some 30 us. */
const PER_SECOND = 200
const BURST = 400

export class Pace {
  readonly #clock: Clock
  #tokens = BURST
  #atMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#atMs = clock.nowMs()
  }

  /** True when a line may be taken now. */
  take(): boolean {
    const now = this.#clock.nowMs()
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#atMs) * PER_SECOND) / 1_000)
    this.#atMs = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
