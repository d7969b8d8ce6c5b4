/** Tally: how many messages came at each socket, and when all that were due had come at every one. */
import { sharedClockMs } from './shared-clock.ts'

export interface TallyResult {
  readonly received: number
  /** Sockets that have neither more nor less than what was due. */
  readonly exact: number
  /** On the clock that all processes share: when the last message came, or the wait ended. */
  readonly lastAtMs: number
}

export class Tally {
  readonly #counts: Uint32Array
  #due = 0
  #received = 0
  #complete = 0
  #finish: (() => void) | undefined

  constructor(sockets: number) {
    this.#counts = new Uint32Array(sockets)
  }

  message(index: number): void {
    this.#received++
    const count = (this.#counts[index] as number) + 1
    this.#counts[index] = count
    if (count !== this.#due) return
    this.#complete++
    if (this.#complete === this.#counts.length) this.#finish?.()
  }

  /** Starts again at nothing. Resolves when every socket has that many, or after `withinMs` with what came. */
  expect(perSocket: number, withinMs: number): Promise<TallyResult> {
    this.#counts.fill(0)
    this.#received = 0
    this.#complete = 0
    this.#due = perSocket
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#finish?.(), withinMs)
      this.#finish = () => {
        this.#finish = undefined
        const lastAtMs = sharedClockMs()
        clearTimeout(late)
        resolve({ received: this.#received, exact: this.#exact(), lastAtMs })
      }
    })
  }

  #exact(): number {
    let exact = 0
    for (const count of this.#counts) if (count === this.#due) exact++
    return exact
  }
}
