/**
 * parseServerFrame: what a client needs to trust a frame's shape. No schema library, no code generation (a page's
 * Content-Security-Policy may forbid it), no dependencies.
 *
 * Guarantees that `op` is known and that every field the contract names has its type, in nested objects too.
 * Does not check ranges, patterns or enumerations: the server has, and a newer server may know more error codes.
 * Frames of a newer server, with an unknown `op`, are undefined too: a client ignores them.
 */

import type { ServerFrame, ServerFrameOf, ServerOp } from './server-frames.ts'

export function parseServerFrame(value: unknown): ServerFrame | undefined {
  if (typeof value !== 'object' || value === null || !('op' in value) || typeof value.op !== 'string') {
    return undefined
  }
  const fields = CHECKS.get(value.op)
  return fields?.every((field) => fits(value, field)) ? (value as ServerFrame) : undefined
}

/** The shape of a type, as data. `optional` marks a field that may be absent. */
type Shape<T> = [T] extends [string]
  ? 'string'
  : [T] extends [number]
    ? 'number'
    : [T] extends [boolean]
      ? 'boolean'
      : T extends readonly (infer Item)[]
        ? { readonly each: Shape<Item> }
        : { readonly fields: Fields<T> }

type Fields<T> = {
  readonly [Name in keyof T]-?: undefined extends T[Name]
    ? { readonly optional: Shape<Exclude<T[Name], undefined>> }
    : Shape<T[Name]>
}

const ref = { optional: 'number' } as const

const message = {
  conversation: 'string',
  seq: 'number',
  messageId: 'string',
  id: 'string',
  author: 'string',
  device: 'string',
  at: 'number',
  body: 'string',
  kind: 'string',
  replyTo: { optional: 'number' },
  n: { optional: 'number' },
} as const

const conversation = {
  fields: {
    id: 'string',
    kind: 'string',
    head: 'number',
    delivered: 'number',
    read: 'number',
    members: { optional: { each: 'string' } },
    title: { optional: 'string' },
  },
} as const

const channel = { fields: { id: 'string', name: 'string', head: 'number', read: 'number' } } as const

const guild = {
  fields: { id: 'string', name: 'string', owner: 'string', channels: { each: channel } },
} as const

const idOnly = { fields: { id: 'string' } } as const

// The type makes this table complete: a field added to a schema does not compile without its line here.
const SHAPES: { readonly [Op in ServerOp]: Fields<Omit<ServerFrameOf<Op>, 'op'>> } = {
  hello: {
    node: 'string',
    heartbeatMs: 'number',
    identifyMs: 'number',
    limits: { fields: { frameBytes: 'number', bodyChars: 'number', eventsPerMinute: 'number' } },
  },
  ready: {
    ref,
    session: 'string',
    resume: 'string',
    user: idOnly,
    device: 'string',
    inbox: 'number',
    conversations: { each: conversation },
    guilds: { each: guild },
  },
  resumed: { ref, session: 'string', resume: 'string' },
  heartbeat: { ref },
  resync: {},
  reconnect: { url: 'string', ticket: { optional: 'string' }, afterMs: 'number' },
  error: { ref, code: 'string', message: 'string', retryAfterMs: { optional: 'number' } },
  sent: {
    ref,
    to: 'string',
    id: 'string',
    seq: 'number',
    messageId: 'string',
    at: 'number',
    duplicate: 'boolean',
  },
  message,
  receipt: {
    conversation: 'string',
    user: 'string',
    delivered: { optional: 'number' },
    read: { optional: 'number' },
  },
  page: { ref, conversation: 'string', messages: { each: { fields: message } }, more: 'boolean' },
  inbox: { ref, messages: { each: { fields: message } }, more: 'boolean', head: 'number' },
  lagged: { conversation: 'string', from: 'number', to: 'number' },
  typing: { conversation: 'string', user: 'string' },
  'conversation.added': { conversation },
  'conversation.removed': { conversation: idOnly },
  'guild.added': { guild },
  'guild.removed': { guild: idOnly },
  'channel.added': { guild: 'string', channel },
}

/** A shape as the check walks it: names in a list, no lookups by name. */
interface Check {
  readonly name: string
  readonly optional: boolean
  readonly type: 'string' | 'number' | 'boolean' | 'list' | 'map'
  /** The fields of a map; for a list, one check of its items, with an empty name. */
  readonly inner: readonly Check[]
}

type AnyShape =
  | 'string'
  | 'number'
  | 'boolean'
  | { readonly each: AnyShape }
  | { readonly fields: AnyFields }
  | { readonly optional: AnyShape }
interface AnyFields {
  readonly [name: string]: AnyShape
}

const CHECKS: ReadonlyMap<string, readonly Check[]> = new Map(
  Object.entries(SHAPES).map(([op, fields]) => [op, checksOf(fields)]),
)

function checksOf(fields: AnyFields): readonly Check[] {
  return Object.entries(fields).map(([name, shape]) => checkOf(name, shape))
}

function checkOf(name: string, shape: AnyShape): Check {
  if (typeof shape === 'string') return { name, optional: false, type: shape, inner: [] }
  if ('optional' in shape) return { ...checkOf(name, shape.optional), optional: true }
  if ('each' in shape) return { name, optional: false, type: 'list', inner: [checkOf('', shape.each)] }
  return { name, optional: false, type: 'map', inner: checksOf(shape.fields) }
}

function fits(map: object, check: Check): boolean {
  const value = (map as { readonly [name: string]: unknown })[check.name]
  return value === undefined ? check.optional : hasShape(value, check)
}

function hasShape(value: unknown, { type, inner }: Check): boolean {
  if (type === 'list') {
    return Array.isArray(value) && value.every((item) => inner.every((check) => hasShape(item, check)))
  }
  if (type !== 'map') return typeof value === type
  return typeof value === 'object' && value !== null && inner.every((check) => fits(value, check))
}
