/**
 * Replay: what the cursors of a client miss, merged from its inbox and single logs. Pure: the pages are read by
 * whoever drives it.
 *
 * Guarantees
 * - Oldest first over all sources, by message id; within a source in its own order.
 * - At most `REPLAY_MAX` messages of one conversation, the oldest; `lagged` tells the rest.
 * - What both a log and the inbox hold comes once, with its `n`. Should the inbox be in another order than the
 *   message ids (two messages of one millisecond), such a message may come twice, the second time with its `n`.
 *
 * Memory: about `BUFFER_MAX` messages, however many conversations are replayed.
 */

import type { InboxMessage, StoredMessage } from '../storage/index.ts'

/** Messages replayed for each conversation. */
export const REPLAY_MAX = 200
const PAGE_MAX = 200
const BUFFER_MAX = 2_000

/** A log to replay: after `after`, up to and including `to`. */
export interface LogRange {
  readonly conversation: string
  readonly after: number
  readonly to: number
}

export interface ReplayPlan {
  /** The numbers after `after`, up to and including `to`. */
  readonly inbox: { readonly after: number; readonly to: number }
  readonly logs: readonly LogRange[]
  /** Conversations of which the log covers everything up to that seq: the inbox's copies are left out. */
  readonly covered: ReadonlyMap<string, number>
}

/** One read that must be made before the replay can go on. */
export interface Want {
  readonly source: Source
  /** Undefined: the inbox. */
  readonly conversation: string | undefined
  readonly after: number
  readonly limit: number
}

interface Source {
  readonly conversation: string | undefined
  readonly to: number
  after: number
  buffer: readonly InboxMessage[]
  at: number
  done: boolean
}

interface Progress {
  count: number
  /** The greatest seq shown. */
  seq: number
  /** What was left out. */
  from: number
  to: number
}

export class Replay {
  readonly #sources: Source[]
  readonly #covered: ReadonlyMap<string, number>
  readonly #progress = new Map<string, Progress>()
  readonly #pageSize: number
  /** The source of the message that `peek` has chosen. */
  #chosen: Source | undefined = undefined

  constructor({ inbox, logs, covered }: ReplayPlan) {
    // The inbox is first: of two equal message ids the one with its `n` is taken.
    this.#sources = [source(undefined, inbox.after, inbox.to)]
    for (const { conversation, after, to } of logs) this.#sources.push(source(conversation, after, to))
    this.#covered = covered
    this.#pageSize = Math.max(2, Math.min(PAGE_MAX, Math.floor(BUFFER_MAX / this.#sources.length)))
  }

  /** The reads without which the next message is not known; at most `max`. */
  wants(max: number): readonly Want[] {
    const wants: Want[] = []
    for (const each of this.#sources) {
      if (wants.length === max) break
      if (each.done || each.at < each.buffer.length) continue
      const limit = Math.min(this.#pageSize, each.to - each.after)
      wants.push({ source: each, conversation: each.conversation, after: each.after, limit })
    }
    return wants
  }

  /** Takes what was read; `n` is 0 for messages of logs. */
  feed({ source: fed }: Want, items: readonly InboxMessage[]): void {
    const numberOf = ({ n, message }: InboxMessage): number =>
      fed.conversation === undefined ? n : message.seq
    fed.buffer = items.filter((item) => numberOf(item) <= fed.to)
    fed.at = 0
    const last = fed.buffer.at(-1)
    // Empty before its end: those rows are gone, and waiting would not bring them back.
    if (last === undefined) fed.done = true
    else fed.after = numberOf(last)
  }

  /** The next message; undefined when something has to be read first, or nothing is left. */
  peek(): InboxMessage | undefined {
    for (;;) {
      const from = this.#oldest()
      const item = from?.buffer[from.at]
      if (from === undefined || item === undefined) return undefined
      if (this.#isDue(from, item)) {
        this.#chosen = from
        return item
      }
      if (!from.done) step(from)
    }
  }

  /** The message that `peek` gave was shown. */
  take(): void {
    const from = this.#chosen
    const item = from?.buffer[from.at]
    if (from === undefined || item === undefined) return
    const progress = this.#progressOf(item.message)
    progress.count++
    progress.seq = Math.max(progress.seq, item.message.seq)
    step(from)
    this.#chosen = undefined
  }

  get finished(): boolean {
    return this.#sources.every(({ done }) => done)
  }

  /** What was not shown, once the replay is finished. */
  lagged(): readonly { readonly conversation: string; readonly from: number; readonly to: number }[] {
    const lagged = []
    for (const [conversation, { from, to }] of this.#progress) {
      if (from > 0) lagged.push({ conversation, from, to })
    }
    return lagged
  }

  #oldest(): Source | undefined {
    let oldest: Source | undefined
    let oldestId = ''
    for (const each of this.#sources) {
      if (each.done) continue
      const item = each.buffer[each.at]
      if (item === undefined) return undefined
      const { messageId } = item.message
      if (oldest !== undefined && !isOlder(messageId, oldestId)) continue
      oldest = each
      oldestId = messageId
    }
    return oldest
  }

  /** False for what is not shown: known by another way, or over the limit, which is noted. */
  #isDue(from: Source, { message }: InboxMessage): boolean {
    const progress = this.#progressOf(message)
    const isInbox = from.conversation === undefined
    if (isInbox && message.seq <= (this.#covered.get(message.conversation) ?? 0)) return false
    if (!isInbox && message.seq <= progress.seq) return false
    if (progress.count < REPLAY_MAX) return true
    if (progress.from === 0 || message.seq < progress.from) progress.from = message.seq
    progress.to = Math.max(progress.to, isInbox ? message.seq : from.to)
    if (!isInbox) from.done = true
    return false
  }

  #progressOf({ conversation }: StoredMessage): Progress {
    let progress = this.#progress.get(conversation)
    if (progress === undefined) {
      progress = { count: 0, seq: 0, from: 0, to: 0 }
      this.#progress.set(conversation, progress)
    }
    return progress
  }
}

function source(conversation: string | undefined, after: number, to: number): Source {
  return { conversation, to, after, buffer: [], at: 0, done: after >= to }
}

function step(from: Source): void {
  from.at++
  if (from.at >= from.buffer.length && from.after >= from.to) from.done = true
}

/** Snowflakes in decimal without leading zeros: the shorter is the smaller. */
function isOlder(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length
}
