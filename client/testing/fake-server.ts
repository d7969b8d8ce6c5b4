/**
 * FakeServer: the server's side of the protocol in memory, on a fake clock, with faults by chance.
 *
 * It keeps the promises of the contract (durable before `sent`, gap-free `seq`, dedupe by id, replay after `ready`, `lagged`
 * for what it did not push) and breaks everything the contract leaves open: sockets die at any moment, pushes come late, twice, in another
 * order or not at all, sends stay unanswered or are refused for a while, sessions are forgotten.
 */

import assert from 'node:assert/strict'
import type {
  ClientFrame,
  ClientFrameOf,
  ConversationEntry,
  Message,
  ServerFrame,
} from '../../protocol/index.ts'
import type { Socket, SocketHandlers } from '../ports.ts'
import type { FakeClock } from './fake-clock.ts'

/** Chances from 0 to 1 that a fault happens at its place. */
export interface Faults {
  readonly socketDies: number
  readonly sendUnanswered: number
  readonly sendRefused: number
  readonly pushLost: number
  readonly pushTwice: number
  readonly sessionGone: number
  readonly resync: number
  readonly delayMsMax: number
}

export const NO_FAULTS: Faults = {
  socketDies: 0,
  sendUnanswered: 0,
  sendRefused: 0,
  pushLost: 0,
  pushTwice: 0,
  sessionGone: 0,
  resync: 0,
  delayMsMax: 5,
}

const DEATHS = [1001, 1006, 1012, 4000, 4003, 4007, 4009, 4010, 4011] as const
const REPLAY_MAX = 200

interface Conversation {
  readonly id: string
  readonly members: readonly string[]
  readonly log: Message[]
}

interface Connection {
  readonly handlers: SocketHandlers
  user: string
  device: string
  identified: boolean
  open: boolean
  /** TCP: what is written later does not arrive earlier. */
  toServerAt: number
  toClientAt: number
}

export class FakeServer {
  faults: Faults = NO_FAULTS
  /** Every frame that arrived, in order. */
  readonly received: ClientFrame[] = []
  readonly urls: string[] = []
  readonly #clock: FakeClock
  readonly #random: () => number
  readonly #conversations = new Map<string, Conversation>()
  readonly #inboxes = new Map<string, Message[]>()
  readonly #connections = new Set<Connection>()
  readonly #tickets = new Map<string, { user: string; device: string }>()
  #count = 0

  constructor(clock: FakeClock, random: () => number = () => 0.5) {
    this.#clock = clock
    this.#random = random
  }

  addConversation(id: string, members: readonly string[]): void {
    this.#conversations.set(id, { id, members, log: [] })
  }

  log(conversation: string): readonly Message[] {
    return this.#conversations.get(conversation)?.log ?? []
  }

  /** Writes a message as if `author` had sent it from elsewhere. */
  post(conversation: string, author: string, body: string): void {
    const id = `outside-${this.#count++}`
    this.#append({ op: 'send', to: conversation, id, body }, author, 'outside', null)
  }

  /** The socket factory to pass to a client. */
  readonly socket = (url: string, handlers: SocketHandlers): Socket => {
    this.urls.push(url)
    const at = this.#clock.now()
    const connection: Connection = {
      handlers,
      user: '',
      device: '',
      identified: false,
      open: true,
      toServerAt: at,
      toClientAt: at,
    }
    this.#connections.add(connection)
    this.#clock.after(1, () => {
      if (!connection.open) return
      handlers.open()
      this.write(connection, {
        op: 'hello',
        node: 'fake',
        heartbeatMs: 30_000,
        identifyMs: 10_000,
        limits: { frameBytes: 524_288, bodyChars: 100_000, eventsPerMinute: 60_000 },
      })
    })
    return {
      send: (text) => this.#arrive(connection, text),
      close: (code, reason) => this.#end(connection, code, reason),
    }
  }

  /** The connections that are identified. */
  online(user?: string): Connection[] {
    return [...this.#connections].filter((one) => one.identified && (user === undefined || one.user === user))
  }

  kill(connection: Connection, code: number): void {
    this.#end(connection, code, 'killed')
  }

  /** One frame to a client, in the order of TCP. */
  write(connection: Connection, frame: ServerFrame): void {
    connection.toClientAt = Math.max(connection.toClientAt, this.#clock.now()) + this.#delay()
    this.#deliver(connection, frame, connection.toClientAt - this.#clock.now())
  }

  #deliver(connection: Connection, frame: ServerFrame, ms: number): void {
    const text = JSON.stringify(frame)
    this.#clock.after(ms, () => {
      if (connection.open) connection.handlers.message(text)
    })
  }

  #end(connection: Connection, code: number, reason: string): void {
    if (!connection.open) return
    connection.open = false
    connection.identified = false
    this.#connections.delete(connection)
    this.#clock.after(0, () => connection.handlers.closed(code, reason))
  }

  #arrive(connection: Connection, text: string): void {
    const frame = JSON.parse(text) as ClientFrame
    connection.toServerAt = Math.max(connection.toServerAt, this.#clock.now()) + this.#delay()
    this.#clock.after(connection.toServerAt - this.#clock.now(), () => {
      if (!connection.open || this.#maybeDie(connection)) return
      this.received.push(frame)
      this.#handle(connection, frame)
      this.#maybeDie(connection)
      if (connection.identified && this.#chance(this.faults.resync)) this.write(connection, { op: 'resync' })
    })
  }

  #handle(connection: Connection, frame: ClientFrame): void {
    switch (frame.op) {
      case 'identify':
        return this.#identify(connection, frame)
      case 'resume':
        return this.#resume(connection, frame)
      case 'heartbeat':
        return this.write(connection, { op: 'heartbeat' })
      case 'send':
        return this.#send(connection, frame)
      case 'history':
        return this.#history(connection, frame)
      case 'sync':
        return this.#sync(connection, frame)
      default: // ack, read, typing: `received` shows them
    }
  }

  #identify(connection: Connection, frame: ClientFrameOf<'identify'>): void {
    connection.user = frame.token
    connection.device = frame.device
    const conversations: ConversationEntry[] = this.#of(connection.user).map(({ id, members, log }) => ({
      id,
      kind: 'group',
      head: log.length,
      delivered: 0,
      read: 0,
      members: [...members],
    }))
    this.write(connection, {
      op: 'ready',
      session: 'session',
      resume: this.#ticket(connection),
      user: { id: connection.user },
      device: connection.device,
      inbox: this.#inbox(connection.user).length,
      conversations,
      guilds: [],
    })
    this.#replay(connection, frame.cursors?.conversations ?? {})
  }

  #resume(connection: Connection, frame: ClientFrameOf<'resume'>): void {
    const owner = this.#tickets.get(frame.resume)
    this.#tickets.delete(frame.resume)
    if (!owner || this.#chance(this.faults.sessionGone)) {
      const ref = frame.ref ?? 0
      return this.write(connection, { op: 'error', ref, code: 'SESSION_GONE', message: 'gone' })
    }
    Object.assign(connection, owner)
    this.write(connection, { op: 'resumed', session: 'session', resume: this.#ticket(connection) })
    this.#replay(connection, frame.cursors.conversations ?? {})
  }

  #replay(connection: Connection, cursors: Readonly<Record<string, number>>): void {
    connection.identified = true
    for (const { id, log } of this.#of(connection.user)) {
      const cursor = cursors[id]
      if (cursor === undefined) continue
      assert.ok(cursor <= log.length, 'a cursor never runs ahead of the log')
      for (const message of log.slice(cursor, cursor + REPLAY_MAX)) {
        this.write(connection, { op: 'message', ...message })
      }
      if (log.length > cursor + REPLAY_MAX) {
        this.write(connection, {
          op: 'lagged',
          conversation: id,
          from: cursor + REPLAY_MAX + 1,
          to: log.length,
        })
      }
    }
  }

  #send(connection: Connection, frame: ClientFrameOf<'send'>): void {
    if (this.#chance(this.faults.sendUnanswered)) return
    const ref = frame.ref ?? 0
    if (this.#chance(this.faults.sendRefused)) {
      const code = this.#random() < 0.5 ? 'OVERLOADED' : 'RATE_LIMITED'
      return this.write(connection, { op: 'error', ref, code, message: 'later', retryAfterMs: 300 })
    }
    const { message, duplicate } = this.#append(frame, connection.user, connection.device, connection)
    const { id, seq, messageId, at } = message
    this.write(connection, { op: 'sent', ref, to: frame.to, id, seq, messageId, at, duplicate })
  }

  #append(
    frame: ClientFrameOf<'send'>,
    author: string,
    device: string,
    from: Connection | null,
  ): { message: Message; duplicate: boolean } {
    const conversation = this.#conversations.get(frame.to)
    assert.ok(conversation, `conversation ${frame.to} exists`)
    const { id, body, kind = 'text' } = frame
    const first = conversation.log.find((one) => one.author === author && one.id === id)
    if (first) return { message: first, duplicate: true }
    const seq = conversation.log.length + 1
    const at = this.#clock.now()
    const messageId = String(++this.#count)
    const message: Message = {
      conversation: frame.to,
      seq,
      messageId,
      id,
      author,
      device,
      at,
      body,
      kind,
      ...(frame.replyTo === undefined ? {} : { replyTo: frame.replyTo }),
    }
    conversation.log.push(message)
    for (const member of conversation.members) this.#copy(member, message, from)
    return { message, duplicate: false }
  }

  #copy(member: string, message: Message, from: Connection | null): void {
    const inbox = this.#inbox(member)
    const copy = { ...message, n: inbox.length + 1 }
    inbox.push(copy)
    for (const connection of this.online(member)) if (connection !== from) this.#push(connection, copy)
  }

  /** Not in the order of TCP: fan-out takes other ways than answers, and a lost push is told a second later. */
  #push(connection: Connection, message: Message): void {
    const frame = { op: 'message', ...message } as const
    // Never before what was written already: `ready` and its replay come first.
    const base = connection.toClientAt > this.#clock.now() ? connection.toClientAt - this.#clock.now() : 0
    if (this.#chance(this.faults.pushLost)) {
      const { conversation, seq } = message
      return this.#deliver(connection, { op: 'lagged', conversation, from: seq, to: seq }, base + 1_000)
    }
    const times = this.#chance(this.faults.pushTwice) ? 2 : 1
    for (let time = 0; time < times; time++) this.#deliver(connection, frame, base + this.#delay())
  }

  #history(connection: Connection, frame: ClientFrameOf<'history'>): void {
    const log = this.log(frame.conversation)
    const { after = 0, limit = 200, conversation, ref } = frame
    const messages = log.slice(after, after + limit)
    const more = log.length > after + limit
    this.write(connection, { op: 'page', ref: ref ?? 0, conversation, messages, more })
  }

  #sync(connection: Connection, frame: ClientFrameOf<'sync'>): void {
    const inbox = this.#inbox(connection.user)
    const messages = inbox.slice(frame.after, frame.after + (frame.limit ?? 200))
    const more = inbox.length > frame.after + messages.length
    this.write(connection, { op: 'inbox', ref: frame.ref ?? 0, messages, more, head: inbox.length })
  }

  #of(user: string): Conversation[] {
    return [...this.#conversations.values()].filter(({ members }) => members.includes(user))
  }

  #inbox(user: string): Message[] {
    const inbox = this.#inboxes.get(user) ?? []
    this.#inboxes.set(user, inbox)
    return inbox
  }

  #ticket({ user, device }: Connection): string {
    const ticket = `ticket-${this.#count++}`
    this.#tickets.set(ticket, { user, device })
    return ticket
  }

  #maybeDie(connection: Connection): boolean {
    if (!this.#chance(this.faults.socketDies)) return false
    const code = DEATHS[Math.floor(this.#random() * DEATHS.length)] ?? 1006
    this.#end(connection, code, 'by chance')
    return true
  }

  #chance(chance: number): boolean {
    return chance > 0 && this.#random() < chance
  }

  #delay(): number {
    return Math.floor(this.#random() * this.faults.delayMsMax) + 1
  }
}
