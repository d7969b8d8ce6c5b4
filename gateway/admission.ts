/**
 * Admission: how much of a kind of work runs at once, and how much waits for its turn, in order.
 * Beyond both, `enter` refuses.
 */

export class Admission {
  readonly #runningMax: number
  readonly #waitingMax: number
  #waiting: (() => Promise<void>)[] = []
  #next = 0
  #running = 0

  constructor(runningMax: number, waitingMax: number) {
    this.#runningMax = runningMax
    this.#waitingMax = waitingMax
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#waiting.length - this.#next
  }

  get full(): boolean {
    return this.#running >= this.#runningMax && this.waiting >= this.#waitingMax
  }

  /** Runs the job now or later; false when neither is possible. The job must not reject. */
  enter(job: () => Promise<void>): boolean {
    if (this.#running < this.#runningMax) this.#run(job)
    else if (this.waiting < this.#waitingMax) this.#waiting.push(job)
    else return false
    return true
  }

  #run(job: () => Promise<void>): void {
    this.#running++
    job().finally(this.#done)
  }

  readonly #done = (): void => {
    this.#running--
    const job = this.#waiting[this.#next]
    if (job === undefined) return
    this.#next++
    if (this.#next === this.#waiting.length || this.#next >= 1_024) {
      this.#waiting = this.#waiting.slice(this.#next)
      this.#next = 0
    }
    this.#run(job)
  }
}
