/** Sending: from a call of the app into the outbox and the store, onto the wire, and out again. */

import type { ClientFrameOf, Message, ServerFrameOf } from '../protocol/index.ts'
import { ClientError } from './errors.ts'
import type { Sent } from './events.ts'
import { type Entry, enqueue, remove, restore } from './state-outbox.ts'
import type { State, Turn } from './state-types.ts'

/** The index of the outbox in the store: ids in order. Saved after the entry, so that it never names what is not there. */
export const OUTBOX_KEY = 'outbox'
export const outboxKey = (id: string) => `${OUTBOX_KEY}/${id}`

/** What JSON may make of one UTF-16 unit, at most. */
const JSON_BYTES_PER_UNIT = 6
const FRAME_OVERHEAD_BYTES = 1_024

export function enqueueSend(state: State, entry: Entry, turn: Turn): void {
  const error =
    refusal(state, entry) ?? (enqueue(state.outbox, entry) ? null : outboxFull(state.outbox.limit))
  if (error) {
    turn.effects.push({ type: 'notSent', id: entry.id, error })
    return
  }
  turn.effects.push({ type: 'save', key: outboxKey(entry.id), value: JSON.stringify(entry) })
  saveIndex(state, turn)
}

/** What an earlier process left goes first. */
export function restoreEntries(state: State, entries: readonly Entry[], turn: Turn): void {
  const newer = state.outbox.slots.size
  restore(state.outbox, entries)
  if (newer > 0) saveIndex(state, turn)
}

/** The frame of a message; null if it can never pass and was rejected. */
export function sendFrame(state: State, entry: Entry, turn: Turn): ClientFrameOf<'send'> | null {
  const frame: ClientFrameOf<'send'> = { op: 'send', ref: state.nextRef++, ...entry }
  const mayBeLarge = entry.body.length * JSON_BYTES_PER_UNIT + FRAME_OVERHEAD_BYTES > state.limits.frameBytes
  if (!mayBeLarge) return frame
  const bytes = new TextEncoder().encode(JSON.stringify(frame)).length
  if (bytes <= state.limits.frameBytes) return frame
  const fact = `its frame has ${bytes} bytes, the server takes ${state.limits.frameBytes}`
  rejectEntry(state, entry, new ClientError('TOO_LARGE', `Cannot send a message: ${fact}`), turn)
  return null
}

function rejectEntry(state: State, entry: Entry, error: ClientError, turn: Turn): void {
  remove(state.outbox, entry.to, entry.id)
  forgetStored(state, entry, turn)
  turn.effects.push({ type: 'notSent', id: entry.id, error })
}

/** The server holds the message. Answers it as everyone else receives it; null if it was settled before. */
export function confirm(state: State, sent: Sent, turn: Turn): Message | null {
  const entry = remove(state.outbox, sent.to, sent.id)
  if (!entry || state.user === null) return null
  forgetStored(state, entry, turn)
  turn.effects.push({ type: 'sent', id: entry.id, sent })
  turn.effects.push({ type: 'emit', name: 'sent', event: sent })
  return {
    conversation: sent.to,
    seq: sent.seq,
    messageId: sent.messageId,
    id: sent.id,
    author: state.user,
    device: state.settings.device,
    at: sent.at,
    body: entry.body,
    kind: entry.kind ?? 'text',
    ...(entry.replyTo === undefined ? {} : { replyTo: entry.replyTo }),
  }
}

/** An own message that comes back by history: its `sent` was lost, and this is as good. */
export function confirmByMessage(state: State, message: Message, turn: Turn): void {
  if (message.author !== state.user || !state.outbox.slots.has(message.id)) return
  const { conversation: to, id, seq, messageId, at } = message
  confirm(state, { to, id, seq, messageId, at, duplicate: true }, turn)
}

export function sentOf(frame: ServerFrameOf<'sent'>): Sent {
  const { to, id, seq, messageId, at, duplicate } = frame
  return { to, id, seq, messageId, at, duplicate }
}

function refusal(state: State, entry: Entry): ClientError | null {
  if (state.closingAt !== null) return new ClientError('CLOSED', 'Cannot send: this client is closing')
  if (!entry.body.isWellFormed()) {
    return new ClientError('BAD_FRAME', 'Cannot send a message: its body holds half of a surrogate pair')
  }
  const max = state.limits.bodyChars
  if (entry.body.length <= max) return null
  const chars = Array.from(entry.body).length
  if (chars <= max) return null
  return new ClientError(
    'TOO_LARGE',
    `Cannot send a message: its body has ${chars} characters of at most ${max}`,
  )
}

function outboxFull(limit: number): ClientError {
  return new ClientError('OUTBOX_FULL', `Cannot send: ${limit} messages wait already`)
}

export function forgetStored(state: State, entry: Entry, turn: Turn): void {
  saveIndex(state, turn)
  turn.effects.push({ type: 'erase', key: outboxKey(entry.id) })
}

function saveIndex(state: State, turn: Turn): void {
  const value = JSON.stringify([...state.outbox.slots.keys()])
  turn.effects.push({ type: 'save', key: OUTBOX_KEY, value })
}
