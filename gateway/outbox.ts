/**
 * Outbox: writes to sockets, gathered and bounded.
 *
 * Guarantees
 * - What is written to a socket in one turn goes out in one system call, in order.
 * - Beyond the soft bound of what a socket has not read, pushes are skipped and marked; `writable` tells them once it
 *   reads again. Answers wait here up to the hard bound; beyond it, or after `congestedMs` without progress, `tooSlow`.
 * - A barrier is answered when everything written before it has been handed to the socket, or the socket is gone.
 *
 * Sockets that keep up cost nothing here between turns.
 */

import { CLOSE_CODES, type ServerFrameOf } from '../protocol/index.ts'
import type { ReplyTo } from '../runtime/index.ts'
import type { Clock } from './clock.ts'
import type { Congestion, Connection, Socket } from './connection.ts'
import { DelayQueue } from './delay-queue.ts'
import { readPrefix } from './frame-prefix.ts'
import type { CheckedSettings } from './settings.ts'
import type { Topics } from './topics.ts'
import type { Traffic } from './traffic.ts'

export interface Write {
  readonly data: string | Uint8Array
  /** It may be skipped. Without a conversation it is an event that nobody asks for again. */
  readonly push?: { readonly conversation: string; readonly seq: number } | undefined
}

/** Whom the outbox tells. */
interface OutboxPorts {
  writable(connection: Connection, lagged: readonly ServerFrameOf<'lagged'>[]): void
  tooSlow(connection: Connection): void
  reply(barrier: ReplyTo<null>): void
}

/** A congested socket counts as reading again when it holds less than this part of the soft bound. */
const RECOVERED_PART = 4

export class Outbox {
  skipped = 0
  /** How often a socket began to read too slowly. */
  slow = 0
  readonly #settings: CheckedSettings
  readonly #topics: Topics
  readonly #traffic: Traffic
  readonly #ports: OutboxPorts
  /** What was written in this turn. */
  #turn = new Map<Connection, Write[]>()
  readonly #congested: DelayQueue<Connection>

  constructor(settings: CheckedSettings, clock: Clock, topics: Topics, traffic: Traffic, ports: OutboxPorts) {
    this.#settings = settings
    this.#topics = topics
    this.#traffic = traffic
    this.#ports = ports
    this.#congested = new DelayQueue(clock, settings.congestedMs, (connection) => this.#stuck(connection))
  }

  get congested(): number {
    return this.#congested.size
  }

  write(connection: Connection, write: Write): void {
    const writes = this.#turn.get(connection)
    if (writes !== undefined) {
      writes.push(write)
      return
    }
    // After everything that this turn still handles: one microtask for all sockets.
    if (this.#turn.size === 0) queueMicrotask(this.#flushAll)
    this.#turn.set(connection, [write])
  }

  /** Hands over what was written before. */
  flush(connection: Connection): void {
    const writes = this.#turn.get(connection)
    if (writes === undefined) return
    this.#turn.delete(connection)
    this.#flushWrites(connection, writes)
  }

  barrier(connection: Connection | undefined, replyTo: ReplyTo<null>): void {
    if (connection?.isOpen) this.flush(connection)
    const congestion = connection?.isOpen ? connection.extra?.congestion : undefined
    if (congestion === undefined || congestion.queue.length === 0) this.#ports.reply(replyTo)
    else congestion.barriers.push(replyTo)
  }

  /** A publish was skipped, as uWebSockets.js reports it. */
  dropped(connection: Connection, frame: Uint8Array): void {
    if (connection.socket === undefined || !connection.isOpen) return
    const first = readPrefix(frame, connection.msgpack)
    const congestion = this.#congest(connection)
    const { socket } = connection
    const missed = this.#topics.since(first?.conversation, first?.seq ?? 0, (name) =>
      socket.isSubscribed(name),
    )
    for (const { conversation, seq } of missed) this.#mark(congestion, conversation, seq)
    // Whatever else is known, this one it has not got.
    if (first !== undefined && first.seq > 0) this.#mark(congestion, first.conversation, first.seq)
    this.#traffic.topicSkips += Math.max(missed.length, first === undefined ? 0 : 1)
  }

  /** The socket has read something. */
  drained(connection: Connection): void {
    if (connection.extra?.congestion === undefined) return
    this.#congested.add(connection)
    this.#goOn(connection)
  }
  /** The socket is gone, or is not written to any more. */
  forget(connection: Connection): void {
    this.#turn.delete(connection)
    this.#congested.delete(connection)
    const { extra } = connection
    for (const barrier of extra?.congestion?.barriers ?? []) this.#ports.reply(barrier)
    if (extra !== undefined) extra.congestion = undefined
  }

  stop(): void {
    this.#congested.clear()
  }

  readonly #flushAll = (): void => {
    const turn = this.#turn
    this.#turn = new Map()
    for (const [connection, writes] of turn) this.#flushWrites(connection, writes)
  }

  #flushWrites(connection: Connection, writes: readonly Write[]): void {
    const { socket } = connection
    if (socket === undefined || !connection.isOpen) return
    if (writes.length === 1) this.#put(connection, socket, writes[0] as Write)
    else
      socket.cork(() => {
        for (const write of writes) this.#put(connection, socket, write)
      })
    // Not inside the cork, where the socket must not be closed.
    const queued = connection.extra?.congestion?.queuedBytes ?? 0
    if (queued > 0 && queued + socket.getBufferedAmount() > this.#settings.bufferHardBytes) {
      this.#ports.tooSlow(connection)
    }
  }

  #put(connection: Connection, socket: Socket, { data, push }: Write): void {
    const isCongested =
      connection.extra?.congestion !== undefined ||
      socket.getBufferedAmount() > this.#settings.bufferSoftBytes
    if (!isCongested) {
      if (push !== undefined) this.#traffic.directSuccesses++
      socket.send(data, connection.msgpack, this.#settings.deflate)
      return
    }
    const congestion = this.#congest(connection)
    if (push !== undefined) this.#mark(congestion, push.conversation, push.seq)
    else {
      congestion.queue.push(data)
      congestion.queuedBytes += data.length
    }
  }

  #refill(connection: Connection, socket: Socket, congestion: Congestion): void {
    const { queue } = congestion
    let sent = 0
    while (sent < queue.length && socket.getBufferedAmount() <= this.#settings.bufferSoftBytes) {
      const data = queue[sent++] as string | Uint8Array
      congestion.queuedBytes -= data.length
      socket.send(data, connection.msgpack, this.#settings.deflate)
    }
    queue.splice(0, sent)
  }

  /** Writes what waited, and ends the congestion when the socket has read most of it. */
  #goOn(connection: Connection): void {
    const { socket, extra } = connection
    const congestion = extra?.congestion
    if (socket === undefined || extra === undefined || congestion === undefined) return
    if (congestion.queue.length > 0) socket.cork(() => this.#refill(connection, socket, congestion))
    if (congestion.queue.length > 0) return
    for (const barrier of congestion.barriers.splice(0)) this.#ports.reply(barrier)
    if (socket.getBufferedAmount() > this.#settings.bufferSoftBytes / RECOVERED_PART) return
    this.#congested.delete(connection)
    extra.congestion = undefined
    this.#ports.writable(connection, laggedOf(congestion))
  }

  #congest(connection: Connection): Congestion {
    const extra = connection.more()
    if (extra.congestion === undefined) {
      this.slow++
      extra.congestion = { queue: [], queuedBytes: 0, lagged: new Map(), barriers: [] }
      this.#congested.add(connection)
    }
    return extra.congestion
  }

  #mark({ lagged }: Congestion, conversation: string, seq: number): void {
    this.skipped++
    if (seq === 0) return
    const range = lagged.get(conversation)
    if (range === undefined) lagged.set(conversation, { from: seq, to: seq })
    else {
      range.from = Math.min(range.from, seq)
      range.to = Math.max(range.to, seq)
    }
  }

  #stuck(connection: Connection): void {
    this.#goOn(connection) // the last of it may have gone out without a word
    if (connection.extra?.congestion !== undefined) this.#ports.tooSlow(connection)
  }
}

/** What sockets of a codec subscribe to. */
export function topicOf(topic: string, msgpack: boolean): string {
  return msgpack ? `${topic}/msgpack` : `${topic}/json`
}

/** Closes with the code and its reason. The close handler runs inside. */
export function endSocket(socket: Socket, code: number): void {
  socket.end(code, CLOSE_CODES.get(code)?.reason ?? '')
}

function laggedOf({ lagged }: Congestion): ServerFrameOf<'lagged'>[] {
  return Array.from(lagged, ([conversation, { from, to }]) => ({ op: 'lagged', conversation, from, to }))
}
