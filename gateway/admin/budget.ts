/**
 * Budget: how much time of the node's threads those who share it may cost.
 *
 * Guarantees: over any long time no more than `part` of one thread; `burstMs` may be used at once after a pause. Who
 * asks beyond that waits for up to `WAIT_MS_MAX`, and is refused with the time after which to ask again. Whoever waits
 * has paid already, so those after him wait longer.
 *
 * One answer that costs more than anybody expects shuts the others out for no longer than `burstMs` takes to come back:
 * what goes beyond is forgiven.
 */

import type { Clock } from '../clock.ts'

const WAIT_MS_MAX = 1_000

export class Budget {
  readonly #clock: Clock
  readonly #part: number
  readonly #burstMs: number
  #leftMs: number
  #atMs: number

  constructor(clock: Clock, { part, burstMs }: { readonly part: number; readonly burstMs: number }) {
    this.#clock = clock
    this.#part = part
    this.#burstMs = burstMs
    this.#leftMs = burstMs
    this.#atMs = clock.nowMs()
  }

  /** Somebody may begin without waiting. */
  get hasTime(): boolean {
    return this.#waitMs() <= 0
  }

  /** Spends `ms`, and resolves when there is time: undefined, or how long to wait when that is too long. */
  async enter(ms: number): Promise<number | undefined> {
    const waitMs = this.#waitMs()
    if (waitMs > WAIT_MS_MAX) return Math.ceil(waitMs)
    this.spend(ms)
    if (waitMs > 0) await new Promise<void>((resolve) => this.#clock.after(Math.ceil(waitMs), resolve))
    return undefined
  }

  /** What something has cost. */
  spend(ms: number): void {
    this.#refill()
    this.#leftMs = Math.max(-this.#burstMs, this.#leftMs - ms)
  }

  #waitMs(): number {
    this.#refill()
    return this.#leftMs > 0 ? 0 : -this.#leftMs / this.#part
  }

  #refill(): void {
    const now = this.#clock.nowMs()
    this.#leftMs = Math.min(this.#burstMs, this.#leftMs + (now - this.#atMs) * this.#part)
    this.#atMs = now
  }
}
