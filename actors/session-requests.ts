/**
 * What a client asks of its session. Every request is answered once, by an answer or an error; `ack`, `read` and
 * `typing` only by an error.
 *
 * Guarantees: answers to sends come in the order of the sends for each conversation. At most `OPEN_MAX` requests of a
 * session are under way; the next is refused with OVERLOADED.
 */

import {
  CLOSE,
  type ClientFrame,
  type ClientFrameOf,
  DecodeError,
  type Failure,
  parseClientFrame,
  type ServerFrame,
} from '../protocol/index.ts'
import type { Context, Outcome } from '../runtime/index.ts'
import { unreachable } from '../runtime/index.ts'
import { overloaded, unavailable } from './failures.ts'
import type { ConversationRequest, Posted, Result, SessionMsg } from './messages.ts'
import { meterService, settingsService, shardOf, storeService } from './services.ts'
import { errorFrame, failureOf, sharedCodec, withRef } from './session-frames.ts'
import { close, isOver, read, write } from './session-outbox.ts'
import { inboxOf, pageOf } from './session-pages.ts'
import { dueAnswers, openSlot, type SessionState } from './session-state.ts'

const OPEN_MAX = 512

type Ctx = Context<SessionMsg>

/** One frame of the client, as it came. */
export function handleFrame(state: SessionState, ctx: Ctx, data: Uint8Array): void {
  const value = decode(state, data)
  if (value === undefined) return close(state, ctx, CLOSE.undecodable)
  const parsed = parseClientFrame(value)
  if (parsed.ok) handleRequest(state, ctx, parsed.frame)
  else write(state, ctx, errorFrame(parsed.ref, parsed.failure))
}

function decode({ codec }: SessionState, data: Uint8Array): unknown {
  try {
    return sharedCodec(codec).decode(data)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function handleRequest(state: SessionState, ctx: Ctx, frame: ClientFrame): void {
  switch (frame.op) {
    case 'heartbeat':
      return write(state, ctx, { op: 'heartbeat', ...withRef(frame.ref) })
    case 'identify':
    case 'resume':
      return refuseSecondIdentify(state, ctx, frame.ref)
    case 'send':
      return post(state, ctx, frame)
    case 'ack':
    case 'read':
    case 'typing':
      return tell(state, ctx, frame)
    case 'history':
      return answerByReading(state, ctx, frame, () => pageOf(ctx.service(storeService), state.user, frame))
    case 'sync':
      return answerByReading(state, ctx, frame, () => inboxOf(ctx.service(storeService), state.user, frame))
    default:
      return unreachable(frame)
  }
}

function refuseSecondIdentify(state: SessionState, ctx: Ctx, ref: number | undefined): void {
  const message = 'Cannot identify: this connection is identified'
  write(state, ctx, errorFrame(ref, { code: 'ALREADY_IDENTIFIED', message }))
  close(state, ctx, CLOSE.identifiedTwice)
}

function post(state: SessionState, ctx: Ctx, frame: ClientFrameOf<'send'>): void {
  const { to, id, body, kind = 'text', replyTo } = frame
  const slot = openSlot(state, to)
  const meter = ctx.service(meterService)
  const since = meter.ticks()
  const answer = (answered: ServerFrame): void => {
    slot.frame = answered
    for (const due of dueAnswers(state, to)) write(state, ctx, due)
  }
  const request = {
    type: 'post',
    key: to,
    author: state.user,
    device: state.device,
    connection: state.connection,
    post: { id, body, kind, ...(replyTo === undefined ? {} : { replyTo }) },
  } as const
  askOwner<Posted>(state, ctx, request, 'send', (result) => {
    meter.posted(result, since)
    if (!result.ok) return answer(errorFrame(frame.ref, result.failure))
    const { seq, messageId, at, duplicate } = result.value
    answer({ op: 'sent', ...withRef(frame.ref), to, id, seq, messageId, at, duplicate })
  })
}

/** Success is silent. */
function tell(state: SessionState, ctx: Ctx, frame: ClientFrameOf<'ack' | 'read' | 'typing'>): void {
  const { user, device, connection } = state
  const key = frame.conversation
  const request =
    frame.op === 'typing'
      ? ({ type: 'typing', key, user, connection } as const)
      : ({ type: frame.op, key, user, device, connection, seq: frame.seq } as const)
  askOwner<null>(state, ctx, request, frame.op, (result) => {
    if (!result.ok) write(state, ctx, errorFrame(frame.ref, result.failure))
  })
}

type OwnerRequest =
  Extract<ConversationRequest, { type: 'post' | 'ack' | 'read' | 'typing' }> extends infer R
    ? R extends unknown
      ? Omit<R, 'replyTo'>
      : never
    : never

/** Asks the conversation's owner. `then` runs once, whatever becomes of the ask. */
function askOwner<T extends Posted | null>(
  state: SessionState,
  ctx: Ctx,
  request: OwnerRequest,
  what: string,
  then: (result: Result<T>) => void,
): void {
  if (state.open >= OPEN_MAX) return then(tooMany(what))
  const router = `conversations.${shardOf(request.key, ctx.service(settingsService).threads)}`
  const owner = ctx.whereis<ConversationRequest>(router)
  if (owner === undefined) return then(unavailable(what, 'its owner is being started'))
  state.open++
  ctx.ask(owner, request, (outcome: Outcome<Result<Posted> | Result<null>>) => ({
    type: 'done',
    run: () => {
      state.open--
      if (isOver(state)) return
      if (outcome.ok) then(outcome.value as Result<T>)
      else then({ ok: false, failure: failureOf(what, outcome.error) })
    },
  }))
}

function answerByReading(
  state: SessionState,
  ctx: Ctx,
  { op, ref }: ClientFrameOf<'history' | 'sync'>,
  work: () => Promise<Result<ServerFrame>>,
): void {
  const answer = (result: Result<ServerFrame>): void =>
    write(state, ctx, result.ok ? result.value : errorFrame(ref, result.failure))
  if (state.open >= OPEN_MAX) return answer(tooMany(op))
  state.open++
  const settle = (result: Result<ServerFrame>): void => {
    state.open--
    answer(result)
  }
  const failed = (error: Error): void => settle({ ok: false, failure: failureOf(op, error) })
  // A store that throws at once is a failed read too.
  read(state, ctx, async () => work(), settle, failed)
}

function tooMany(what: string): { readonly ok: false; readonly failure: Failure } {
  return overloaded(what, `${OPEN_MAX} requests of this connection are under way`)
}
