/**
 * RestartBudget: how many restarts a supervisor may make within a period, as the rule of OTP: a restart counts while it is not older than
 * the period, and the budget is exceeded by the first restart beyond `restarts`.
 *
 * Only the newest `restarts` times can matter: the budget is exceeded when the oldest of them still counts. Cost: O(1) per restart.
 */

export interface Intensity {
  /** Restarts allowed within the period. */
  readonly restarts: number
  readonly periodMs: number
}

export class RestartBudget {
  readonly #intensity: Intensity
  /** A ring once it is full; the oldest time is then at `#oldest`. */
  readonly #times: number[] = []
  #oldest = 0

  constructor(intensity: Intensity) {
    this.#intensity = intensity
  }

  /** Counts a restart. False when it is one too many. */
  spend(nowMs: number): boolean {
    const { restarts } = this.#intensity
    if (this.#times.length < restarts) {
      this.#times.push(nowMs)
      return true
    }
    const oldest = this.#times[this.#oldest]
    if (oldest === undefined || this.#counts(oldest, nowMs)) return false
    this.#times[this.#oldest] = nowMs
    this.#oldest = (this.#oldest + 1) % restarts
    return true
  }

  /** Restarts that count at this time. */
  spent(nowMs: number): number {
    return this.#times.filter((time) => this.#counts(time, nowMs)).length
  }

  #counts(time: number, nowMs: number): boolean {
    return nowMs <= time + this.#intensity.periodMs
  }
}
