/**
 * Link: the life of one connection as data. Dial, hello, identify or resume, online, and what follows each way to lose it.
 *
 * Guarantees
 * - Every phase has a deadline, so nothing waits for ever: a dial 20 s, an online socket 75 s of silence.
 * - A close code decides by the table of the protocol; 1006 and unknown codes resume. 1000 and 1001 that this side did not
 *   ask for end the session, so they lead to `identify`, not to a stop: a proxy may send them.
 * - A wait is at least what the server asked for (`retryAfterMs`, `afterMs`).
 */

import type { ServerFrameOf } from '../protocol/index.ts'
import { backoffMs } from './backoff.ts'
import type { StopReason } from './events.ts'
import { CLOSE, CLOSE_CODES, endsSession, moveUrl } from './wire.ts'

const DIAL_MS = 20_000
export const SILENCE_MS = 75_000
/** Online this long, the failures before are forgotten. */
const STABLE_MS = 10_000
/** Failed dials in a row, after which a url of `reconnect` is given up for the configured one. */
const MOVED_FAILURES_MAX = 2

type Phase = 'idle' | 'waiting' | 'token' | 'opening' | 'identifying' | 'resuming' | 'online' | 'stopped'

export interface Link {
  readonly homeUrl: string
  url: string
  phase: Phase
  /** The end of `waiting`, or the deadline of a phase that must not last. */
  until: number
  /** Failures since the last stable time online. */
  failures: number
  /** Counts dials, so that a late token is known. */
  dial: number
  token: string
  session: { readonly id: string; readonly ticket: string } | null
  move: { readonly url: string; readonly at: number } | null
  heartbeatMs: number
  heartbeatAt: number
  lastFrameAt: number
  onlineAt: number
  /** The wait that the server asked for with its last refusal on this socket. */
  askedWaitMs: number
  /** The server refused our cursors: identify without them and believe its heads. */
  distrustCursors: boolean
}

export function createLink(url: string): Link {
  return {
    homeUrl: url,
    url,
    phase: 'idle',
    until: 0,
    failures: 0,
    dial: 0,
    token: '',
    session: null,
    move: null,
    heartbeatMs: 30_000,
    heartbeatAt: 0,
    lastFrameAt: 0,
    onlineAt: 0,
    askedWaitMs: 0,
    distrustCursors: false,
  }
}

export function startDial(link: Link, now: number): void {
  link.phase = 'token'
  link.until = now + DIAL_MS
  link.dial += 1
  link.askedWaitMs = 0
}

export function startOpening(link: Link, token: string, now: number): void {
  link.phase = 'opening'
  link.until = now + DIAL_MS
  link.token = token
}

export function wentOnline(link: Link, session: string, ticket: string, now: number): void {
  link.phase = 'online'
  link.onlineAt = now
  link.session = { id: session, ticket }
  link.heartbeatAt = now + link.heartbeatMs
  link.lastFrameAt = now
  link.distrustCursors = false
}

/** `reconnect`: the move is due after `afterMs`; its ticket takes the place of ours. */
export function noteMove(link: Link, frame: ServerFrameOf<'reconnect'>, now: number): void {
  link.move = { url: moveUrl(link.homeUrl, frame.url) ?? link.homeUrl, at: now + frame.afterMs }
  if (frame.ticket !== undefined && link.session) link.session = { id: link.session.id, ticket: frame.ticket }
}

export type AfterLoss =
  | { readonly kind: 'stop'; readonly reason: StopReason }
  | { readonly kind: 'wait'; readonly waitMs: number }

/** The socket is gone: changes the link to `waiting` or `stopped` and says which. */
export function loseLink(link: Link, code: number, now: number, random: () => number): AfterLoss {
  const wasOnline = link.phase === 'online'
  if (wasOnline && now - link.onlineAt >= STABLE_MS) link.failures = 0
  if (code === CLOSE.tokenRefused) return stopLink(link, 'token')
  if (code === CLOSE.replaced) return stopLink(link, 'replaced')
  if (endsSession(code) || CLOSE_CODES.get(code)?.then === 'identify') link.session = null
  if (code === CLOSE.badTicket) link.distrustCursors = true

  const moveWaitMs = takeMove(link, now)
  // Who was told to move was told when: the server paces its clients itself. Only a second failure backs off.
  const backoff = moveWaitMs !== null && link.failures === 0 ? 0 : backoffMs(link.failures, random)
  const waitMs = Math.max(backoff, link.askedWaitMs, moveWaitMs ?? 0)
  if (!wasOnline && link.failures >= MOVED_FAILURES_MAX) link.url = link.homeUrl
  link.failures += 1
  link.phase = 'waiting'
  link.until = now + waitMs
  return { kind: 'wait', waitMs }
}

export function stopLink(link: Link, reason: StopReason): AfterLoss {
  link.phase = 'stopped'
  link.session = null
  link.move = null
  return { kind: 'stop', reason }
}

/** Takes the address of a pending move; answers how long it still has to wait. */
function takeMove(link: Link, now: number): number | null {
  if (!link.move) return null
  const wait = Math.max(0, link.move.at - now)
  link.url = link.move.url
  link.move = null
  return wait
}

/** When time alone changes the link; null if nothing is due ever. */
export function linkDeadline(link: Link): number | null {
  if (link.phase === 'idle' || link.phase === 'stopped') return null
  if (link.phase !== 'online') return link.until
  return Math.min(link.heartbeatAt, link.lastFrameAt + SILENCE_MS, link.move?.at ?? Number.POSITIVE_INFINITY)
}
