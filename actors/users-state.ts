/**
 * Who is online on a thread: user -> sessions. Pure.
 *
 * Guarantees: a connection has one session at a time; the newer one takes the place of the older, and the end of the
 * older removes nothing.
 *
 * Cost: about 100 bytes for each user with one session, which is why that one is kept without a list.
 */

import type { Ref } from '../runtime/index.ts'
import type { UserKey } from '../storage/index.ts'
import type { Connection, SessionMsg } from './messages.ts'

export interface OnlineSession {
  readonly connection: Connection
  readonly session: Ref<SessionMsg>
}

const NOBODY: readonly OnlineSession[] = []

export class OnlineUsers {
  readonly #sessions = new Map<UserKey, OnlineSession | readonly OnlineSession[]>()

  /** Users with a session. */
  get size(): number {
    return this.#sessions.size
  }

  of(user: UserKey): readonly OnlineSession[] {
    const found = this.#sessions.get(user) ?? NOBODY
    return isList(found) ? found : [found]
  }

  add(user: UserKey, added: OnlineSession): void {
    const others = this.of(user).filter(({ connection }) => connection !== added.connection)
    this.#keep(user, [...others, added])
  }

  /** False when there is none. */
  remove(user: UserKey, connection: Connection): boolean {
    const before = this.of(user)
    const left = before.filter((each) => each.connection !== connection)
    if (left.length === before.length) return false
    this.#keep(user, left)
    return true
  }

  #keep(user: UserKey, sessions: readonly OnlineSession[]): void {
    const [only] = sessions
    if (only === undefined) this.#sessions.delete(user)
    else this.#sessions.set(user, sessions.length === 1 ? only : sessions)
  }
}

function isList(found: OnlineSession | readonly OnlineSession[]): found is readonly OnlineSession[] {
  return Array.isArray(found)
}
