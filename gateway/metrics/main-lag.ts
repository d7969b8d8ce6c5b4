/** MainLag: how late timers of the main thread come, as scheduler threads measure it for themselves. */

import { Buckets } from '../../actors/index.ts'
import type { Clock } from '../clock.ts'

const BEAT_MS = 250

export class MainLag {
  readonly #clock: Clock
  readonly #lagMs = new Buckets()
  #cancel: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get cells(): Float64Array {
    return this.#lagMs.cells
  }

  start(): void {
    const dueMs = this.#clock.nowMs() + BEAT_MS
    this.#cancel = this.#clock.after(BEAT_MS, () => {
      this.#lagMs.observe(Math.max(0, this.#clock.nowMs() - dueMs))
      this.start()
    })
  }

  stop(): void {
    this.#cancel?.()
  }
}
