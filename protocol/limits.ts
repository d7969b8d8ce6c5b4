/**
 * Limits and names of the wire contract that need no schema: what servers and dependency-free clients share.
 * Limits stand here and nowhere else.
 */

export const SUBPROTOCOLS = ['guildhall.v1.json', 'guildhall.v1.msgpack'] as const
export type Subprotocol = (typeof SUBPROTOCOLS)[number]

/** Ids are Snowflakes as decimal strings: below 2^63, so at most 19 digits. */
export const SNOWFLAKE_PATTERN = '^(0|[1-9][0-9]{0,18})$'
export const USER_ID_BYTES_MAX = 128
/** Characters are Unicode code points, as JSON Schema counts them. */
export const DEVICE_CHARS_MAX = 64
export const CLIENT_ID_CHARS_MAX = 64
/** 100,000 characters of 4 bytes and their envelope fit into `FRAME_BYTES_MAX`. */
export const BODY_CHARS_MAX = 100_000
export const TITLE_CHARS_MAX = 200
export const PAGE_MAX = 200
/** Members of a 1:1 or group who get a copy in their inbox; beyond, members read the one stored copy. */
export const INBOX_MEMBERS_MAX = 100
/** Conversations that one frame may give a cursor for. */
export const CURSORS_MAX = 10_000
/** Before and after `ready`. */
export const FRAME_BYTES_EARLY_MAX = 4 * 1_024
export const FRAME_BYTES_MAX = 512 * 1_024
/** Maps and lists inside each other, the frame itself included. */
export const FRAME_DEPTH_MAX = 32
/** Values in one frame from a client: all cursors and some more. Bounds the time that 512 KiB can cost. */
export const FRAME_VALUES_MAX = CURSORS_MAX + 1_000

/** True for 1 to 128 bytes of UTF-8 without control characters. */
export function isUserId(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > USER_ID_BYTES_MAX) return false
  return (
    value.isWellFormed() &&
    !CONTROL_CHARACTER.test(value) &&
    new TextEncoder().encode(value).length <= USER_ID_BYTES_MAX
  )
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f]/
