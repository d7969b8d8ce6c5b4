/** Input of the HTTP API: bodies, paths and queries, checked once. What does not pass is an ApiError. */

import Type from 'typebox'
import { Compile } from 'typebox/compile'
import {
  BODY_CHARS_MAX,
  BodyKind,
  ClientId,
  type ErrorCode,
  type Failure,
  isUserId,
  PAGE_MAX,
  Seq,
  SNOWFLAKE_PATTERN,
  TITLE_CHARS_MAX,
} from '../protocol/index.ts'
import { tenantOf, type UserKey, userKey } from '../storage/index.ts'
import type { Result } from './messages.ts'

/** Ends the work on a request: it is answered with this failure. */
export class ApiError extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.name = 'ApiError'
    this.failure = failure
  }
}

export function refuse(code: ErrorCode, message: string): never {
  throw new ApiError({ code, message })
}

/** The value of an owner's answer. @throws ApiError with its failure. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new ApiError(result.failure)
}

/** More members join one by one. */
const MEMBERS_AT_ONCE_MAX = 1_000
const SNOWFLAKE = new RegExp(SNOWFLAKE_PATTERN)
const PAGE_LIMIT_DEFAULT = 50

const name = Type.String({ minLength: 1 })
const NewDm = Compile(Type.Object({ kind: Type.Literal('dm'), user: Type.String() }))
const NewGroup = Compile(
  Type.Object({
    kind: Type.Literal('group'),
    members: Type.Array(Type.String()),
    title: Type.Optional(name),
  }),
)
const NewPost = Compile(
  Type.Object({
    id: ClientId,
    body: Type.String(),
    kind: Type.Optional(BodyKind),
    replyTo: Type.Optional(Seq),
  }),
)
const NewGuild = Compile(Type.Object({ name, open: Type.Optional(Type.Boolean()) }))
const NewChannel = Compile(Type.Object({ name }))

interface Schema<T> {
  Check(value: unknown): value is T
  Errors(value: unknown): readonly { readonly instancePath: string; readonly message: string }[]
}

function check<T>(schema: Schema<T>, body: unknown, what: string): T {
  if (schema.Check(body)) return body
  const [first] = schema.Errors(body)
  const where = first?.instancePath.replaceAll('/', '.') ?? ''
  return refuse('BAD_FRAME', `Cannot read ${what}: body${where} ${first?.message ?? 'is not valid'}`)
}

export type NewConversation =
  | { readonly kind: 'dm'; readonly user: UserKey }
  | { readonly kind: 'group'; readonly members: readonly UserKey[]; readonly title: string | undefined }

/** Members are those named and whoever asks, each once. */
export function newConversation(body: unknown, by: UserKey): NewConversation {
  if ((body as { kind?: unknown } | null)?.kind === 'dm') {
    const user = userIn(check(NewDm, body, 'a conversation').user, by)
    if (user === by) refuse('BAD_FRAME', 'Cannot open a 1:1: both users are the same')
    return { kind: 'dm', user }
  }
  const { members, title } = check(NewGroup, body, 'a conversation')
  if (members.length > MEMBERS_AT_ONCE_MAX) {
    refuse(
      'TOO_LARGE',
      `Cannot create a group: at most ${MEMBERS_AT_ONCE_MAX} members at once, are ${members.length}`,
    )
  }
  const users = new Set([by, ...members.map((member) => userIn(member, by))])
  return {
    kind: 'group',
    members: [...users],
    title: title === undefined ? undefined : label(title, 'title'),
  }
}

export function newPost(body: unknown) {
  const { id, body: text, kind, replyTo } = check(NewPost, body, 'a message')
  const chars = characters(text)
  if (chars > BODY_CHARS_MAX) {
    refuse('TOO_LARGE', `Cannot take a message: at most ${BODY_CHARS_MAX} characters, are ${chars}`)
  }
  if (!text.isWellFormed()) refuse('BAD_FRAME', 'Cannot read a message: body.body is not well-formed Unicode')
  return {
    id,
    body: text,
    ...(kind === undefined ? {} : { kind }),
    ...(replyTo === undefined ? {} : { replyTo }),
  }
}

/** Guilds are open unless said otherwise. */
export function newGuild(body: unknown): { readonly name: string; readonly open: boolean } {
  const { name, open } = check(NewGuild, body, 'a guild')
  return { name: label(name, 'name'), open: open ?? true }
}

export function newChannel(body: unknown): string {
  return label(check(NewChannel, body, 'a channel').name, 'name')
}

/** What is no Snowflake exists nowhere. */
export function snowflakeIn(text: string, what: string): string {
  return SNOWFLAKE.test(text) ? text : refuse('NOT_FOUND', `Cannot find ${what}`)
}

/** A user of the same tenant. */
export function userIn(text: string, by: UserKey): UserKey {
  if (!isUserId(text))
    refuse('BAD_FRAME', 'Cannot read a user id: it must be 1 to 128 bytes without control characters')
  return userKey(tenantOf(by), text)
}

export function pageRange(query: Readonly<Record<string, string>>) {
  const after = numberIn(query, 'after', 0, Number.MAX_SAFE_INTEGER)
  const before = numberIn(query, 'before', 0, Number.MAX_SAFE_INTEGER)
  const limit = numberIn(query, 'limit', 1, PAGE_MAX) ?? PAGE_LIMIT_DEFAULT
  return { after, before, limit }
}

function numberIn(
  query: Readonly<Record<string, string>>,
  field: string,
  min: number,
  max: number,
): number | undefined {
  const text = Object.hasOwn(query, field) ? query[field] : undefined
  if (text === undefined) return undefined
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  return refuse('BAD_FRAME', `Cannot read the query: ${field} must be a whole number from ${min} to ${max}`)
}

function label(text: string, field: string): string {
  const chars = characters(text)
  if (chars > TITLE_CHARS_MAX) {
    refuse('TOO_LARGE', `Cannot take ${field}: at most ${TITLE_CHARS_MAX} characters, are ${chars}`)
  }
  return text.isWellFormed()
    ? text
    : refuse('BAD_FRAME', `Cannot read ${field}: it is not well-formed Unicode`)
}

/** Unicode code points, as the limits count. */
function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
