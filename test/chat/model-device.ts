/**
 * ModelDevice: one device of a user as protocol.md expects it: it keeps cursors, resumes or identifies, repeats what
 * was not acknowledged under the same id, and pulls what `lagged` names. It holds the server to the contract: within
 * one connection each message comes at most once and in order, and no seq is skipped in silence.
 */

import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { Person } from './people.ts'
import { expectOp, newId, RawClient } from './raw-client.ts'
import type { Frame, FrameOf, Message } from './wire.ts'

/** Repeated at once after a reconnect, and again when these have their answers. */
const IN_FLIGHT_MAX = 10
const CONNECTS_MAX = 10

interface Unsent {
  readonly to: string
  readonly id: string
  readonly body: string
}

export class ModelDevice {
  readonly user: string
  /** What it holds: by conversation, by seq, the id and body. */
  readonly held = new Map<string, Map<number, string>>()
  /** Everything it was promised. */
  readonly acknowledged: { conversation: string; seq: number; id: string; body: string }[] = []
  readonly #person: Person
  readonly #url: string
  readonly #device: string
  readonly #channels: readonly string[]
  readonly #unsent = new Map<string, Unsent>()
  readonly #inbox = new Set<number>()
  readonly #lagged: FrameOf<'lagged'>[] = []
  /** Sends of this connection that have no answer yet: by ref, the id. */
  readonly #inFlight = new Map<number, string>()
  // above the refs of RawClient's own requests
  #lastRef = 1_000_000
  #retryAfterMs = 0
  #client: RawClient | undefined
  #read = 0
  #ticket: { readonly session: string; readonly resume: string } | undefined
  #lastPushed = new Map<string, number>()

  /** `channels`: conversations that no inbox holds, so that they have cursors of their own. */
  constructor(url: string, person: Person, device: string, channels: readonly string[]) {
    this.user = person.name
    this.#url = url
    this.#person = person
    this.#device = device
    this.#channels = channels
  }

  get isOnline(): boolean {
    return this.#client?.isOpen === true
  }

  /** Comes online: by its ticket if it has one and `resume` says so. */
  async connect(resume: boolean): Promise<void> {
    const client = await RawClient.connect(this.#url, this.#device === 'phone' ? 'json' : 'msgpack')
    this.#client = client
    this.#read = 0
    this.#lastPushed = new Map()
    if (!(resume && (await this.#resumed(client)))) {
      const { token } = this.#person
      const { session, resume } = await client.identify({
        token,
        device: this.#device,
        cursors: this.#cursors(),
      })
      this.#ticket = { session, resume }
    }
    this.#inFlight.clear()
    this.#transmit(client)
  }

  /** The network is gone, in the middle of whatever was going on. */
  async drop(): Promise<void> {
    this.#take()
    const client = this.#client
    this.#client = undefined
    await client?.drop()
  }

  /** Sends, without waiting for the answer. */
  send(to: string, body: string): void {
    const unsent = { to, id: newId(), body }
    this.#unsent.set(unsent.id, unsent)
    if (this.#client !== undefined) this.#sendOne(this.#client, unsent)
  }

  sendMany(count: number, to: string, body: string): void {
    for (let i = 0; i < count; i++) this.send(to, body)
  }

  ack(conversation: string): void {
    this.#take()
    const seq = this.reached(conversation)
    if (seq > 0) this.#client?.send({ op: 'ack', conversation, seq })
    if (seq > 0) this.#client?.send({ op: 'read', conversation, seq })
  }

  pause(): void {
    this.#client?.pause()
  }

  resumeReading(): void {
    this.#client?.resume()
  }

  /** Until all that it sent is acknowledged and everything up to these heads is held, pushed or pulled. */
  async finish(heads: ReadonlyMap<string, number>): Promise<void> {
    for (let connects = 0; connects < CONNECTS_MAX; connects++) {
      if (!this.isOnline) await this.connect(true)
      const client = this.#client
      assert.ok(client !== undefined)
      if (await this.#finishOn(client, heads)) return
    }
    assert.fail(
      `${this.user} was closed ${CONNECTS_MAX} times, the last time ${await this.#client?.closeCode()}`,
    )
  }

  /** False when the connection was closed meanwhile. */
  async #finishOn(client: RawClient, heads: ReadonlyMap<string, number>): Promise<boolean> {
    while (client.isOpen) {
      const seen = client.log.length
      this.#take()
      await this.#pull(client)
      const missing = [...heads].find(([conversation, head]) => this.reached(conversation) < head)
      if (missing === undefined && this.#unsent.size === 0) return true
      if (client.log.length > seen) continue
      if (this.#inFlight.size === 0 && this.#unsent.size > 0) await this.#repeat(client)
      const [conversation = ''] = missing ?? []
      const what = `seq ${this.reached(conversation) + 1} of ${conversation}, ${this.#unsent.size} acknowledgements`
      await client.more(what, seen)
    }
    return false
  }

  async #repeat(client: RawClient): Promise<void> {
    await setTimeout(this.#retryAfterMs) // what the server asked for
    this.#retryAfterMs = 0
    this.#transmit(client)
  }

  /** Repeats the oldest of what was not acknowledged and is not on its way. */
  #transmit(client: RawClient): void {
    for (const unsent of [...this.#unsent.values()].slice(0, IN_FLIGHT_MAX)) this.#sendOne(client, unsent)
  }

  #sendOne(client: RawClient, unsent: Unsent): void {
    this.#lastRef++
    this.#inFlight.set(this.#lastRef, unsent.id)
    client.send({ op: 'send', ref: this.#lastRef, ...unsent })
  }

  /** The seq up to which it holds everything. */
  reached(conversation: string): number {
    const held = this.held.get(conversation)
    let seq = 0
    while (held?.has(seq + 1)) seq++
    return seq
  }

  async #pull(client: RawClient): Promise<void> {
    for (let lagged = this.#lagged.shift(); lagged; lagged = this.#lagged.shift()) {
      const { conversation, from, to } = lagged
      for (let after = from - 1; after < to; ) {
        const request = { op: 'history', conversation, after, limit: Math.min(200, to - after) }
        const { messages } = expectOp(await client.request(request), 'page')
        assert.ok(messages.length > 0, `lagged named seq ${after + 1}, the history has none`)
        for (const message of messages) this.#hold(message)
        after = messages.at(-1)?.seq ?? to
      }
    }
  }

  async #resumed(client: RawClient): Promise<boolean> {
    if (this.#ticket === undefined) return false
    const { token } = this.#person
    const answer = await client.request({ op: 'resume', token, ...this.#ticket, cursors: this.#cursors() })
    this.#ticket = undefined
    if (answer.op === 'error') {
      assert.equal(answer.code, 'SESSION_GONE')
      return false
    }
    const { session, resume } = expectOp(answer, 'resumed')
    this.#ticket = { session, resume }
    return true
  }

  #cursors(): { inbox: number; conversations: Record<string, number> } {
    let inbox = 0
    while (this.#inbox.has(inbox + 1)) inbox++
    const conversations = Object.fromEntries(this.#channels.map((id) => [id, this.reached(id)]))
    return { inbox, conversations }
  }

  /** Looks at all frames that have come since the last time. */
  #take(): void {
    const log = this.#client?.log ?? []
    while (this.#read < log.length) {
      const frame = log[this.#read++]
      if (frame !== undefined) this.#keep(frame)
    }
  }

  #keep(frame: Frame): void {
    if (frame.op === 'message') this.#pushed(frame)
    if (frame.op === 'lagged') this.#lagged.push(frame)
    if (frame.op === 'error') this.#refused(frame)
    if (frame.op !== 'sent') return
    if (frame.ref !== undefined) this.#inFlight.delete(frame.ref)
    const unsent = this.#unsent.get(frame.id)
    if (unsent === undefined) return
    this.#unsent.delete(frame.id)
    const { to, id, body } = unsent
    assert.equal(frame.to, to)
    this.acknowledged.push({ conversation: to, seq: frame.seq, id, body })
    this.#holdOne(to, frame.seq, id, body)
  }

  #refused({ ref = 0, code, message, retryAfterMs = 0 }: FrameOf<'error'>): void {
    assert.ok(this.#inFlight.delete(ref) && code === 'OVERLOADED', `${this.user} got ${code}: ${message}`)
    this.#retryAfterMs = Math.max(this.#retryAfterMs, retryAfterMs)
  }

  #pushed(message: Message): void {
    const { conversation, seq, n } = message
    const last = this.#lastPushed.get(conversation) ?? 0
    assert.ok(seq > last, `${this.user} was pushed ${seq} after ${last} of ${conversation}`)
    this.#lastPushed.set(conversation, seq)
    if (n !== undefined) this.#inbox.add(n)
    this.#hold(message)
  }

  #hold({ conversation, seq, id, body }: Message): void {
    this.#holdOne(conversation, seq, id, body)
  }

  #holdOne(conversation: string, seq: number, id: string, body: string): void {
    const held = this.held.get(conversation) ?? new Map<number, string>()
    this.held.set(conversation, held)
    const content = `${id} ${body}`
    assert.equal(held.get(seq) ?? content, content, `seq ${seq} of ${conversation} changed`)
    held.set(seq, content)
  }
}
