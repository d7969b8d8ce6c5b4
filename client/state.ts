/**
 * The client as a state machine: (state, input, now, random) -> effects. No clock, socket, promise or store in here.
 *
 * Guarantees
 * - The same inputs at the same times with the same random numbers give the same effects.
 * - `nextDeadline` names the only time at which a `tick` changes anything; a tick too early or too late is harmless.
 *
 * Does not: retain what it was told to emit; the app's history is the app's.
 */

import { createBucket, nextTokenAt, takeToken } from './bucket.ts'
import { ClientError } from './errors.ts'
import {
  ackDeadline,
  acksLost,
  flushAcks,
  markRead,
  messageHandled,
  restoreCursors,
  saveCursors,
} from './state-cursors.ts'
import { handleFrame } from './state-frames.ts'
import { createInbox } from './state-inbox.ts'
import { createLink, linkDeadline, loseLink, startDial, startOpening, stopLink } from './state-link.ts'
import { watchOnline } from './state-online.ts'
import {
  createOutbox,
  expireUnanswered,
  forgetAll,
  markSent,
  nextSendable,
  outboxDeadline,
} from './state-outbox.ts'
import {
  askHistory,
  expireRequests,
  nextRequest,
  planPulls,
  pullDeadline,
  requestsLost,
  writeRequest,
} from './state-requests.ts'
import { enqueueSend, restoreEntries, sendFrame } from './state-send.ts'
import type { Effect, Input, Settings, State, Turn } from './state-types.ts'
import { CLOSE } from './wire.ts'

export function createState(url: string, settings: Settings, outboxLimit: number): State {
  return {
    settings,
    link: createLink(url),
    outbox: createOutbox(outboxLimit),
    bucket: createBucket(),
    inbox: createInbox(0),
    timelines: new Map(),
    busy: new Set(),
    conversations: new Map(),
    guilds: new Map(),
    requests: new Set(),
    untold: new Set(),
    user: null,
    limits: { frameBytes: 512 * 1_024, bodyChars: 100_000 },
    nextRef: 1,
    loaded: false,
    started: false,
    closingAt: null,
    closed: false,
    saveAt: null,
    pumpAt: null,
  }
}

/** Takes one input; answers what the shell must do, in this order. */
export function step(state: State, input: Input, now: number, random: () => number): Effect[] {
  const turn: Turn = { now, random, effects: [] }
  if (state.closed) return refuseClosed(input)
  accept(state, input, turn)
  passTime(state, turn)
  if (state.link.phase === 'online') pump(state, turn)
  finishClose(state, turn)
  return turn.effects
}

/** When to call `step` with a `tick` at the latest; null while only an input can change anything. */
export function nextDeadline(state: State, now: number): number | null {
  if (state.closed) return null
  const due = [linkDeadline(state.link), state.saveAt, state.closingAt, pullDeadline(state, now)]
  if (state.link.phase === 'online') {
    due.push(outboxDeadline(state.outbox, now), ackDeadline(state, now), state.pumpAt)
  }
  const first = Math.min(...due.map((at) => at ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(first) ? first : null
}

function accept(state: State, input: Input, turn: Turn): void {
  switch (input.type) {
    case 'start':
      state.started = true
      return dialIfIdle(state, turn)
    case 'loaded':
      state.loaded = true
      if (input.cursors) restoreCursors(state, input.cursors)
      restoreEntries(state, input.outbox, turn)
      return dialIfIdle(state, turn)
    case 'tick':
      return
    case 'token':
      if (state.link.phase !== 'token' || state.link.dial !== input.dial) return
      startOpening(state.link, input.token, turn.now)
      turn.effects.push({ type: 'open', url: state.link.url })
      return
    case 'tokenFailed':
      return tokenFailed(state, input, turn)
    case 'opened':
      state.link.lastFrameAt = turn.now
      return
    case 'frame': {
      const loss = handleFrame(state, input.frame, turn)
      return loss ? drop(state, loss.code, loss.reason, turn) : undefined
    }
    case 'lost':
      return lose(state, input.code, input.reason, turn)
    case 'send':
      return enqueueSend(state, input.entry, turn)
    case 'handled':
      return messageHandled(state, input, turn.now)
    case 'read':
      return markRead(state, input.conversation, input.seq, turn.now)
    case 'typing':
      return sendTyping(state, input.conversation, turn)
    case 'history':
      return askHistory(state, input, turn)
    case 'close':
      state.closingAt ??= turn.now + input.waitMs
      return
    default:
      return unreachable(input)
  }
}

/** `start` also leads out of a stop: a new token may be there. */
function dialIfIdle(state: State, turn: Turn): void {
  const { phase } = state.link
  if (!state.loaded || !state.started || (phase !== 'idle' && phase !== 'stopped')) return
  dial(state, turn)
}

function dial(state: State, turn: Turn): void {
  startDial(state.link, turn.now)
  turn.effects.push({ type: 'emit', name: 'status', event: { status: 'connecting' } })
  turn.effects.push({ type: 'fetchToken', dial: state.link.dial })
}

function tokenFailed(state: State, input: Extract<Input, { type: 'tokenFailed' }>, turn: Turn): void {
  if (state.link.phase !== 'token' || state.link.dial !== input.dial) return
  const error = new ClientError('TOKEN', 'Cannot connect: the token function failed', { cause: input.cause })
  turn.effects.push({ type: 'emit', name: 'error', event: error })
  lose(state, 1006, 'no token', turn)
}

/** The socket is gone, whoever ended it. */
function lose(state: State, code: number, reason: string, turn: Turn): void {
  const { phase } = state.link
  if (phase === 'stopped' || phase === 'waiting' || phase === 'idle') return
  const after = loseLink(state.link, code, turn.now, turn.random)
  forgetAll(state.outbox)
  requestsLost(state)
  acksLost(state, turn.now)
  const event =
    after.kind === 'stop'
      ? ({ status: 'stopped', reason: after.reason } as const)
      : ({ status: 'offline', code, reason, retryInMs: after.waitMs } as const)
  if (after.kind === 'stop') state.started = false
  turn.effects.push({ type: 'emit', name: 'status', event })
}

function drop(state: State, code: number, reason: string, turn: Turn): void {
  turn.effects.push({ type: 'drop', code })
  lose(state, code, reason, turn)
}

/** Everything that is due by now. */
function passTime(state: State, turn: Turn): void {
  const { link } = state
  if (link.phase === 'waiting' && link.until <= turn.now) dial(state, turn)
  else if (link.phase === 'online') {
    const loss = watchOnline(state, turn)
    if (loss) drop(state, loss.code, loss.reason, turn)
  } else if (link.phase !== 'idle' && link.phase !== 'stopped' && link.until <= turn.now)
    drop(state, CLOSE.silent, 'no answer while connecting', turn)
  expireUnanswered(state.outbox, turn.now)
  expireRequests(state, turn)
  if (state.saveAt !== null && state.saveAt <= turn.now) saveCursors(state, turn)
}

/** Writes what may go out, as far as the rate limit allows: reads first (few), then messages, then acks. */
function pump(state: State, turn: Turn): void {
  state.pumpAt = null
  planPulls(state, turn)
  for (let request = nextRequest(state); request; request = nextRequest(state)) {
    if (!mayWrite(state, turn)) return
    writeRequest(state, request, turn)
  }
  for (;;) {
    const entry = nextSendable(state.outbox, turn.now)
    if (!entry) break
    const frame = sendFrame(state, entry, turn)
    if (!frame) continue
    if (!mayWrite(state, turn)) return
    markSent(state.outbox, entry.id, frame.ref ?? 0, turn.now)
    turn.effects.push({ type: 'write', frame })
  }
  flushAcks(state, turn, () => mayWrite(state, turn))
}

function mayWrite(state: State, turn: Turn): boolean {
  if (takeToken(state.bucket, turn.now)) return true
  state.pumpAt = nextTokenAt(state.bucket, turn.now)
  return false
}

/** A hint of the moment: without a connection or a token it is worth nothing and is left out. */
function sendTyping(state: State, conversation: string, turn: Turn): void {
  if (state.link.phase !== 'online' || !takeToken(state.bucket, turn.now)) return
  turn.effects.push({ type: 'write', frame: { op: 'typing', conversation } })
}

/** Ends once the outbox is empty or the time for it is over. What is left stays in the store. */
function finishClose(state: State, turn: Turn): void {
  if (state.closingAt === null || state.closed) return
  const drained = state.loaded && state.outbox.slots.size === 0
  if (!drained && turn.now < state.closingAt && state.link.phase !== 'stopped') return
  if (state.link.phase === 'online') flushAcks(state, turn, () => true, true)
  if (state.loaded) saveCursors(state, turn)
  for (const id of state.outbox.slots.keys()) turn.effects.push({ type: 'notSent', id, error: closedError() })
  for (const request of state.requests) {
    if (request.purpose === 'app')
      turn.effects.push({ type: 'noPage', call: request.call, error: closedError() })
  }
  const stopped = state.link.phase === 'stopped'
  stopLink(state.link, 'closed')
  state.closed = true
  turn.effects.push({ type: 'drop', code: CLOSE.done })
  if (!stopped) {
    turn.effects.push({ type: 'emit', name: 'status', event: { status: 'stopped', reason: 'closed' } })
  }
  turn.effects.push({ type: 'closed' })
}

function refuseClosed(input: Input): Effect[] {
  if (input.type === 'send') return [{ type: 'notSent', id: input.entry.id, error: closedError() }]
  if (input.type === 'history') return [{ type: 'noPage', call: input.call, error: closedError() }]
  return input.type === 'close' ? [{ type: 'closed' }] : []
}

function closedError(): ClientError {
  return new ClientError('CLOSED', 'Cannot go on: this client was closed')
}

function unreachable(input: never): never {
  throw new Error(`Cannot handle an input: ${JSON.stringify(input)} is not known`)
}
