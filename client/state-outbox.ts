/**
 * Outbox: what this device wants to send and the server has not yet confirmed.
 *
 * Guarantees
 * - A message keeps its id through every resend. It leaves only when it was confirmed or refused for good.
 * - One lane per conversation, one message of a lane on its way: a message never overtakes an earlier one of its
 *   conversation, whatever fails. The price is one round trip per message and conversation; conversations go side by side.
 * - At most `limit` messages wait.
 */

import type { BodyKind, ErrorCode } from '../protocol/index.ts'
import { backoffMs } from './backoff.ts'

const RESEND_MS = 5_000
export const OUTBOX_LIMIT = 1_000

export interface Entry {
  readonly id: string
  readonly to: string
  readonly body: string
  readonly kind?: BodyKind
  readonly replyTo?: number
}

interface Slot {
  readonly entry: Entry
  ref: number | null
  sentAt: number | null
  retryAt: number
  failures: number
}

export interface Outbox {
  readonly limit: number
  /** Every id, in the order of the calls. */
  readonly slots: Map<string, Slot>
  /** Conversation to its slots, oldest first. The lane that sent last stands last. */
  readonly lanes: Map<string, Slot[]>
  readonly refs: Map<number, Slot>
  /** The server asked everything to wait. */
  pausedUntil: number
}

export function createOutbox(limit: number): Outbox {
  return { limit, slots: new Map(), lanes: new Map(), refs: new Map(), pausedUntil: 0 }
}

/** False if the outbox is full. */
export function enqueue(outbox: Outbox, entry: Entry): boolean {
  if (outbox.slots.size >= outbox.limit) return false
  const slot: Slot = { entry, ref: null, sentAt: null, retryAt: 0, failures: 0 }
  outbox.slots.set(entry.id, slot)
  const lane = outbox.lanes.get(entry.to)
  if (lane) lane.push(slot)
  else outbox.lanes.set(entry.to, [slot])
  return true
}

/** Puts what an earlier process left before everything else. Ids already here are skipped. */
export function restore(outbox: Outbox, entries: readonly Entry[]): void {
  const newer = [...outbox.slots.values()].map((slot) => slot.entry)
  outbox.slots.clear()
  outbox.lanes.clear()
  for (const entry of [...entries, ...newer]) if (!outbox.slots.has(entry.id)) enqueue(outbox, entry)
}

/** The next message that may go on the wire now. */
export function nextSendable(outbox: Outbox, now: number): Entry | null {
  if (outbox.pausedUntil > now) return null
  for (const [slot] of outbox.lanes.values()) {
    if (slot && slot.sentAt === null && slot.retryAt <= now) return slot.entry
  }
  return null
}

export function markSent(outbox: Outbox, id: string, ref: number, now: number): void {
  const slot = outbox.slots.get(id)
  if (!slot) return
  if (slot.ref !== null) outbox.refs.delete(slot.ref)
  slot.ref = ref
  slot.sentAt = now
  outbox.refs.set(ref, slot)
  const lane = outbox.lanes.get(slot.entry.to)
  outbox.lanes.delete(slot.entry.to)
  if (lane) outbox.lanes.set(slot.entry.to, lane)
}

/** Removes a message that was confirmed or refused for good. Null if it is not here. */
export function remove(outbox: Outbox, to: string, id: string): Entry | null {
  const slot = outbox.slots.get(id)
  if (slot?.entry.to !== to) return null
  outbox.slots.delete(id)
  if (slot.ref !== null) outbox.refs.delete(slot.ref)
  const lane = outbox.lanes.get(to) ?? []
  const rest = lane.filter((other) => other !== slot)
  if (rest.length === 0) outbox.lanes.delete(to)
  else outbox.lanes.set(to, rest)
  return slot.entry
}

const TERMINAL: ReadonlySet<ErrorCode> = new Set([
  'FORBIDDEN',
  'NOT_FOUND',
  'TOO_LARGE',
  'CONFLICT',
  'BAD_FRAME',
])

export type Refusal =
  | { readonly kind: 'reject'; readonly entry: Entry }
  | { readonly kind: 'retry' }
  | { readonly kind: 'not mine' }

/** An error frame: rejects the message that it answers, or sets its next try. */
export function refuse(
  outbox: Outbox,
  frame: { ref?: number; code: ErrorCode; retryAfterMs?: number },
  now: number,
  random: () => number,
): Refusal {
  const slot = frame.ref === undefined ? undefined : outbox.refs.get(frame.ref)
  if (!slot) return { kind: 'not mine' }
  if (TERMINAL.has(frame.code)) {
    remove(outbox, slot.entry.to, slot.entry.id)
    return { kind: 'reject', entry: slot.entry }
  }
  const waitMs = frame.retryAfterMs ?? backoffMs(slot.failures, random)
  slot.failures += 1
  slot.retryAt = now + waitMs
  forget(outbox, slot)
  if (frame.code === 'RATE_LIMITED') outbox.pausedUntil = Math.max(outbox.pausedUntil, slot.retryAt)
  return { kind: 'retry' }
}

/** No answer in 5 s: the message goes out again under its id. */
export function expireUnanswered(outbox: Outbox, now: number): void {
  for (const [slot] of outbox.lanes.values()) {
    if (slot?.sentAt != null && slot.sentAt + RESEND_MS <= now) forget(outbox, slot)
  }
}

/** The socket is gone, or the session lost its memory: whatever was on its way is sent again. */
export function forgetAll(outbox: Outbox): void {
  for (const [slot] of outbox.lanes.values()) if (slot) forget(outbox, slot)
}

function forget(outbox: Outbox, slot: Slot): void {
  if (slot.ref !== null) outbox.refs.delete(slot.ref)
  slot.ref = null
  slot.sentAt = null
}

/** When time alone changes the outbox, while online. */
export function outboxDeadline(outbox: Outbox, now: number): number {
  let deadline = Number.POSITIVE_INFINITY
  for (const [slot] of outbox.lanes.values()) {
    if (!slot) continue
    const due = slot.sentAt === null ? Math.max(slot.retryAt, outbox.pausedUntil) : slot.sentAt + RESEND_MS
    // What is due already waits for a token of the bucket, not for time.
    if (due > now) deadline = Math.min(deadline, due)
  }
  return deadline
}
