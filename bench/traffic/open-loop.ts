/**
 * Open loop: each message is due at its time, whether or not earlier ones were answered. What a late timer held up goes out
 * at the next one, and its latency counts from when it was due.
 */

const TICK_MS = 2

export interface Pace {
  readonly perSecond: number
  readonly seconds: number
}

export class OpenLoop {
  readonly total: number
  readonly startedAt = performance.now()
  readonly #perSecond: number
  #stopped = false

  constructor({ perSecond, seconds }: Pace) {
    this.#perSecond = perSecond
    this.total = Math.floor(perSecond * seconds)
  }

  dueAt(number: number): number {
    return this.startedAt + (number * 1_000) / this.#perSecond
  }

  /** `offer` sends the messages from one number up to, and without, another. Resolves when all are offered. */
  async run(offer: (from: number, to: number) => void): Promise<void> {
    let offered = 0
    while (offered < this.total && !this.#stopped) {
      const elapsed = performance.now() - this.startedAt
      const due = Math.min(this.total, Math.floor((elapsed * this.#perSecond) / 1_000))
      if (due > offered) offer(offered, due)
      offered = due
      await new Promise((resolve) => setTimeout(resolve, TICK_MS))
    }
  }

  stop(): void {
    this.#stopped = true
  }
}

/** Looks until `isDone`, but no longer than so long. */
export async function settled(isDone: () => boolean, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!isDone() && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
}
