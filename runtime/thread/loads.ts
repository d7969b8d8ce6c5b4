/**
 * Loads: how busy each thread's event loop was of late, seen from outside, so that a thread that hangs is seen too.
 *
 * Sampled every `SAMPLE_MS`; `busy` is over the last `SAMPLES` of them. Cost: a few microseconds per thread and sample,
 * on the main thread.
 */

import type { EventLoopUtilization } from 'node:perf_hooks'

const SAMPLE_MS = 200
const SAMPLES = 5

export interface Loaded {
  readonly thread: number
  /** Undefined when it does not run. */
  eventLoop(): EventLoopUtilization | undefined
}

export class Loads {
  readonly #of: () => Iterable<Loaded>
  readonly #samples = new Map<number, EventLoopUtilization[]>()
  #timer: NodeJS.Timeout | undefined

  constructor(of: () => Iterable<Loaded>) {
    this.#of = of
  }

  start(): void {
    this.sample()
    this.#timer = setInterval(() => this.sample(), SAMPLE_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  sample(): void {
    for (const { thread, eventLoop } of this.#of()) {
      const now = eventLoop()
      if (now === undefined) this.#samples.delete(thread)
      else this.#add(thread, now)
    }
  }

  /** From 0 to 1; 0 while nothing is known. */
  busy(thread: number): number {
    const samples = this.#samples.get(thread)
    const first = samples?.[0]
    const last = samples?.at(-1)
    if (first === undefined || last === undefined) return 0
    const active = last.active - first.active
    const idle = last.idle - first.idle
    return active + idle <= 0 ? 0 : Math.min(1, Math.max(0, active / (active + idle)))
  }

  #add(thread: number, now: EventLoopUtilization): void {
    const samples = this.#samples.get(thread) ?? []
    const last = samples.at(-1)
    // Another thread under the same number begins to count anew.
    if (last !== undefined && now.active + now.idle < last.active + last.idle) samples.length = 0
    samples.push(now)
    if (samples.length > SAMPLES + 1) samples.shift()
    this.#samples.set(thread, samples)
  }
}
