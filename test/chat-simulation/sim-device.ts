/**
 * SimDevice: one device of a user, as simple as a correct client can be, and the record of what it was told.
 *
 * It keeps what it sends until it is acknowledged, sends it again after 5 s and after a reconnect, and pulls what it is told that it
 * lacks. It never pulls by itself: what it then still lacks, the server has skipped in silence.
 */

import type { ServerFrame, ServerFrameOf } from '../../protocol/index.ts'
import type { SimGateway, SimSocket } from './sim-gateway.ts'

const RESEND_MS = 5_000
const PAGE = 200

/** What a device holds of one conversation. */
interface Held {
  readonly ids: Map<number, string>
}

export class SimDevice {
  readonly user: string
  readonly name: string
  /** What was acknowledged: client id to place. */
  readonly acknowledged = new Map<string, { readonly conversation: string; readonly seq: number }>()
  readonly faults: string[] = []
  readonly #gateway: SimGateway
  readonly #conversations: readonly string[]
  readonly #held = new Map<string, Held>()
  readonly #unacknowledged = new Map<string, string>()
  readonly #nextConnection: () => number
  #connection = 0
  /** Conversations that are being pulled, and up to where. */
  readonly #goals = new Map<string, number>()
  #lastId = 0

  constructor(
    user: string,
    name: string,
    conversations: readonly string[],
    gateway: SimGateway,
    nextConnection: () => number,
  ) {
    this.user = user
    this.name = name
    this.#conversations = conversations
    this.#gateway = gateway
    this.#nextConnection = nextConnection
  }

  get connection(): number {
    return this.#connection
  }

  get conversations(): readonly string[] {
    return this.#conversations
  }

  connect(kind: 'identify' | 'resume'): void {
    if (this.#connection !== 0) return
    this.#connection = this.#nextConnection()
    this.#goals.clear()
    const socket: SimSocket = {
      connection: this.#connection,
      user: this.user,
      device: this.name,
      onFrame: (frame) => socket.connection === this.#connection && this.#onFrame(frame),
      onClose: () => {
        if (socket.connection === this.#connection) this.#connection = 0
      },
    }
    const conversations = Object.fromEntries(this.#conversations.map((id) => [id, this.contiguous(id)]))
    this.#gateway.open(socket, {
      kind,
      ref: undefined,
      cursors: { conversations },
      session: 's',
      resume: 'r',
    })
    for (const [id, conversation] of this.#unacknowledged) this.#say(id, conversation)
  }

  drop(): void {
    const connection = this.#connection
    this.#connection = 0
    if (connection !== 0) this.#gateway.drop(connection)
  }

  send(conversation: string): void {
    const id = `${this.user}-${this.name}-${++this.#lastId}`
    this.#unacknowledged.set(id, conversation)
    this.#say(id, conversation)
  }

  /** Everything up to this seq is here. */
  contiguous(conversation: string): number {
    const { ids } = this.#of(conversation)
    let seq = 0
    while (ids.has(seq + 1)) seq++
    return seq
  }

  ids(conversation: string): ReadonlyMap<number, string> {
    return this.#of(conversation).ids
  }

  get waits(): boolean {
    return this.#unacknowledged.size > 0 || this.#goals.size > 0
  }

  #say(id: string, conversation: string): void {
    if (this.#connection === 0) return
    this.#gateway.say(this.#connection, { op: 'send', to: conversation, id, body: `body of ${id}` })
    this.#gateway.after(RESEND_MS, () => {
      if (this.#unacknowledged.has(id)) this.#say(id, conversation)
    })
  }

  #onFrame(frame: ServerFrame): void {
    switch (frame.op) {
      case 'message':
        return this.#note(frame.conversation, frame.seq, frame.id)
      case 'sent':
        return this.#sent(frame)
      case 'lagged':
        return this.#pull(frame.conversation, frame.from - 1, frame.to)
      case 'resync':
        for (const id of this.#conversations) this.#pull(id, this.contiguous(id), Number.MAX_SAFE_INTEGER)
        for (const [id, conversation] of this.#unacknowledged) this.#say(id, conversation)
        return
      case 'page':
        return this.#page(frame)
      case 'error':
        if (frame.code !== 'UNAVAILABLE' && frame.code !== 'OVERLOADED')
          this.faults.push(`error ${frame.code}: ${frame.message}`)
    }
  }

  #sent({ id, to, seq }: ServerFrameOf<'sent'>): void {
    this.#unacknowledged.delete(id)
    const before = this.acknowledged.get(id)
    if (before !== undefined && before.seq !== seq)
      this.faults.push(`${id} was acknowledged as ${before.seq} and as ${seq}`)
    this.acknowledged.set(id, { conversation: to, seq })
    this.#note(to, seq, id)
  }

  #note(conversation: string, seq: number, id: string): void {
    const { ids } = this.#of(conversation)
    const before = ids.get(seq)
    if (before !== undefined && before !== id)
      this.faults.push(`${conversation}/${seq} was ${before} and is ${id}`)
    ids.set(seq, id)
  }

  /** What cannot be had is asked for again: the request may have died with its session. */
  #pull(conversation: string, after: number, to: number): void {
    const goal = Math.max(this.#goals.get(conversation) ?? 0, to)
    const connection = this.#connection
    this.#goals.set(conversation, goal)
    this.#gateway.say(connection, { op: 'history', ref: 1, conversation, after, limit: PAGE })
    this.#gateway.after(RESEND_MS, () => {
      if (this.#connection === connection && this.#goals.has(conversation)) {
        this.#pull(conversation, this.contiguous(conversation), goal)
      }
    })
  }

  #page({ conversation, messages, more }: ServerFrameOf<'page'>): void {
    for (const { seq, id } of messages) this.#note(conversation, seq, id)
    const last = messages.at(-1)?.seq ?? 0
    const goal = this.#goals.get(conversation) ?? 0
    if (more && last > 0 && last < goal) this.#pull(conversation, last, goal)
    else this.#goals.delete(conversation)
  }

  #of(conversation: string): Held {
    const held = this.#held.get(conversation) ?? { ids: new Map() }
    this.#held.set(conversation, held)
    return held
  }
}
