/** The values that frames are made of, as schemas. Limits stand here and nowhere else. */

import { Type } from 'typebox'

/** Ids are Snowflakes as decimal strings: below 2^63, so at most 19 digits. */
export const SNOWFLAKE_PATTERN = '^(0|[1-9][0-9]{0,18})$'
export const USER_ID_BYTES_MAX = 128
export const DEVICE_CHARS_MAX = 64
export const CLIENT_ID_CHARS_MAX = 64
export const BODY_CHARS_MAX = 100_000
export const PAGE_MAX = 200
/** Members of a 1:1 or group who get a copy in their inbox; beyond, members read the one stored copy. */
export const INBOX_MEMBERS_MAX = 100
export const TITLE_CHARS_MAX = 200
/** Before and after `ready`. */
export const FRAME_BYTES_EARLY_MAX = 4 * 1_024
export const FRAME_BYTES_MAX = 512 * 1_024
export const SUBPROTOCOLS = ['guildhall.v1.json', 'guildhall.v1.msgpack'] as const
export type Subprotocol = (typeof SUBPROTOCOLS)[number]

export const Snowflake = Type.String({ pattern: SNOWFLAKE_PATTERN })
/** Its length in bytes and its characters are checked by `isUserId`. */
export const UserId = Type.String({ minLength: 1, maxLength: USER_ID_BYTES_MAX })
export const DeviceId = Type.String({ minLength: 1, maxLength: DEVICE_CHARS_MAX })
export const ClientId = Type.String({ pattern: `^[A-Za-z0-9_-]{1,${CLIENT_ID_CHARS_MAX}}$` })
/** `seq`, `n` and counts: whole numbers below 2^53. */
export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const Seq = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
export const FrameRef = Type.Integer({ minimum: 0, maximum: 0xffff_ffff })
export const PageLimit = Type.Integer({ minimum: 1, maximum: PAGE_MAX })
/** Milliseconds since 1970. */
export const Time = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const BodyKind = Type.Union([Type.Literal('text'), Type.Literal('cipher')])
export const ConversationKind = Type.Union([
  Type.Literal('dm'),
  Type.Literal('group'),
  Type.Literal('channel'),
])

export type BodyKind = Type.Static<typeof BodyKind>
export type ConversationKind = Type.Static<typeof ConversationKind>

/** True for 1 to 128 bytes of UTF-8 without control characters. */
export function isUserId(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || !value.isWellFormed()) return false
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  return (
    !/[\u0000-\u001f\u007f-\u009f]/.test(value) && new TextEncoder().encode(value).length <= USER_ID_BYTES_MAX
  )
}
