/**
 * Open loop: things are due at fixed times, whether or not earlier ones were answered.
 *
 * What is late is done at once, and its latency counts from when it was due: a stall of the server, or of the generator, shows in
 * the figures instead of lowering the rate (coordinated omission).
 */

const TICK_MS = 4

export interface Pace {
  readonly perSecond: number
  readonly total: number
}

/** How many are due so long after the start. The first is due at once. */
export function dueBy({ perSecond, total }: Pace, elapsedMs: number): number {
  return Math.min(total, Math.max(0, Math.floor((elapsedMs * perSecond) / 1_000) + 1))
}

/** When one is due, in ms after the start. */
export function dueAtMs({ perSecond }: Pace, number: number): number {
  return (number * 1_000) / perSecond
}

/** Calls `due` with a range of numbers whenever some are due. Resolves when all were. */
export function openLoop(pace: Pace, due: (from: number, to: number) => void): Promise<void> {
  const startedAt = performance.now()
  let done = 0
  return new Promise((resolve, reject) => {
    const tick = (): void => {
      try {
        const to = dueBy(pace, performance.now() - startedAt)
        if (to > done) due(done, to)
        done = to
      } catch (error) {
        reject(error)
        return
      }
      if (done < pace.total) setTimeout(tick, TICK_MS)
      else resolve()
    }
    tick()
  })
}
