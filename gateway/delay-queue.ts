/**
 * DelayQueue: things that become due a fixed time after they were added, with one timer for all of them.
 *
 * Guarantees: nothing is due early, nor later than a fortieth of the delay after its time. Adding again starts anew.
 * Cost: a map entry for each; no timer while it is empty.
 */

import type { Clock } from './clock.ts'

const PARTS = 40

export class DelayQueue<T> {
  readonly #clock: Clock
  readonly #delayMs: number
  readonly #onDue: (item: T) => void
  /** All have the same delay, so the order of insertion is the order in time. */
  readonly #due = new Map<T, number>()
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, delayMs: number, onDue: (item: T) => void) {
    this.#clock = clock
    this.#delayMs = delayMs
    this.#onDue = onDue
  }

  get size(): number {
    return this.#due.size
  }

  add(item: T): void {
    this.#due.delete(item)
    this.#due.set(item, this.#clock.nowMs() + this.#delayMs)
    this.#arm(this.#delayMs)
  }

  delete(item: T): boolean {
    return this.#due.delete(item)
  }

  has(item: T): boolean {
    return this.#due.has(item)
  }

  /** How long until it is due; undefined when it is not here. */
  leftMs(item: T): number | undefined {
    const dueMs = this.#due.get(item)
    return dueMs === undefined ? undefined : Math.max(0, dueMs - this.#clock.nowMs())
  }

  oldest(): T | undefined {
    const first = this.#due.keys().next()
    return first.done ? undefined : first.value
  }

  clear(): void {
    this.#due.clear()
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #arm(delayMs: number): void {
    this.#cancelTimer ??= this.#clock.after(
      Math.ceil(Math.max(delayMs, this.#delayMs / PARTS)),
      this.#onTimer,
    )
  }

  readonly #onTimer = (): void => {
    this.#cancelTimer = undefined
    const now = this.#clock.nowMs()
    for (const [item, dueMs] of this.#due) {
      if (dueMs > now) {
        this.#arm(dueMs - now)
        return
      }
      this.#due.delete(item)
      this.#onDue(item)
    }
  }
}
