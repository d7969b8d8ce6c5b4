/** Coming online and staying there: identify or resume after `hello`, heartbeats, silence, and moving away when told to. */

import type { ClientFrameOf, Cursors, ServerFrameOf } from '../protocol/index.ts'
import { limitBucket, spendToken } from './bucket.ts'
import { SILENCE_MS } from './state-link.ts'
import type { State, Turn } from './state-types.ts'
import { CLOSE, FRAME_BYTES_EARLY_MAX } from './wire.ts'

const HEARTBEAT_MS_MIN = 1_000

export function greet(state: State, hello: ServerFrameOf<'hello'>, turn: Turn): void {
  if (state.link.phase !== 'opening') return
  state.link.heartbeatMs = Math.max(HEARTBEAT_MS_MIN, hello.heartbeatMs)
  state.limits = { frameBytes: hello.limits.frameBytes, bodyChars: hello.limits.bodyChars }
  limitBucket(state.bucket, hello.limits.eventsPerMinute, turn.now)
  if (state.link.session) resume(state, state.link.session, turn)
  else identify(state, turn)
}

/** Also the way back when the server knows our session no more: on the same socket. */
export function identify(state: State, turn: Turn): void {
  state.link.session = null
  const { device, client } = state.settings
  const frame: ClientFrameOf<'identify'> = {
    op: 'identify',
    ref: state.nextRef++,
    token: state.link.token,
    device,
    ...(client === undefined ? {} : { client }),
  }
  introduce(state, state.link.distrustCursors ? frame : { ...frame, cursors: cursorsFor(state, frame) }, turn)
}

function resume(state: State, session: { id: string; ticket: string }, turn: Turn): void {
  const frame = {
    op: 'resume',
    ref: state.nextRef++,
    token: state.link.token,
    session: session.id,
    resume: session.ticket,
  } as const
  introduce(state, { ...frame, cursors: cursorsFor(state, frame) }, turn)
}

function introduce(
  state: State,
  frame: ClientFrameOf<'identify'> | ClientFrameOf<'resume'>,
  turn: Turn,
): void {
  state.link.phase = frame.op === 'identify' ? 'identifying' : 'resuming'
  state.link.until = turn.now + SILENCE_MS
  spendToken(state.bucket, turn.now)
  turn.effects.push({ type: 'write', frame })
}

/** As many cursors as fit beside the rest of the frame, the liveliest first; the others are noted in `untold`. */
function cursorsFor(state: State, frame: object): Cursors {
  const conversations: Record<string, number> = {}
  const cursors = { inbox: state.inbox.cursor, conversations }
  let room = FRAME_BYTES_EARLY_MAX - byteLength(JSON.stringify({ ...frame, cursors }))
  state.untold.clear()
  const liveliest = [...state.timelines.values()].sort((a, b) => b.lastActiveAt - a.lastActiveAt)
  for (const { id, cursor } of liveliest) {
    room -= JSON.stringify({ [id]: cursor }).length
    if (room >= 0) conversations[id] = cursor
    else state.untold.add(id)
  }
  return cursors
}

/** Beats, and says when this socket must be left. */
export function watchOnline(state: State, turn: Turn): { code: number; reason: string } | null {
  const { link } = state
  if (link.lastFrameAt + SILENCE_MS <= turn.now) return { code: CLOSE.silent, reason: 'the server is silent' }
  if (link.move && link.move.at <= turn.now) return { code: CLOSE.draining, reason: 'the node drains' }
  if (link.heartbeatAt <= turn.now) {
    link.heartbeatAt = turn.now + link.heartbeatMs
    spendToken(state.bucket, turn.now)
    turn.effects.push({ type: 'write', frame: { op: 'heartbeat' } })
  }
  return null
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
