/** How far this device is: acks and reads to the server, cursors to the store. All three only ever grow. */

import { createTimeline, type Timeline } from './state-timeline.ts'
import type { Input, State, StoredCursors, Turn } from './state-types.ts'

export const CURSORS_KEY = 'cursors'
/** Acks of one conversation, and saves of the cursors, go out together this often. */
const BATCH_MS = 100
/** An ack this young may have died with its socket. */
const UNSURE_MS = 10_000

export function restoreCursors(state: State, stored: StoredCursors): void {
  state.inbox.cursor = Math.max(state.inbox.cursor, stored.inbox)
  for (const [id, cursor] of Object.entries(stored.conversations)) {
    if (!state.timelines.has(id)) state.timelines.set(id, createTimeline(id, cursor))
  }
}

/** The app's listener is done with a message; all before it in the conversation were done earlier. */
export function messageHandled(state: State, input: Extract<Input, { type: 'handled' }>, now: number): void {
  const timeline = state.timelines.get(input.conversation)
  if (!timeline) return
  timeline.delivered = Math.max(timeline.delivered, input.seq)
  saveSoon(state, now)
  // Nobody waits for a receipt of what this device itself sent.
  if (input.mine) return
  timeline.ackAt ??= now + BATCH_MS
  state.busy.add(timeline)
}

export function markRead(state: State, conversation: string, seq: number, now: number): void {
  const timeline = state.timelines.get(conversation)
  if (!timeline) return
  timeline.readWanted = Math.max(timeline.readWanted, seq)
  timeline.lastActiveAt = now
  state.busy.add(timeline)
}

/** Writes due acks and reads while the rate limit lets it. `all` does not wait for the batch. */
export function flushAcks(state: State, turn: Turn, mayWrite: () => boolean, all = false): void {
  for (const timeline of state.busy) {
    if (timeline.ackAt !== null && (all || timeline.ackAt <= turn.now)) {
      if (timeline.delivered > timeline.acked) {
        if (!mayWrite()) return
        timeline.acked = timeline.delivered
        turn.effects.push({
          type: 'write',
          frame: { op: 'ack', conversation: timeline.id, seq: timeline.acked },
        })
      }
      timeline.ackAt = null
    }
    if (timeline.readWanted > timeline.readSent) {
      if (!mayWrite()) return
      timeline.readSent = timeline.readWanted
      turn.effects.push({
        type: 'write',
        frame: { op: 'read', conversation: timeline.id, seq: timeline.readSent },
      })
    }
    if (isAtRest(timeline)) state.busy.delete(timeline)
  }
}

/** The socket is gone: what it may have swallowed is said again. */
export function acksLost(state: State, now: number): void {
  for (const timeline of state.timelines.values()) {
    if (timeline.lastActiveAt < now - UNSURE_MS) continue
    timeline.acked = 0
    timeline.readSent = 0
    if (timeline.delivered > 0) timeline.ackAt ??= now + BATCH_MS
    state.busy.add(timeline)
  }
}

export function ackDeadline(state: State, now: number): number {
  let deadline = Number.POSITIVE_INFINITY
  for (const { ackAt } of state.busy) {
    // What is due already waits for a token of the bucket, not for time.
    if (ackAt !== null && ackAt > now) deadline = Math.min(deadline, ackAt)
  }
  return deadline
}

export function saveSoon(state: State, now: number): void {
  state.saveAt ??= now + BATCH_MS
}

export function saveCursors(state: State, turn: Turn): void {
  state.saveAt = null
  const conversations: Record<string, number> = {}
  for (const timeline of state.timelines.values()) conversations[timeline.id] = timeline.delivered
  const stored: StoredCursors = { inbox: state.inbox.cursor, conversations }
  turn.effects.push({ type: 'save', key: CURSORS_KEY, value: JSON.stringify(stored) })
}

function isAtRest(timeline: Timeline): boolean {
  const { gapAt, ackAt, pulling, readWanted, readSent } = timeline
  return gapAt === null && ackAt === null && !pulling && readWanted <= readSent
}
