/**
 * SessionKeeper: the session actors behind the sockets: starts them, watches them, replaces those that die.
 *
 * Guarantees
 * - Frames reach the session in the order in which they came; while it starts they wait, up to a bound, and beyond it
 *   the client is told OVERLOADED. Nothing is dropped in silence.
 * - A session that dies while its socket is open is replaced. Crashes count, the death of a thread does not:
 *   `crashesMax` within `crashesPeriodMs` close the socket.
 * - A session whose socket is gone is told, and stopped when it has not ended after `LEAVING_MS`.
 */

import { type SessionArg, type SessionMsg, type SessionsMsg, shardOf } from '../actors/index.ts'
import { CLOSE } from '../protocol/index.ts'
import {
  type AnyRef,
  describeExit,
  type ExitReason,
  isNormalExit,
  type Node,
  type Ref,
  RuntimeError,
} from '../runtime/index.ts'
import { Admission } from './admission.ts'
import type { Clock } from './clock.ts'
import { type Connection, STATE } from './connection.ts'
import type { Connections } from './connections.ts'
import { DelayQueue } from './delay-queue.ts'
import type { CheckedSettings } from './settings.ts'

/** Done by the gateway actor, because only actors monitor. */
export interface Watcher {
  monitor(ref: AnyRef): void
  expel(ref: AnyRef): void
}

const RETRY_MS = 50
const LEAVING_MS = 10_000
const RETRY_AFTER_MS = 1_000
/** Sessions told to catch up in one go. Each looks at its inbox then. */
const CATCH_UP_BATCH = 500
const CATCH_UP_PAUSE_MS = 20

/** What passes when a thread is replaced or less busy. */
const PASSING: ReadonlySet<string> = new Set([
  'ACTOR_GONE',
  'UNKNOWN_NAME',
  'MAILBOX_FULL',
  'RING_FULL',
  'THREAD_DOWN',
])

export class SessionKeeper {
  crashed = 0
  replaced = 0
  readonly #settings: CheckedSettings
  readonly #clock: Clock
  readonly #node: () => Node
  readonly #connections: Connections
  readonly #watcher: Watcher
  readonly #live = new Map<AnyRef, Connection>()
  readonly #leaving: DelayQueue<AnyRef>
  readonly #replacements: Admission
  /** Messages that must arrive and found no room. */
  #unsent: { readonly ref: Ref<SessionMsg>; readonly message: SessionMsg }[] = []
  #stopped = false

  constructor(
    settings: CheckedSettings,
    clock: Clock,
    node: () => Node,
    connections: Connections,
    watcher: Watcher,
  ) {
    this.#settings = settings
    this.#clock = clock
    this.#node = node
    this.#connections = connections
    this.#watcher = watcher
    this.#replacements = new Admission(settings.replacementsMax, Infinity)
    this.#leaving = new DelayQueue(clock, LEAVING_MS, (ref) => this.#watcher.expel(ref))
  }

  get live(): number {
    return this.#live.size
  }

  /** The refs that the gateway actor has to watch, those of leaving sessions left out. */
  refs(): IterableIterator<AnyRef> {
    return this.#live.keys()
  }

  /** Starts the session of a connection, which is then live, closed, or refused with UNAVAILABLE and closed. */
  async start(connection: Connection, start: SessionArg['start']): Promise<void> {
    const { session } = connection
    if (session === undefined || !connection.isOpen) return
    const { user, device } = session
    const arg = { connection: connection.id, user, device, codec: connection.subprotocol, start }
    try {
      const ref = await this.#obtain(connection, arg)
      if (ref !== undefined) this.#started(connection, ref)
    } catch (error) {
      this.#failed(connection, error)
    }
  }

  /** A frame of a client that has identified. */
  forward(connection: Connection, frame: Uint8Array): void {
    const { ref } = connection
    if (ref === undefined) return this.hold(connection, frame)
    // To another thread it is copied into the ring at once; within this one it would lie there changed.
    const data = ref.thread === 0 ? frame.slice() : frame
    const refusal = this.#node().send(ref, { type: 'frame', data })
    if (refusal?.code === 'ACTOR_GONE') this.hold(connection, frame)
    else if (refusal !== undefined) this.#overloaded(connection, frame)
  }

  /** Keeps a frame until the session is there. */
  hold(connection: Connection, frame: Uint8Array): void {
    const extra = connection.more()
    extra.held ??= []
    const { held } = extra
    const { heldFramesMax, heldBytesMax } = this.#settings
    if (held.length >= heldFramesMax || extra.heldBytes + frame.length > heldBytesMax) {
      return this.#overloaded(connection, frame)
    }
    held.push(frame.slice())
    extra.heldBytes += frame.length
  }

  /** Takes what was held. */
  release(connection: Connection): readonly Uint8Array[] {
    const { extra } = connection
    if (extra?.held === undefined) return []
    const { held } = extra
    extra.held = undefined
    extra.heldBytes = 0
    return held
  }

  /** To a session, even if it must be tried several times. */
  tell(connection: Connection, message: SessionMsg): void {
    if (connection.ref !== undefined) this.#insist(connection.ref, message)
  }

  /** The connection is not served any more. */
  released({ ref, extra }: Connection): void {
    if (extra !== undefined) extra.held = undefined
    if (ref !== undefined) this.#leave(ref)
  }

  /** A session has ended. */
  down(ref: AnyRef, reason: ExitReason): void {
    this.#leaving.delete(ref)
    const connection = this.#live.get(ref)
    this.#live.delete(ref)
    if (connection === undefined || connection.ref !== ref || !connection.isOpen) return
    connection.ref = undefined
    if (this.#stopped) return
    const passes = reason === 'threadDown' || (reason !== 'normal' && isNormalExit(reason))
    if (!passes && !this.#mayCrashAgain(connection, reason)) {
      this.#connections.close(connection, CLOSE.internal)
      return
    }
    connection.state = STATE.replacing
    this.replaced++
    this.#replacements.enter(() => this.start(connection, { kind: 'replace' }))
  }

  /** Hints may have been lost: sessions look at their inboxes, paced. Those of the given thread are new and need not. */
  catchUp(exceptThread: number): void {
    const refs = Array.from(this.#live.keys()).filter(({ thread }) => thread !== exceptThread)
    const next = (from: number): void => {
      if (this.#stopped || from >= refs.length) return
      for (const ref of refs.slice(from, from + CATCH_UP_BATCH)) {
        if (this.#live.has(ref)) this.#insist(ref as Ref<SessionMsg>, { type: 'catchUp' })
      }
      this.#clock.after(CATCH_UP_PAUSE_MS, () => next(from + CATCH_UP_BATCH))
    }
    next(0)
  }

  /** The node stops: sessions that end are not replaced. */
  stop(): void {
    this.#stopped = true
    this.#leaving.clear()
    this.#unsent = []
  }

  /** Undefined when the connection is gone meanwhile. */
  async #obtain(connection: Connection, arg: SessionArg): Promise<Ref<SessionMsg> | undefined> {
    const { threads, startMs } = this.#settings
    const name = `sessions.${shardOf(arg.user, threads)}`
    const deadline = this.#clock.nowMs() + startMs
    while (connection.isOpen && !this.#stopped) {
      const sessions = this.#node().whereis<SessionsMsg>(name)
      try {
        if (sessions !== undefined) {
          return await this.#node().call(sessions, { type: 'start', arg }, { timeoutMs: startMs })
        }
      } catch (error) {
        if (!(error instanceof RuntimeError && PASSING.has(error.code))) throw error
      }
      if (this.#clock.nowMs() > deadline) throw new Error(`Cannot start a session: there is no ${name}`)
      await new Promise<void>((resolve) => this.#clock.after(RETRY_MS, resolve))
    }
    return undefined
  }

  #started(connection: Connection, ref: Ref<SessionMsg>): void {
    this.#live.set(ref, connection)
    connection.ref = ref
    this.#watcher.monitor(ref)
    if (!connection.isOpen) return this.#leave(ref)
    connection.state = STATE.live
    for (const frame of this.release(connection)) this.forward(connection, frame)
  }

  #failed(connection: Connection, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#settings.log.error({ connection: connection.id, reason }, 'a session did not start')
    if (!connection.isOpen) return
    const message = 'Cannot start a session: this node is not able to now'
    this.#connections.fail(connection, { code: 'UNAVAILABLE', message, retryAfterMs: RETRY_AFTER_MS })
    this.#connections.close(connection, CLOSE.internal)
  }

  #mayCrashAgain(connection: Connection, reason: ExitReason): boolean {
    const { log, crashesMax, crashesPeriodMs } = this.#settings
    this.crashed++
    log.error({ connection: connection.id, reason: describeExit(reason) }, 'a session crashed')
    const now = this.#clock.nowMs()
    const extra = connection.more()
    extra.crashes = [...(extra.crashes ?? []).filter((at) => now - at < crashesPeriodMs), now]
    return extra.crashes.length < crashesMax
  }

  #leave(ref: Ref<SessionMsg>): void {
    this.#leaving.add(ref)
    this.#insist(ref, { type: 'closed' })
  }

  #insist(ref: Ref<SessionMsg>, message: SessionMsg): void {
    const refusal = this.#unsent.length > 0 ? undefined : this.#node().send(ref, message)
    if (this.#unsent.length === 0 && (refusal === undefined || !PASSING.has(refusal.code))) return
    if (refusal?.code === 'ACTOR_GONE') return
    this.#unsent.push({ ref, message })
    if (this.#unsent.length === 1) this.#clock.after(RETRY_MS, this.#sendAgain)
  }

  readonly #sendAgain = (): void => {
    const unsent = this.#unsent
    this.#unsent = []
    for (const { ref, message } of unsent) if (this.#live.has(ref)) this.#insist(ref, message)
  }

  #overloaded(connection: Connection, frame: Uint8Array): void {
    const message = 'Cannot take the frame: its session has too many waiting'
    const failure = { code: 'OVERLOADED', message, retryAfterMs: RETRY_AFTER_MS } as const
    this.#connections.fail(connection, failure, this.#refOf(connection, frame))
  }

  #refOf(connection: Connection, frame: Uint8Array): number | undefined {
    try {
      const { ref } = this.#connections.codec(connection).decode(frame) as { ref?: unknown }
      return Number.isInteger(ref) && (ref as number) >= 0 && (ref as number) <= 0xffff_ffff
        ? (ref as number)
        : undefined
    } catch {
      return undefined // it is not a frame at all; the session would have said so
    }
  }
}
