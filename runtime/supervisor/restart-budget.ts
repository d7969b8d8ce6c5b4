/**
 * RestartBudget: how many restarts a supervisor may make within a period, as the rule of OTP: a restart
 * counts while it is not older than the period, and the budget is exceeded by the first restart beyond
 * `restarts`.
 *
 * Only times that count are kept, and of those at most `restarts`: the budget is exceeded when the oldest of
 * them still counts.
 */

export interface Intensity {
  /** Restarts allowed within the period. */
  readonly restarts: number
  readonly periodMs: number
}

export class RestartBudget {
  readonly #intensity: Intensity
  /**
   * A ring: the oldest time is at `#oldest`, the newest before it. It grows only while every time in it still
   * counts.
   */
  readonly #times: number[] = []
  #oldest = 0

  constructor(intensity: Intensity) {
    this.#intensity = intensity
  }

  /** Counts a restart. False when it is one too many. */
  spend(nowMs: number): boolean {
    const times = this.#times
    const oldest = times[this.#oldest]
    if (oldest !== undefined && !this.#counts(oldest, nowMs)) {
      times[this.#oldest] = nowMs
      this.#oldest = (this.#oldest + 1) % times.length
      return true
    }
    if (times.length >= this.#intensity.restarts) return false
    if (this.#oldest === 0) times.push(nowMs)
    else times.splice(this.#oldest++, 0, nowMs)
    return true
  }

  /** Times held, for whoever watches memory. */
  get kept(): number {
    return this.#times.length
  }

  /** Restarts that count at this time. */
  spent(nowMs: number): number {
    return this.#times.filter((time) => this.#counts(time, nowMs)).length
  }

  #counts(time: number, nowMs: number): boolean {
    return nowMs <= time + this.#intensity.periodMs
  }
}
