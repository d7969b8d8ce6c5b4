/**
 * Identification: from an open socket to a session.
 *
 * Guarantees: only `identify` and `resume` are understood before; who is silent for `identifyMs` is closed with 4003; at
 * most `startsMax` sessions start at once, the others wait in order, and beyond `startsWaitingMax` they are told when
 * to come back. A device has one session and a session one socket: the older one is closed with 4013.
 */

import {
  CLOSE,
  type ClientFrameOf,
  endsSession,
  type Failure,
  parseClientFrame,
  type ServerFrameOf,
} from '../protocol/index.ts'
import { Admission } from './admission.ts'
import type { Authenticated, Authenticator } from './authenticator.ts'
import type { Clock } from './clock.ts'
import { type Connection, STATE } from './connection.ts'
import type { Connections } from './connections.ts'
import { DelayQueue } from './delay-queue.ts'
import type { SessionKeeper } from './session-keeper.ts'
import type { Session, SessionTable } from './session-table.ts'
import type { CheckedSettings } from './settings.ts'

type Claim = ClientFrameOf<'identify'> | ClientFrameOf<'resume'>

const RETRY_MIN_MS = 1_000
const RETRY_SPREAD_MS = 4_000

export class Identification {
  readonly admission: Admission
  /** Sessions asked for with a good token: new ones, and those that a client has come back to or could not. */
  readonly counts = { identified: 0, resumed: 0, notResumed: 0 }
  readonly #settings: CheckedSettings
  readonly #authenticator: Authenticator
  readonly #connections: Connections
  readonly #sessions: SessionTable
  readonly #keeper: SessionKeeper
  readonly #deadlines: DelayQueue<Connection>
  readonly #hello: ServerFrameOf<'hello'>

  constructor(
    settings: CheckedSettings,
    clock: Clock,
    parts: {
      readonly authenticator: Authenticator
      readonly connections: Connections
      readonly sessions: SessionTable
      readonly keeper: SessionKeeper
      readonly hello: ServerFrameOf<'hello'>
    },
  ) {
    this.#settings = settings
    this.#authenticator = parts.authenticator
    this.#connections = parts.connections
    this.#sessions = parts.sessions
    this.#keeper = parts.keeper
    this.#hello = parts.hello
    this.admission = new Admission(settings.startsMax, settings.startsWaitingMax)
    this.#deadlines = new DelayQueue(clock, settings.identifyMs, (connection) => this.#late(connection))
  }

  opened(connection: Connection): void {
    this.#connections.send(connection, this.#hello)
    this.#deadlines.add(connection)
  }

  /** The connection is not served any more. */
  released(connection: Connection, code: number): void {
    this.#deadlines.delete(connection)
    const { session } = connection
    if (session?.connection !== connection) return
    if (endsSession(code)) this.#sessions.end(session)
    else this.#sessions.detach(session)
  }

  stop(): void {
    this.#deadlines.clear()
  }

  /** A frame of a client that has not identified. */
  frame(connection: Connection, data: Uint8Array): void {
    let value: unknown
    try {
      value = this.#connections.codec(connection).decode(data)
    } catch (error) {
      return this.#end(
        connection,
        { code: 'BAD_FRAME', message: (error as Error).message },
        CLOSE.undecodable,
      )
    }
    const parsed = parseClientFrame(value)
    const { op } = value as { op?: unknown }
    if (op !== 'identify' && op !== 'resume') {
      const message = 'Cannot take the frame: identify first'
      const ref = parsed.ok ? parsed.frame.ref : parsed.ref
      return this.#end(connection, { code: 'NOT_IDENTIFIED', message }, CLOSE.notIdentified, ref)
    }
    if (!parsed.ok) return this.#connections.fail(connection, parsed.failure, parsed.ref)
    this.#claim(connection, parsed.frame as Claim)
  }

  #claim(connection: Connection, claim: Claim): void {
    this.#deadlines.delete(connection)
    connection.state = STATE.starting
    if (this.admission.enter(() => this.#admit(connection, claim))) return
    const message = 'Cannot start a session: too many are waiting'
    this.#again(connection, { code: 'OVERLOADED', message, retryAfterMs: retryAfterMs() }, claim.ref)
  }

  async #admit(connection: Connection, claim: Claim): Promise<void> {
    if (!connection.isOpen) return
    const who = await this.#authenticator.check(claim.token)
    if (!connection.isOpen) return
    if (!who.ok) return this.#refuse(connection, who, claim)
    const { user } = who.identity
    if (claim.op === 'resume') return this.#resume(connection, claim, user)
    return this.#open(connection, claim, user)
  }

  #refuse(connection: Connection, { failure }: Authenticated & { ok: false }, claim: Claim): void {
    if (failure.code !== 'AUTH_FAILED') return this.#again(connection, failure, claim.ref)
    this.#end(connection, failure, CLOSE.tokenRefused, claim.ref)
  }

  async #open(connection: Connection, claim: ClientFrameOf<'identify'>, user: string): Promise<void> {
    const others = this.#sessions.of(user)
    const before = others.find(({ device }) => device === claim.device)
    if (before !== undefined) this.#supersede(before)
    const attached = this.#sessions.of(user).filter((session) => session.connection !== undefined)
    if (attached.length >= this.#settings.connectionsPerUserMax) {
      const message = `Cannot start a session: the user has ${attached.length} connections`
      return this.#end(
        connection,
        { code: 'RATE_LIMITED', message, retryAfterMs: retryAfterMs() },
        CLOSE.tooManyFrames,
        claim.ref,
      )
    }
    const session = this.#sessions.open(user, claim.device, connection)
    this.counts.identified++
    return this.#start(connection, session, 'identify', claim)
  }

  async #resume(connection: Connection, claim: ClientFrameOf<'resume'>, user: string): Promise<void> {
    const session = this.#sessions.redeem(user, claim.session, claim.resume)
    if (session === undefined) {
      this.counts.notResumed++
      const message = 'Cannot resume: the session is gone or the ticket was used'
      return this.#again(connection, { code: 'SESSION_GONE', message }, claim.ref)
    }
    const older = session.connection
    this.counts.resumed++
    session.connection = connection
    if (older !== undefined) this.#connections.close(older, CLOSE.replaced)
    return this.#start(connection, session, 'resume', claim)
  }

  #start(connection: Connection, session: Session, kind: 'identify' | 'resume', claim: Claim): Promise<void> {
    connection.session = session
    const { ref, cursors = {} } = claim
    return this.#keeper.start(connection, { kind, ref, cursors, ...this.#sessions.credentials(session) })
  }

  /** The device has connected anew: what it had before ends. */
  #supersede(session: Session): void {
    const older = session.connection
    this.#sessions.end(session)
    if (older !== undefined) this.#connections.close(older, CLOSE.replaced)
  }

  /** Refuses, and lets the client identify on the same socket. */
  #again(connection: Connection, failure: Failure, ref: number | undefined): void {
    this.#connections.fail(connection, failure, ref)
    connection.state = STATE.new
    this.#deadlines.add(connection)
    for (const frame of this.#keeper.release(connection)) {
      if (connection.state === STATE.new) this.frame(connection, frame)
      else if (connection.isOpen) this.#keeper.hold(connection, frame)
    }
  }

  #end(connection: Connection, failure: Failure, code: number, ref?: number): void {
    this.#connections.fail(connection, failure, ref)
    this.#connections.close(connection, code)
  }

  #late(connection: Connection): void {
    const message = `Cannot wait longer: nobody has identified within ${this.#settings.identifyMs} ms`
    this.#end(connection, { code: 'NOT_IDENTIFIED', message }, CLOSE.notIdentified)
  }
}

function retryAfterMs(): number {
  return Math.round(RETRY_MIN_MS + Math.random() * RETRY_SPREAD_MS)
}
