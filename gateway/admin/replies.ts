/**
 * Replies: what one connection is told: answers, events of streams, their ends and failures, a line each.
 *
 * Guarantees: bounded in what waits for a slow reader. An answer that finds no room becomes a coded failure; an event that
 * finds none is refused, and its stream counts it. After the end of the connection nothing is written.
 */

import type { Socket } from 'node:net'
import {
  ADMIN_VERSION,
  type AdminFailure,
  type AdminReply,
  ANSWER_BYTES_MAX,
  type StreamEnd,
} from './contract.ts'
import { timed } from './pieces.ts'

/** Written and not read: beyond it no events are told and no more requests taken. */
const UNREAD_BYTES_MAX = 1_024 * 1_024
/** The same with answers to requests that were taken before: beyond it they are BUSY. */
const ANSWERS_BYTES_MAX = 2 * ANSWER_BYTES_MAX
const RETRY_MS = 100

export interface RepliesOptions {
  readonly socket: Socket
  /** Whether so many bytes more may wait for the readers of this listener. */
  readonly hasRoom: (bytes: number) => boolean
  /** Told of the time that making an answer took. */
  readonly spend: (ms: number) => void
}

export class Replies {
  readonly #options: RepliesOptions

  constructor(options: RepliesOptions) {
    this.#options = options
  }

  /** Written, and not read by the other end. */
  get unreadBytes(): number {
    return this.#options.socket.writableLength
  }

  /** The other end reads more slowly than it asks. */
  get isBehind(): boolean {
    return this.unreadBytes > UNREAD_BYTES_MAX
  }

  answer(id: number, value: unknown): void {
    const { spend, hasRoom } = this.#options
    const line = timed(spend, () => lineOf({ v: ADMIN_VERSION, id, ok: true, value }))
    const bytes = Buffer.byteLength(line)
    if (bytes > ANSWER_BYTES_MAX) {
      const message = `Cannot answer: the answer has more than ${ANSWER_BYTES_MAX} bytes; ask for fewer rows`
      return this.fail(id, { code: 'ANSWER_TOO_LARGE', message })
    }
    if (this.unreadBytes + bytes <= ANSWERS_BYTES_MAX && hasRoom(bytes)) return this.#put(line)
    this.busy(id, 'Cannot answer: too much of what was answered before is not read yet')
  }

  busy(id: number, message: string): void {
    this.fail(id, { code: 'BUSY', message, retryAfterMs: RETRY_MS })
  }

  /** False when it was not told. */
  emit(id: number, event: unknown): boolean {
    if (this.isBehind || this.#isOver) return false
    this.#put(lineOf({ v: ADMIN_VERSION, id, ok: true, event }))
    return true
  }

  end(id: number, end: StreamEnd): void {
    this.#put(lineOf({ v: ADMIN_VERSION, id, ok: true, end }))
  }

  fail(id: number, error: AdminFailure): void {
    this.#put(lineOf({ v: ADMIN_VERSION, id, ok: false, error }))
  }

  #put(line: string): void {
    if (!this.#isOver) this.#options.socket.write(line)
  }

  get #isOver(): boolean {
    const { socket } = this.#options
    return socket.destroyed || socket.writableEnded
  }
}

function lineOf(reply: AdminReply): string {
  return `${JSON.stringify(reply)}\n`
}
