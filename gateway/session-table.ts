/**
 * SessionTable: what outlives a socket: who a session belongs to and which ticket resumes it.
 *
 * Guarantees: a user's device has one session; a session without a socket is forgotten after `detachedMs`, or when more
 * than `detachedMax` wait and it is the oldest; a ticket works once.
 */

import type { UserKey } from '../storage/index.ts'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import { DelayQueue } from './delay-queue.ts'
import { Tickets } from './tickets.ts'

const SECOND_MS = 1_000

export class Session {
  declare readonly number: number
  declare readonly user: UserKey
  declare readonly device: string
  /** Grows at every resume. */
  declare generation: number
  declare connection: Connection | undefined
  /** When the present ticket was given out, in whole seconds of the clock: a small integer. */
  declare ticketSecond: number

  constructor(number: number, user: UserKey, device: string, connection: Connection, second: number) {
    this.number = number
    this.user = user
    this.device = device
    this.generation = 0
    this.connection = connection
    this.ticketSecond = second
  }
}

export interface Credentials {
  /** For the `ready` or `resumed` frame. */
  readonly session: string
  readonly resume: string
}

export class SessionTable {
  readonly #clock: Clock
  readonly #tickets = new Tickets()
  /** Almost every user has one session: the list is made for the second. */
  readonly #users = new Map<UserKey, Session | Session[]>()
  readonly #detached: DelayQueue<Session>
  readonly #detachedMax: number
  #lastNumber = 0
  #size = 0

  constructor(clock: Clock, { detachedMs, detachedMax }: { detachedMs: number; detachedMax: number }) {
    this.#clock = clock
    this.#detached = new DelayQueue(clock, detachedMs, (session) => this.#forget(session))
    this.#detachedMax = detachedMax
  }

  get size(): number {
    return this.#size
  }

  get detached(): number {
    return this.#detached.size
  }

  of(user: UserKey): readonly Session[] {
    const sessions = this.#users.get(user)
    if (sessions === undefined) return []
    return Array.isArray(sessions) ? sessions : [sessions]
  }

  /** All of them, by user. */
  *all(): Generator<Session> {
    for (const sessions of this.#users.values()) {
      if (Array.isArray(sessions)) yield* sessions
      else yield sessions
    }
  }

  /** The session's name on the wire. */
  nameOf({ number }: Session): string {
    return this.#tickets.nameOf(number)
  }

  /** How long ago the present ticket was given out, in steps of a second. */
  ticketAgeMs({ ticketSecond }: Session): number {
    return (this.#second() - ticketSecond) * SECOND_MS
  }

  /** How long a session without a socket still waits for its client; undefined for one with a socket. */
  leftMs(session: Session): number | undefined {
    return this.#detached.leftMs(session)
  }

  /** A new session. The one that the same device had before must have ended. */
  open(user: UserKey, device: string, connection: Connection): Session {
    const session = new Session(++this.#lastNumber, user, device, connection, this.#second())
    const others = this.#users.get(user)
    if (others === undefined) this.#users.set(user, session)
    else if (Array.isArray(others)) others.push(session)
    else this.#users.set(user, [others, session])
    this.#size++
    return session
  }

  /** The session that a ticket is for, if it is this user's and the ticket was not used. Uses it. */
  redeem(user: UserKey, name: string, ticket: string): Session | undefined {
    const number = this.#tickets.numberOf(name)
    const session = this.of(user).find((candidate) => candidate.number === number)
    if (session === undefined || !this.#tickets.verify(ticket, session.number, session.generation)) {
      return undefined
    }
    session.generation++
    session.ticketSecond = this.#second()
    this.#detached.delete(session)
    return session
  }

  credentials({ number, generation }: Session): Credentials {
    return { session: this.#tickets.nameOf(number), resume: this.#tickets.issue(number, generation) }
  }

  /** Its socket is gone, its client may come back. */
  detach(session: Session): void {
    session.connection = undefined
    const oldest = this.#detached.size >= this.#detachedMax ? this.#detached.oldest() : undefined
    if (oldest !== undefined) this.end(oldest)
    this.#detached.add(session)
  }

  end(session: Session): void {
    session.connection = undefined
    this.#detached.delete(session)
    this.#forget(session)
  }

  clear(): void {
    this.#detached.clear()
    this.#users.clear()
    this.#size = 0
  }

  #second(): number {
    return Math.floor(this.#clock.nowMs() / SECOND_MS)
  }

  #forget(session: Session): void {
    const sessions = this.#users.get(session.user)
    if (sessions === session) {
      this.#users.delete(session.user)
      this.#size--
    } else if (Array.isArray(sessions)) {
      const at = sessions.indexOf(session)
      if (at < 0) return
      sessions.splice(at, 1)
      this.#size--
      const [last] = sessions
      if (sessions.length === 1 && last !== undefined) this.#users.set(session.user, last)
    }
  }
}
