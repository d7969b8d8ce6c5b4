/**
 * Receipts: who holds and has read how far, gathered for a moment so that a burst of acks becomes one frame each.
 *
 * Guarantees: told values of a user only grow; what waits is one entry per user, and `take` gives the oldest first.
 * Bounded by `REMEMBERED_MAX` users whose last values are known; of a forgotten one a value may be told again.
 */

import type { UserKey } from '../storage/index.ts'
import type { Connection } from './messages.ts'

const REMEMBERED_MAX = 1_000

export interface Receipt {
  readonly user: UserKey
  readonly delivered: number | undefined
  readonly read: number | undefined
  /** The connection that knows already; 0 when several of its user's made it. */
  readonly except: Connection
}

export class Receipts {
  readonly #waiting = new Map<UserKey, Receipt>()
  readonly #told = new Map<UserKey, { delivered: number; read: number }>()

  get waiting(): number {
    return this.#waiting.size
  }

  /** Notes what holds now. False when it is nothing new. */
  add(user: UserKey, kind: 'delivered' | 'read', seq: number, connection: Connection): boolean {
    const told = this.#told.get(user) ?? { delivered: 0, read: 0 }
    if (seq <= told[kind]) return false
    told[kind] = seq
    this.#remember(user, told)
    const before = this.#waiting.get(user)
    this.#waiting.set(user, {
      user,
      delivered: kind === 'delivered' ? seq : before?.delivered,
      read: kind === 'read' ? seq : before?.read,
      except: before === undefined || before.except === connection ? connection : 0,
    })
    return true
  }

  /** The oldest that wait, at most `limit`. */
  take(limit: number): Receipt[] {
    const taken: Receipt[] = []
    for (const [user, receipt] of this.#waiting) {
      if (taken.length === limit) break
      taken.push(receipt)
      this.#waiting.delete(user)
    }
    return taken
  }

  #remember(user: UserKey, told: { delivered: number; read: number }): void {
    this.#told.delete(user)
    this.#told.set(user, told)
    const oldest = this.#told.size > REMEMBERED_MAX ? this.#told.keys().next().value : undefined
    if (oldest !== undefined) this.#told.delete(oldest)
  }
}
