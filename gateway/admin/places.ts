/**
 * Places: how many requests may be in work at once.
 *
 * Each sort of request has its own, and each door: whoever reads, streams or polls takes no place of those who steer, and
 * strangers on the port none of the owner of the socket.
 */

import type { Right } from './access.ts'
import { Refusal } from './params.ts'

const PLACES = { read: 16, stream: 16, always: 8, write: 8 } as const
const RETRY_MS = 500

export type PlaceSort = keyof typeof PLACES

export class Places {
  readonly #taken = new Map<string, number>()

  isFree(door: Right['door'], sort: PlaceSort): boolean {
    return this.#count(door, sort) < PLACES[sort]
  }

  /** Returns what gives it back, once. @throws Refusal `BUSY` */
  take(door: Right['door'], sort: PlaceSort): () => void {
    if (!this.isFree(door, sort)) {
      const what = sort === 'stream' ? 'streams are open' : 'requests of this sort are in work'
      throw new Refusal('BUSY', `Cannot answer: ${PLACES[sort]} ${what} already`, RETRY_MS)
    }
    this.#add(door, sort, 1)
    let isTaken = true
    return () => {
      if (isTaken) this.#add(door, sort, -1)
      isTaken = false
    }
  }

  #count(door: Right['door'], sort: PlaceSort): number {
    return this.#taken.get(`${door} ${sort}`) ?? 0
  }

  #add(door: Right['door'], sort: PlaceSort, by: number): void {
    this.#taken.set(`${door} ${sort}`, this.#count(door, sort) + by)
  }
}
