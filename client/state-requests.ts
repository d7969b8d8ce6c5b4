/**
 * Requests: history and inbox pages asked for by the client itself (holes) or by the app.
 *
 * Guarantees: at most PULLS_MAX holes are asked for at a time, at most APP_MAX calls of the app wait; a request without an
 * answer is asked again (holes) or fails with TIMEOUT (app); a lost socket repeats what it swallowed.
 */

import type { ServerFrameOf } from '../protocol/index.ts'
import { ClientError, refused } from './errors.ts'
import { syncStarted } from './state-inbox.ts'
import { abandon, missing, type Timeline } from './state-timeline.ts'
import type { Input, PendingRequest, State, Turn } from './state-types.ts'
import { PAGE_MAX } from './wire.ts'

const PULLS_MAX = 4
const APP_MAX = 100
const ANSWER_MS = 10_000
const RETRY_MS = 1_000
/** The server replays after a connect; a hole is asked for only when that did not close it. */
export const REPLAY_GRACE_MS = 1_000
const REFUSED_FOR_GOOD: ReadonlySet<string> = new Set(['FORBIDDEN', 'NOT_FOUND', 'BAD_FRAME', 'BAD_CURSOR'])

export function askHistory(state: State, input: Extract<Input, { type: 'history' }>, turn: Turn): void {
  const waiting = [...state.requests].filter((request) => request.purpose === 'app').length
  if (waiting >= APP_MAX) {
    const error = new ClientError('OVERLOADED', `Cannot read history: ${waiting} calls wait already`)
    turn.effects.push({ type: 'noPage', call: input.call, error })
    return
  }
  const { conversation, call, query } = input
  const deadline = turn.now + ANSWER_MS
  state.requests.add({ purpose: 'app', conversation, call, query, cursorBefore: 0, deadline, ref: null })
}

/** Turns due holes into requests. */
export function planPulls(state: State, turn: Turn): void {
  for (const timeline of state.busy) {
    if (pullsUnderWay(state) >= PULLS_MAX) break
    if (!isDue(timeline, turn.now)) continue
    const query = missing(timeline)
    if (!query) timeline.gapAt = null
    else {
      timeline.pulling = true
      addPull(state, 'gap', timeline.id, query, timeline.cursor)
    }
  }
  const { inbox } = state
  if (inbox.syncAt !== null && inbox.syncAt <= turn.now && !inbox.syncing) {
    syncStarted(inbox, turn.now)
    addPull(state, 'sync', '', { after: inbox.cursor, limit: PAGE_MAX }, inbox.cursor)
  }
}

function addPull(
  state: State,
  purpose: 'gap' | 'sync',
  conversation: string,
  query: { after: number; limit: number },
  cursorBefore: number,
): void {
  const deadline = Number.POSITIVE_INFINITY // counts from the write
  state.requests.add({ purpose, conversation, call: 0, query, cursorBefore, deadline, ref: null })
}

export function nextRequest(state: State): PendingRequest | null {
  for (const request of state.requests) if (request.ref === null) return request
  return null
}

export function writeRequest(state: State, request: PendingRequest, turn: Turn): void {
  const ref = state.nextRef++
  request.ref = ref
  const { conversation, query } = request
  if (request.purpose !== 'app') request.deadline = turn.now + ANSWER_MS
  const limit = query.limit ?? PAGE_MAX
  const frame =
    request.purpose === 'sync'
      ? ({ op: 'sync', ref, after: query.after ?? 0, limit } as const)
      : ({ op: 'history', ref, conversation, ...query, limit } as const)
  turn.effects.push({ type: 'write', frame })
}

/** The request that a frame answers; it is over with that. */
export function takeRequest(state: State, ref: number | undefined): PendingRequest | null {
  if (ref === undefined) return null
  for (const request of state.requests) {
    if (request.ref !== ref) continue
    state.requests.delete(request)
    return request
  }
  return null
}

export function requestRefused(
  state: State,
  request: PendingRequest,
  frame: ServerFrameOf<'error'>,
  turn: Turn,
): void {
  if (request.purpose === 'app') {
    turn.effects.push({ type: 'noPage', call: request.call, error: refused(frame) })
    return
  }
  if (request.purpose === 'gap' && REFUSED_FOR_GOOD.has(frame.code)) {
    const timeline = state.timelines.get(request.conversation)
    if (timeline) abandon(timeline)
    return
  }
  pullAgain(state, request, turn.now + (frame.retryAfterMs ?? RETRY_MS))
}

export function expireRequests(state: State, turn: Turn): void {
  for (const request of state.requests) {
    if (request.deadline > turn.now) continue
    state.requests.delete(request)
    if (request.purpose !== 'app') pullAgain(state, request, turn.now)
    else {
      const error = new ClientError('TIMEOUT', `Cannot read history: no answer in ${ANSWER_MS} ms`)
      turn.effects.push({ type: 'noPage', call: request.call, error })
    }
  }
}

/** The socket is gone: calls of the app are asked again, holes are looked at anew after the next replay. */
export function requestsLost(state: State): void {
  for (const request of state.requests) {
    request.ref = null
    if (request.purpose !== 'app') state.requests.delete(request)
  }
  for (const timeline of state.busy) timeline.pulling = false
  state.inbox.syncing = false
}

/** Holes known before the connection are left to the replay for a moment. */
export function delayPulls(state: State, now: number): void {
  for (const timeline of state.busy) {
    if (timeline.gapAt !== null) timeline.gapAt = now + REPLAY_GRACE_MS
  }
}

function pullAgain(state: State, request: PendingRequest, at: number): void {
  if (request.purpose === 'sync') {
    state.inbox.syncing = false
    state.inbox.syncAt = at
    return
  }
  const timeline = state.timelines.get(request.conversation)
  if (!timeline) return
  timeline.pulling = false
  timeline.gapAt = at
}

export function pullDeadline(state: State, now: number): number {
  let deadline = Number.POSITIVE_INFINITY
  for (const request of state.requests) deadline = Math.min(deadline, request.deadline)
  if (state.link.phase !== 'online') return deadline
  const { syncAt, syncing } = state.inbox
  if (syncAt !== null && !syncing) deadline = Math.min(deadline, Math.max(syncAt, now + 1))
  if (pullsUnderWay(state) >= PULLS_MAX) return deadline
  for (const { gapAt, pulling } of state.busy) {
    if (gapAt !== null && !pulling) deadline = Math.min(deadline, Math.max(gapAt, now + 1))
  }
  return deadline
}

function isDue(timeline: Timeline, now: number): boolean {
  return timeline.gapAt !== null && timeline.gapAt <= now && !timeline.pulling
}

function pullsUnderWay(state: State): number {
  let count = 0
  for (const { purpose } of state.requests) if (purpose === 'gap') count += 1
  return count
}
