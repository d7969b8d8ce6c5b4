/** SortedUsers: a set of users in the order of their keys, from which pages are cut. */

import { compareUsers } from '../order.ts'
import type { UserKey } from '../records.ts'

export class SortedUsers {
  readonly #known = new Set<UserKey>()
  readonly #order: UserKey[] = []

  get size(): number {
    return this.#order.length
  }

  has(user: UserKey): boolean {
    return this.#known.has(user)
  }

  all(): readonly UserKey[] {
    return [...this.#order]
  }

  /** Those after `after`, at most `limit`. */
  page(after: UserKey | undefined, limit: number): readonly UserKey[] {
    const from = after === undefined ? 0 : this.#indexOf(after) + (this.#known.has(after) ? 1 : 0)
    return this.#order.slice(from, from + limit)
  }

  /** False when it was there. */
  add(user: UserKey): boolean {
    if (this.#known.has(user)) return false
    this.#known.add(user)
    this.#order.splice(this.#indexOf(user), 0, user)
    return true
  }

  /** False when it was not there. */
  remove(user: UserKey): boolean {
    if (!this.#known.delete(user)) return false
    this.#order.splice(this.#indexOf(user), 1)
    return true
  }

  /** Where it stands, or would stand. */
  #indexOf(user: UserKey): number {
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = this.#order[middle]
      if (there !== undefined && compareUsers(there, user) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
