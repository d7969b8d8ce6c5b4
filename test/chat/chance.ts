/** Chance: random choices that a seed repeats. */

import { seededRandom } from '../../runtime/simulation/random.ts'

export class Chance {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = seededRandom(seed)
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }

  /** One of them. @throws Error when there is none. */
  pick<T>(from: readonly T[]): T {
    const one = from[this.below(from.length)]
    if (one === undefined) throw new Error('Cannot pick: there is nothing to pick from')
    return one
  }
}

/** The seed of this run: GUILDHALL_SEED, or any. */
export function seedOfRun(): number {
  return Number(process.env.GUILDHALL_SEED ?? Math.floor(Math.random() * 2 ** 31))
}
