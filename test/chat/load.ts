/**
 * Load: people who talk all the time over raw sockets, and what must hold when they stop: every message that was
 * acknowledged is in the history, once, and the history has no gap.
 */

import assert from 'node:assert/strict'
import { Http } from './http.ts'
import { expectOp, newId, type RawClient } from './raw-client.ts'
import { tokenOf } from './tokens.ts'
import type { Frame, Message } from './wire.ts'

/** A message that the server has acknowledged. */
export interface Acknowledged {
  readonly conversation: string
  readonly seq: number
  readonly id: string
  readonly body: string
}

const PAGE = 200
/** A thread's death and return fit in many times over. */
const ACKNOWLEDGE_MS = 60_000
/** Errors after which the same send may succeed. */
const PASSING: ReadonlySet<string> = new Set(['UNAVAILABLE', 'OVERLOADED', 'INTERNAL', 'RATE_LIMITED'])

/** All messages of a conversation, by pages over HTTP. */
export async function historyOf(url: string, user: string, conversation: string): Promise<Message[]> {
  const http = new Http(url, tokenOf(user))
  const all: Message[] = []
  for (let more = true; more; ) {
    const after = all.at(-1)?.seq ?? 0
    const { status, body } = await http.get(
      `/v1/conversations/${conversation}/messages?after=${after}&limit=${PAGE}`,
    )
    assert.equal(status, 200, JSON.stringify(body))
    all.push(...(body.messages as Message[]))
    more = body.more as boolean
  }
  return all
}

/** Fails unless the history is gapless from 1, holds no id of an author twice and all that was acknowledged. */
export function checkHistory(history: readonly Message[], acknowledged: readonly Acknowledged[]): void {
  history.forEach((message, at) => {
    assert.equal(message.seq, at + 1, `seq ${message.seq} stands at place ${at + 1}`)
  })
  const ids = new Set(history.map(({ author, id }) => `${author} ${id}`))
  assert.equal(ids.size, history.length, 'a message is there twice')
  for (const { seq, id, body } of acknowledged) {
    const kept = history[seq - 1]
    assert.deepEqual([kept?.id, kept?.body], [id, body], `acknowledged message ${seq} is missing or another`)
  }
}

/**
 * One person who sends to one conversation, one message after the other, until stopped. What is not acknowledged in
 * `retryMs`, and what was in flight when the server said `resync`, is sent again under the same id.
 */
export class Talker {
  readonly acknowledged: Acknowledged[] = []
  /** The longest time from a send to its acknowledgement, in ms. */
  slowestMs = 0
  readonly client: RawClient
  readonly #to: string
  readonly #retryMs: number
  readonly #talking: Promise<void>
  #stopped = false
  #next = Promise.withResolvers<void>()

  constructor(client: RawClient, to: string, retryMs = 1_000) {
    this.client = client
    this.#to = to
    this.#retryMs = retryMs
    this.#talking = this.#talk()
  }

  /** Resolves when the last message has been acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#talking
  }

  /** Resolves when a message has been acknowledged that was sent after this call. */
  async another(): Promise<void> {
    for (const _ of [1, 2]) await Promise.race([this.#next.promise, this.#talking])
  }

  describe(): string {
    return `another acknowledgement in ${this.#to} after ${this.acknowledged.length}`
  }

  async #talk(): Promise<void> {
    while (!this.#stopped) {
      const id = newId()
      const body = `message ${this.acknowledged.length} of ${id}`
      const since = performance.now()
      const seq = await this.#acknowledge(id, body)
      this.slowestMs = Math.max(this.slowestMs, performance.now() - since)
      this.acknowledged.push({ conversation: this.#to, seq, id, body })
      this.#next.resolve()
      this.#next = Promise.withResolvers()
    }
  }

  /** The seq of the message, which is sent again until it has one. */
  async #acknowledge(id: string, body: string): Promise<number> {
    const send = (): void => this.client.send({ op: 'send', to: this.#to, id, body, ref: 1 })
    const repeating = setInterval(send, this.#retryMs)
    send()
    try {
      for (;;) {
        const frame = await this.client.take(`sent ${id}`, (one) => concerns(one, id), ACKNOWLEDGE_MS)
        if (frame.op === 'sent') return frame.seq
        if (frame.op === 'resync') send()
        else assert.ok(PASSING.has(expectOp(frame, 'error').code), `a send got ${JSON.stringify(frame)}`)
      }
    } finally {
      clearInterval(repeating)
    }
  }
}

function concerns(frame: Frame, id: string): boolean {
  return (
    (frame.op === 'sent' && frame.id === id) ||
    frame.op === 'resync' ||
    (frame.op === 'error' && frame.ref === 1)
  )
}

/** Whole milliseconds: middle, 99th of 100 and greatest. */
export function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): number => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0)
  return `median ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`
}
