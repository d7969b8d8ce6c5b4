/** The values that frames are made of, as schemas. */

import { Type } from 'typebox'
import {
  CLIENT_ID_CHARS_MAX,
  DEVICE_CHARS_MAX,
  PAGE_MAX,
  SNOWFLAKE_PATTERN,
  USER_ID_BYTES_MAX,
} from './limits.ts'

/** No control characters. The escapes stay escapes: the pattern is published. */
const PRINTABLE = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$'

export const Snowflake = Type.String({ pattern: SNOWFLAKE_PATTERN })
/** Its length in bytes is checked by `isUserId`. */
export const UserId = Type.String({ minLength: 1, maxLength: USER_ID_BYTES_MAX, pattern: PRINTABLE })
export const DeviceId = Type.String({ minLength: 1, maxLength: DEVICE_CHARS_MAX, pattern: PRINTABLE })
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
