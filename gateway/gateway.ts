/**
 * Gateway: the sockets of this node and all that is known of them. Lives on the main thread beside the actors, runs
 * small trusted code only, and puts the parts together: this file is the way of a frame in and out.
 */

import type { Connection as ConnectionId, Topic, TopicHead } from '../actors/index.ts'
import { BODY_CHARS_MAX, CLOSE, type Failure, type ServerFrameOf } from '../protocol/index.ts'
import type { Node, ReplyTo } from '../runtime/index.ts'
import type { Authenticator } from './authenticator.ts'
import { type Clock, systemClock } from './clock.ts'
import { Connection, type Socket, STATE } from './connection.ts'
import { Connections } from './connections.ts'
import { FanOut } from './fan-out.ts'
import type { GatewayActorMsg } from './gateway-actor.ts'
import { Heartbeat } from './heartbeat.ts'
import { Identification } from './identification.ts'
import { Linger, type Publish } from './linger.ts'
import { Outbox, type Write } from './outbox.ts'
import { type RateLimit, rateLimit, refilled, spent, TICK_MS } from './rate.ts'
import { SessionKeeper } from './session-keeper.ts'
import { SessionTable } from './session-table.ts'
import type { CheckedSettings } from './settings.ts'
import { TopicChecks } from './topic-checks.ts'
import { Topics } from './topics.ts'
import { Traffic } from './traffic.ts'

/** What the gateway needs of uWebSockets.js beside its sockets. */
export interface Publisher {
  publish(topic: string, message: string | Uint8Array, isBinary: boolean, compress: boolean): boolean
  numSubscribers(topic: string): number
}

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const TELL_AGAIN_MS = 50

export class Gateway {
  readonly connections: Connections
  readonly sessions: SessionTable
  readonly keeper: SessionKeeper
  readonly identification: Identification
  readonly outbox: Outbox
  readonly topics = new Topics()
  readonly traffic = new Traffic()
  framesIn = 0
  published = 0
  readonly #settings: CheckedSettings
  readonly #clock: Clock
  readonly #heartbeat: Heartbeat
  readonly #checks: TopicChecks
  #askedLast: { readonly connection: ConnectionId; readonly topic: Topic; readonly isIn: boolean } | undefined
  readonly #fanOut: FanOut
  readonly #linger: Linger
  readonly #rate: RateLimit
  readonly #startMs: number
  #node: Node | undefined
  #publisher: Publisher | undefined
  #lastId = 0

  constructor(settings: CheckedSettings, authenticator: Authenticator, clock: Clock = systemClock) {
    this.#settings = settings
    this.#clock = clock
    this.#startMs = clock.nowMs()
    this.#rate = rateLimit(settings.framesPerPeriod, settings.framesPeriodMs, settings.framesBurst)
    this.#fanOut = new FanOut({
      subscribers: (name) => this.#publisher?.numSubscribers(name) ?? 0,
      publish: (name, binary, publish) => this.#publishTo(name, binary, publish),
      defer: setImmediate,
    })
    this.#linger = new Linger(clock, (publish) => this.#publishNow(publish))
    this.sessions = new SessionTable(clock, settings)
    this.outbox = new Outbox(settings, clock, this.topics, this.traffic, {
      writable: (connection, lagged) => this.keeper.tell(connection, { type: 'writable', lagged }),
      tooSlow: (connection) => this.connections.close(connection, CLOSE.slowReader),
      reply: (barrier) => this.#tellActor({ type: 'answer', barrier }),
    })
    this.connections = new Connections(settings, clock, this.outbox, (connection, code) => {
      this.traffic.closed(code, ((this.#tick() - connection.openedTick) * TICK_MS) / SECOND_MS)
      this.keeper.released(connection)
      this.identification.released(connection, code)
    })
    this.keeper = new SessionKeeper(settings, clock, () => this.#requireNode(), this.connections, {
      monitor: (ref) => this.#tellActor({ type: 'monitor', ref }),
      expel: (ref) => this.#tellActor({ type: 'expel', ref }),
    })
    this.#checks = new TopicChecks(settings.threads, clock, () => this.#requireNode(), this.topics)
    const { connections, sessions, keeper } = this
    const hello = helloOf(settings)
    this.identification = new Identification(settings, clock, {
      authenticator,
      connections,
      sessions,
      keeper,
      hello,
    })
    this.#heartbeat = new Heartbeat(settings, clock, connections, () => this.#tick())
  }

  /** Before the first socket. */
  start(node: Node, publisher: Publisher): void {
    this.#node = node
    this.#publisher = publisher
    this.#heartbeat.start()
  }

  /** After the last socket. */
  stop(): void {
    this.#linger.flush()
    this.#fanOut.flush()
    this.#heartbeat.stop()
    this.identification.stop()
    this.connections.stop()
    this.keeper.stop()
    this.#checks.stop()
    this.outbox.stop()
    this.sessions.clear()
  }

  // --- from sockets ---

  newConnection(msgpack: boolean): Connection {
    return new Connection(++this.#lastId, msgpack, this.#tick(), this.#rate.full)
  }

  opened(socket: Socket): void {
    const { connection } = socket.getUserData()
    connection.socket = socket
    this.connections.all.set(connection.id, connection)
    this.traffic.opened(connection.msgpack)
    this.identification.opened(connection)
  }

  received(connection: Connection, message: ArrayBuffer, isBinary: boolean): void {
    if (!connection.isOpen) return
    this.framesIn++
    this.alive(connection)
    connection.tokens = spent(connection.tokens)
    const refusal = this.#refusalOf(connection, message.byteLength, isBinary)
    if (refusal !== undefined) {
      this.connections.fail(connection, refusal.failure)
      return this.connections.close(connection, refusal.code)
    }
    const frame = new Uint8Array(message)
    if (connection.state === STATE.live) this.keeper.forward(connection, frame)
    else if (connection.state === STATE.new) this.identification.frame(connection, frame)
    else this.keeper.hold(connection, frame)
  }

  /** A sign of life. */
  alive(connection: Connection): void {
    const tick = this.#tick()
    if (tick === connection.seenTick) return
    connection.tokens = refilled(this.#rate, connection.tokens, tick - connection.seenTick)
    connection.seenTick = tick
  }

  /** How long ago the client was last heard of, in steps of 100 ms. */
  silentMs({ seenTick }: Connection): number {
    return (this.#tick() - seenTick) * TICK_MS
  }

  // --- from actors ---

  write(id: ConnectionId, write: Write & { readonly topic?: Topic }): void {
    const connection = this.connections.open(id)
    if (connection !== undefined && write.topic !== undefined && this.#isIn(connection, write.topic)) return
    if (write.push !== undefined) this.traffic.directAttempts++
    if (connection !== undefined) this.outbox.write(connection, write)
  }

  /** Remembers the last answer: what a socket missed comes in a row, and a large room has many slices to ask. */
  #isIn(connection: Connection, topic: Topic): boolean {
    const last = this.#askedLast
    if (last?.connection === connection.id && last.topic === topic) return last.isIn
    const isIn = this.#fanOut.isSubscribed(connection, topic)
    this.#askedLast = { connection: connection.id, topic, isIn }
    return isIn
  }

  close(id: ConnectionId, code: number): void {
    const connection = this.connections.open(id)
    if (connection !== undefined) this.connections.close(connection, code)
  }

  subscribe(id: ConnectionId, topic: Topic, heads: readonly TopicHead[]): void {
    this.#linger.flush() // `heads` has it already
    const connection = this.connections.open(id)
    if (connection === undefined) return
    // What was written before comes before what is published from now on.
    this.outbox.flush(connection)
    this.#askedLast = undefined
    this.#fanOut.subscribe(connection, topic)
    for (const lagged of this.topics.subscribed(topic, heads)) {
      this.outbox.write(connection, { data: this.connections.codec(connection).encode(lagged) })
    }
  }

  unsubscribe(id: ConnectionId, topic: Topic): void {
    const connection = this.connections.open(id)
    if (connection === undefined) return
    // What was published before is the socket's.
    this.#linger.flush()
    this.#askedLast = undefined
    this.#fanOut.unsubscribe(connection, topic)
  }

  /** Where the sockets of a topic are, with everything that was published so far. */
  topicHeads(topic: Topic): TopicHead[] {
    this.#linger.flush()
    return this.topics.heads(topic)
  }

  publish(publish: Publish): void {
    this.#linger.offer(publish, this.#fanOut.audience(publish.topic))
  }

  #publishNow(publish: Publish): void {
    this.published++
    this.topics.published(publish.topic, publish.conversation, publish.seq)
    if (publish.seq > 0) this.traffic.published(this.#receiversOf(publish))
    this.#fanOut.publish(publish)
  }

  barrier(id: ConnectionId, replyTo: ReplyTo<null>): void {
    this.outbox.barrier(this.connections.open(id), replyTo)
  }

  /** Whoever was about to tell something may have died; sessions of the given thread are new and look anyway. */
  hintsWereLost(exceptThread: number): void {
    this.keeper.catchUp(exceptThread)
    this.#checks.start()
  }

  /** To the sockets of one slice. */
  #publishTo(name: string, binary: boolean, publish: Publish): void {
    const { conversation, seq, except } = publish
    const { deflate } = this.#settings
    const data = (binary ? publish.msgpack : publish.json) ?? ''
    this.topics.handedOver(name, conversation, seq)
    const sender = except === 0 ? undefined : this.connections.open(except)
    // A socket does not get what it publishes itself, and can only publish what it subscribes to.
    // It is false where nobody is.
    const reached = sender?.socket?.isSubscribed(name)
      ? sender.socket.publish(name, data, binary, deflate)
      : this.#publisher?.publish(name, data, binary, deflate)
    if (reached && seq > 0) this.traffic.fannedOut(Date.now() - publish.at)
  }

  /** All sockets of the topic but the sender's. */
  #receiversOf({ topic, except }: Publish): number {
    const sender = except === 0 ? undefined : this.connections.open(except)
    const isThere = sender !== undefined && this.#fanOut.isSubscribed(sender, topic)
    return this.#fanOut.audience(topic) - (isThere ? 1 : 0)
  }

  #refusalOf(
    connection: Connection,
    bytes: number,
    isBinary: boolean,
  ): { failure: Failure; code: number } | undefined {
    const { framesPeriodMs, frameBytesEarlyMax, frameBytesMax } = this.#settings
    if (connection.tokens < 0) {
      const message = 'Cannot take so many frames: the limit is exceeded'
      const failure = { code: 'RATE_LIMITED', message, retryAfterMs: framesPeriodMs } as const
      return { failure, code: CLOSE.tooManyFrames }
    }
    const isEarly = connection.state === STATE.new || connection.state === STATE.starting
    const max = isEarly ? frameBytesEarlyMax : frameBytesMax
    if (bytes > max) {
      const message = `Cannot take the frame: it has ${bytes} bytes, ${max} are allowed`
      return { failure: { code: 'TOO_LARGE', message }, code: CLOSE.undecodable }
    }
    if (isBinary === connection.msgpack) return undefined
    const message = `Cannot decode the frame: ${connection.subprotocol} has no such frames`
    return { failure: { code: 'BAD_FRAME', message }, code: CLOSE.undecodable }
  }

  /** Refused only while the actor restarts, which makes up for it, or has too much waiting. */
  #tellActor(message: GatewayActorMsg): void {
    const node = this.#requireNode()
    const actor = node.whereis<GatewayActorMsg>('gateway')
    if (actor === undefined || node.send(actor, message)?.code !== 'MAILBOX_FULL') return
    this.#clock.after(TELL_AGAIN_MS, () => this.#tellActor(message))
  }

  #tick(): number {
    return Math.floor((this.#clock.nowMs() - this.#startMs) / TICK_MS)
  }

  #requireNode(): Node {
    if (this.#node === undefined) throw new Error('Cannot use the gateway: it has not started')
    return this.#node
  }
}

function helloOf(settings: CheckedSettings): ServerFrameOf<'hello'> {
  const { node, heartbeatMs, identifyMs, frameBytesMax, framesPerPeriod, framesPeriodMs } = settings
  const eventsPerMinute = Math.floor((framesPerPeriod * MINUTE_MS) / framesPeriodMs)
  const limits = { frameBytes: frameBytesMax, bodyChars: BODY_CHARS_MAX, eventsPerMinute }
  return { op: 'hello', node, heartbeatMs, identifyMs, limits }
}
