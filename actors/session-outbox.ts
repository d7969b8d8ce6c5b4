/**
 * Outbox: the way from a session to its socket, by the gateway of thread 0.
 *
 * Guarantees
 * - Answers and events are written in order. What the gateway refuses for the moment is kept and tried again; past
 *   `UNSENT_MAX` of them the socket is closed with 4000, and the client resumes. Nothing is dropped in silence.
 * - A pushed message that is refused is not kept: `push` says so, and whoever pushed reads it again later.
 */

import { CLOSE, type CloseCode, type ServerFrame } from '../protocol/index.ts'
import type { Context, Refusal } from '../runtime/index.ts'
import type { StoredMessage } from '../storage/index.ts'
import type { GatewayMsg, SessionMsg } from './messages.ts'
import { errorFrame, laggedFrame, sharedCodec } from './session-frames.ts'
import { type SessionState, UNSENT_MAX } from './session-state.ts'
import { messageFrame } from './views.ts'

export const GATEWAY = 'gateway'
const RETRY_MS = 20

/** Writes one frame. */
export function write(state: SessionState, ctx: Context<SessionMsg>, frame: ServerFrame): void {
  const data = sharedCodec(state.codec).encode(frame)
  const refusal = send(state, ctx, { type: 'write', connection: state.connection, data })
  if (refusal === undefined) return
  // No ring takes it, however often it is tried.
  const message = `Cannot answer with ${frame.op}: it is too large`
  const failure = errorFrame('ref' in frame ? frame.ref : undefined, { code: 'TOO_LARGE', message })
  send(state, ctx, {
    type: 'write',
    connection: state.connection,
    data: sharedCodec(state.codec).encode(failure),
  })
}

/** Shows one message; `n` is 0 where no inbox has it. False when it was not taken: show it again later. */
export function push(
  state: SessionState,
  ctx: Context<SessionMsg>,
  message: StoredMessage,
  n: number,
): boolean {
  if (state.unsent !== undefined) return false
  const { conversation, seq } = message
  const refusal = ctx.sendTo(GATEWAY, {
    type: 'write',
    connection: state.connection,
    data: sharedCodec(state.codec).encode(messageFrame(message, n === 0 ? undefined : n)),
    push: { conversation, seq },
  } satisfies GatewayMsg)
  if (refusal === undefined) return true
  if (isPassing(refusal)) return false
  write(state, ctx, laggedFrame(conversation, seq, seq))
  return true
}

/** Asks the gateway to close the socket; it will say `closed`. Until then the session takes nothing more. */
export function close(state: SessionState, ctx: Context<SessionMsg>, code: CloseCode): void {
  if (isOver(state)) return
  state.phase = 'closing'
  state.waiting = undefined
  send(state, ctx, { type: 'close', connection: state.connection, code })
}

/** True when nothing that comes back matters any more. */
export function isOver({ phase }: SessionState): boolean {
  return phase === 'closing' || phase === 'closed'
}

/** Runs code later, as this actor; not when the session is over by then. */
export function later(state: SessionState, ctx: Context<SessionMsg>, delayMs: number, run: () => void): void {
  ctx.sendAfter(delayMs, ctx.self, { type: 'done', run: () => (isOver(state) ? undefined : run()) })
}

/** Starts a read; its outcome comes back as a message. Not when the session is over by then. */
export function read<T>(
  state: SessionState,
  ctx: Context<SessionMsg>,
  work: () => Promise<T>,
  then: (value: T) => void,
  failed: (error: Error) => void,
): void {
  ctx.task(work, (outcome) => ({
    type: 'done',
    run: () => {
      if (isOver(state)) return
      if (outcome.ok) then(outcome.value)
      else failed(outcome.error)
    },
  }))
}

/** A refusal that will never be otherwise; undefined when the message was taken or is kept. */
function send(state: SessionState, ctx: Context<SessionMsg>, message: GatewayMsg): Refusal | undefined {
  if (state.unsent !== undefined) {
    keep(state, state.unsent, message)
    return undefined
  }
  const refusal = ctx.sendTo(GATEWAY, message)
  if (refusal === undefined || !isPassing(refusal)) return refusal
  state.unsent = [message]
  flushLater(state, ctx)
  return undefined
}

function keep(state: SessionState, unsent: GatewayMsg[], message: GatewayMsg): void {
  if (unsent.length < UNSENT_MAX || message.type === 'close') {
    unsent.push(message)
    return
  }
  state.unsent = [{ type: 'close', connection: state.connection, code: CLOSE.internal }]
  state.phase = 'closing'
}

function flushLater(state: SessionState, ctx: Context<SessionMsg>): void {
  ctx.sendAfter(RETRY_MS, ctx.self, { type: 'done', run: () => flush(state, ctx) })
}

function flush(state: SessionState, ctx: Context<SessionMsg>): void {
  const unsent = state.unsent ?? []
  const refused = unsent.findIndex((message) => {
    const refusal = ctx.sendTo(GATEWAY, message)
    return refusal !== undefined && isPassing(refusal)
  })
  if (refused < 0) {
    state.unsent = undefined
    return
  }
  state.unsent = unsent.slice(refused)
  flushLater(state, ctx)
}

function isPassing({ code }: Refusal): boolean {
  return code !== 'MESSAGE_TOO_LARGE' && code !== 'MESSAGE_NOT_PORTABLE'
}
