/** Clock: the time and the timers of the gateway, passed in so that tests can advance them. */

export interface Clock {
  /** Milliseconds on a clock that never steps back. */
  nowMs(): number
  /** Runs once after `delayMs`; the returned function takes it back. */
  after(delayMs: number, run: () => void): () => void
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
}
