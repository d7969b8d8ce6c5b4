/**
 * MembershipCache: who is known to belong to a channel, so that a post does not ask the store each time.
 *
 * Guarantees: at most `limit` users, the oldest leave first; nobody is believed for longer than `trustMs`, so that a
 * lost `forgetMember` heals by itself. Only members are remembered.
 */

import type { UserKey } from '../storage/index.ts'

export class MembershipCache {
  readonly #until = new Map<UserKey, number>()
  readonly #limit: number
  readonly #trustMs: number

  constructor(limit: number, trustMs: number) {
    this.#limit = limit
    this.#trustMs = trustMs
  }

  has(user: UserKey, nowMs: number): boolean {
    const until = this.#until.get(user)
    if (until === undefined) return false
    if (until > nowMs) return true
    this.#until.delete(user)
    return false
  }

  add(user: UserKey, nowMs: number): void {
    this.#until.delete(user)
    const oldest = this.#until.size >= this.#limit ? this.#until.keys().next().value : undefined
    if (oldest !== undefined) this.#until.delete(oldest)
    this.#until.set(user, nowMs + this.#trustMs)
  }

  forget(user: UserKey): void {
    this.#until.delete(user)
  }
}
