/**
 * Timeline: one conversation as this device receives it.
 *
 * Guarantees
 * - Messages leave in order of `seq` without a hole, each once; what comes early is held, at most HELD_MAX of them.
 * - A hole is asked for after a short grace (what is on its way may fill it), exactly the missing range, at most PAGE_MAX at a time.
 * - A hole that the server cannot fill in three tries is given up and reported, not waited for.
 */

import type { Message } from '../protocol/index.ts'
import { PAGE_MAX } from './wire.ts'

const HELD_MAX = 1_000
/** Own `sent` and others' `message` come by two ways; most holes close by themselves within this time. */
const GAP_GRACE_MS = 200
const FRUITLESS_MAX = 3
const FRUITLESS_WAIT_MS = 1_000

export interface Timeline {
  readonly id: string
  /** Everything up to here was given to the app. */
  cursor: number
  /** The largest seq known to exist. */
  head: number
  readonly held: Map<number, Message>
  /** When to ask for the hole; null without one. */
  gapAt: number | null
  /** A history request is on its way. */
  pulling: boolean
  /** The head is not known: ask once for whatever is there, and on while there is more. */
  probe: boolean
  fruitless: number
  /** Everything up to here was handled by the app's listener. */
  delivered: number
  acked: number
  ackAt: number | null
  readWanted: number
  readSent: number
  lastActiveAt: number
}

export function createTimeline(id: string, cursor: number): Timeline {
  return {
    id,
    cursor,
    head: cursor,
    held: new Map(),
    gapAt: null,
    pulling: false,
    probe: false,
    fruitless: 0,
    delivered: cursor,
    acked: cursor,
    ackAt: null,
    readWanted: 0,
    readSent: 0,
    lastActiveAt: 0,
  }
}

/** Takes one message; answers what can be given to the app now, in order. */
export function receive(timeline: Timeline, message: Message, now: number): Message[] {
  if (message.seq <= timeline.cursor) return []
  timeline.head = Math.max(timeline.head, message.seq)
  const next = message.seq === timeline.cursor + 1
  // A full hold forgets the newcomer: `head` remembers that it exists, so it is pulled in its turn.
  if (next || timeline.held.size < HELD_MAX) timeline.held.set(message.seq, message)
  return release(timeline, now)
}

function release(timeline: Timeline, now: number): Message[] {
  const ready: Message[] = []
  for (;;) {
    const message = timeline.held.get(timeline.cursor + 1)
    if (!message) break
    timeline.held.delete(message.seq)
    timeline.cursor = message.seq
    ready.push(message)
  }
  if (ready.length > 0) {
    timeline.fruitless = 0
    timeline.lastActiveAt = now
  }
  if (timeline.probe) return ready
  if (timeline.cursor >= timeline.head) timeline.gapAt = null
  else if (timeline.gapAt === null || ready.length > 0) timeline.gapAt = now + GAP_GRACE_MS
  return ready
}

/** The conversation reaches to `head`; what misses is asked for at `at` unless it comes by itself. */
export function noteHead(timeline: Timeline, head: number, at: number): void {
  timeline.head = Math.max(timeline.head, head)
  if (timeline.cursor < timeline.head) timeline.gapAt = Math.min(timeline.gapAt ?? at, at)
}

/** The server may hold more than it told: asks at `at` for what follows the cursor. */
export function probe(timeline: Timeline, at: number): void {
  timeline.probe = true
  timeline.gapAt = at
}

/** What to ask for: after which seq, how many. Null without a hole. */
export function missing(timeline: Timeline): { after: number; limit: number } | null {
  if (timeline.probe) return { after: timeline.cursor, limit: PAGE_MAX }
  if (timeline.cursor >= timeline.head) return null
  const first = timeline.held.size === 0 ? timeline.head + 1 : Math.min(...timeline.held.keys())
  const count = Math.min(first, timeline.head + 1) - 1 - timeline.cursor
  return { after: timeline.cursor, limit: Math.max(1, Math.min(PAGE_MAX, count)) }
}

/** A page of history was received and its messages taken in: asks on, tries later, or gives the hole up (answered). */
export function pageDone(
  timeline: Timeline,
  cursorBefore: number,
  more: boolean,
  now: number,
): { from: number; to: number; ready: Message[] } | null {
  timeline.pulling = false
  const advanced = timeline.cursor > cursorBefore
  timeline.probe = timeline.probe && more && advanced
  if (!missing(timeline)) {
    timeline.gapAt = null
    return null
  }
  if (advanced) {
    timeline.gapAt = now
    return null
  }
  timeline.fruitless += 1
  timeline.gapAt = now + FRUITLESS_WAIT_MS
  return timeline.fruitless < FRUITLESS_MAX ? null : giveUp(timeline, now)
}

function giveUp(timeline: Timeline, now: number): { from: number; to: number; ready: Message[] } {
  const from = timeline.cursor + 1
  const to = timeline.held.size === 0 ? timeline.head : Math.min(...timeline.held.keys()) - 1
  timeline.cursor = to
  timeline.fruitless = 0
  timeline.gapAt = null
  return { from, to, ready: release(timeline, now) }
}

/** The conversation is out of reach: what was held is dropped, its cursor stays. */
export function abandon(timeline: Timeline): void {
  timeline.held.clear()
  timeline.head = timeline.cursor
  timeline.gapAt = null
  timeline.pulling = false
  timeline.probe = false
}
