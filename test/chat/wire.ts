/**
 * What the server's frames look like, written down a second time from protocol.md alone, so that the schemas of
 * `protocol/` and these tests cannot share a mistake. Fields may be added; those named here keep their meaning.
 */

import { inspect } from 'node:util'

export interface Message {
  readonly conversation: string
  readonly seq: number
  readonly messageId: string
  readonly id: string
  readonly author: string
  readonly device: string
  readonly at: number
  readonly body: string
  readonly kind: 'text' | 'cipher'
  readonly replyTo?: number
  readonly n?: number
}

export interface ConversationEntry {
  readonly id: string
  readonly kind: string
  readonly head: number
  readonly delivered: number
  readonly read: number
  readonly members?: readonly string[]
}

export interface ChannelEntry {
  readonly id: string
  readonly name: string
  readonly head: number
  readonly read: number
}

export interface GuildEntry {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly channels: readonly ChannelEntry[]
}

type Ref = { readonly ref?: number }

export interface ServerFrames {
  hello: {
    readonly node: string
    readonly heartbeatMs: number
    readonly identifyMs: number
    readonly limits: {
      readonly frameBytes: number
      readonly bodyChars: number
      readonly eventsPerMinute: number
    }
  }
  ready: Ref & {
    readonly session: string
    readonly resume: string
    readonly user: { readonly id: string }
    readonly device: string
    readonly inbox: number
    readonly conversations: readonly ConversationEntry[]
    readonly guilds: readonly GuildEntry[]
  }
  resumed: Ref & { readonly session: string; readonly resume: string }
  heartbeat: Ref
  resync: object
  reconnect: { readonly url: string; readonly ticket?: string; readonly afterMs: number }
  error: Ref & { readonly code: string; readonly message: string; readonly retryAfterMs?: number }
  sent: Ref & {
    readonly to: string
    readonly id: string
    readonly seq: number
    readonly messageId: string
    readonly at: number
    readonly duplicate: boolean
  }
  message: Message
  receipt: {
    readonly conversation: string
    readonly user: string
    readonly delivered?: number
    readonly read?: number
  }
  page: Ref & { readonly conversation: string; readonly messages: readonly Message[]; readonly more: boolean }
  inbox: Ref & { readonly messages: readonly Message[]; readonly more: boolean; readonly head: number }
  lagged: { readonly conversation: string; readonly from: number; readonly to: number }
  typing: { readonly conversation: string; readonly user: string }
  'conversation.added': { readonly conversation: ConversationEntry }
  'conversation.removed': { readonly conversation: { readonly id: string } }
  'guild.added': { readonly guild: GuildEntry }
  'guild.removed': { readonly guild: { readonly id: string } }
  'channel.added': { readonly guild: string; readonly channel: ChannelEntry }
}

export type Op = keyof ServerFrames
export type Frame = { [O in Op]: { readonly op: O } & ServerFrames[O] }[Op]
export type FrameOf<O extends Op> = { readonly op: O } & ServerFrames[O]

// --- checks: every frame that any test receives passes through `checkFrame` ---

type Check = (value: unknown) => boolean
type Fields = Readonly<Record<string, Check>>

const text: Check = (value) => typeof value === 'string'
const flag: Check = (value) => typeof value === 'boolean'
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const positive: Check = (value) => count(value) && value !== 0
const id: Check = (value) => typeof value === 'string' && /^[0-9]{1,19}$/.test(value)
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value)
const map =
  (fields: Fields): Check =>
  (value) =>
    typeof value === 'object' && value !== null && wrongField(value, fields) === undefined

const ref = maybe((value) => count(value) && (value as number) <= 0xffff_ffff)
const message: Fields = {
  conversation: id,
  seq: positive,
  messageId: id,
  id: (value) => typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value),
  author: text,
  device: text,
  at: positive,
  body: text,
  kind: oneOf('text', 'cipher'),
  replyTo: maybe(positive),
  n: maybe(positive),
}
const conversation: Fields = {
  id,
  kind: oneOf('dm', 'group', 'channel'),
  head: count,
  delivered: count,
  read: count,
  members: maybe(listOf(text)),
}
const channel: Fields = { id, name: text, head: count, read: count }
const guild: Fields = { id, name: text, owner: text, channels: listOf(map(channel)) }
const limits: Fields = { frameBytes: positive, bodyChars: positive, eventsPerMinute: positive }
const ERROR_CODES = [
  ...['BAD_FRAME', 'UNKNOWN_OP', 'NOT_IDENTIFIED', 'ALREADY_IDENTIFIED', 'AUTH_FAILED', 'FORBIDDEN'],
  ...['NOT_FOUND', 'TOO_LARGE', 'RATE_LIMITED', 'CONFLICT', 'OVERLOADED', 'UNAVAILABLE', 'SESSION_GONE'],
  ...['BAD_CURSOR', 'INTERNAL'],
]

const SHAPES: Readonly<Record<Op, Fields>> = {
  hello: { node: text, heartbeatMs: positive, identifyMs: positive, limits: map(limits) },
  ready: {
    ref,
    session: text,
    resume: text,
    user: map({ id: text }),
    device: text,
    inbox: count,
    conversations: listOf(map(conversation)),
    guilds: listOf(map(guild)),
  },
  resumed: { ref, session: text, resume: text },
  heartbeat: { ref },
  resync: {},
  reconnect: { url: text, ticket: maybe(text), afterMs: count },
  error: { ref, code: oneOf(...ERROR_CODES), message: text, retryAfterMs: maybe(count) },
  sent: { ref, to: id, id: text, seq: positive, messageId: id, at: positive, duplicate: flag },
  message,
  receipt: { conversation: id, user: text, delivered: maybe(count), read: maybe(count) },
  page: { ref, conversation: id, messages: listOf(map(message)), more: flag },
  inbox: { ref, messages: listOf(map({ ...message, n: positive })), more: flag, head: count },
  lagged: { conversation: id, from: positive, to: positive },
  typing: { conversation: id, user: text },
  'conversation.added': { conversation: map(conversation) },
  'conversation.removed': { conversation: map({ id }) },
  'guild.added': { guild: map(guild) },
  'guild.removed': { guild: map({ id }) },
  'channel.added': { guild: id, channel: map(channel) },
}

/** The frame, if it is one of protocol.md. @throws Error that names the field that is not. */
export function checkFrame(value: unknown): Frame {
  const frame = value as Frame
  const fields: Fields | undefined = SHAPES[frame?.op]
  if (fields === undefined) throw new Error(`The server sent an unknown frame: ${shown(value)}`)
  const wrong = wrongField(frame, fields)
  if (wrong !== undefined) throw new Error(`The server sent a bad '${wrong}': ${shown(value)}`)
  return frame
}

function wrongField(value: object, fields: Fields): string | undefined {
  const found = value as Readonly<Record<string, unknown>>
  return Object.keys(fields).find((name) => fields[name]?.(found[name]) !== true)
}

function shown(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY }).slice(0, 300)
}
