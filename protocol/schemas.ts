/** The contract as data: JSON Schema of every frame, error codes, close codes, limits. For other languages and docs. */

import { CLIENT_FRAMES } from './client-frames.ts'
import { type AfterClose, CLOSE_CODES, endsSession } from './close-codes.ts'
import { ERROR_CODES, type ErrorCode } from './errors.ts'
import {
  BODY_CHARS_MAX,
  CLIENT_ID_CHARS_MAX,
  CURSORS_MAX,
  DEVICE_CHARS_MAX,
  FRAME_BYTES_EARLY_MAX,
  FRAME_BYTES_MAX,
  FRAME_DEPTH_MAX,
  FRAME_VALUES_MAX,
  INBOX_MEMBERS_MAX,
  PAGE_MAX,
  SUBPROTOCOLS,
  type Subprotocol,
  TITLE_CHARS_MAX,
  USER_ID_BYTES_MAX,
} from './limits.ts'
import { SERVER_FRAMES } from './server-frames.ts'

/** Plain data: `JSON.stringify` loses nothing of it. */
export interface ProtocolSchema {
  readonly version: 1
  readonly subprotocols: readonly Subprotocol[]
  /** JSON Schema (2020-12) by `op`. Fields that a schema does not name are ignored. */
  readonly clientFrames: Readonly<Record<string, object>>
  readonly serverFrames: Readonly<Record<string, object>>
  readonly errorCodes: readonly ErrorCode[]
  readonly closeCodes: readonly {
    readonly code: number
    readonly reason: string
    readonly then: AfterClose
    readonly endsSession: boolean
  }[]
  readonly limits: Readonly<Record<string, number>>
}

export function protocolSchema(): ProtocolSchema {
  return {
    version: 1,
    subprotocols: SUBPROTOCOLS,
    clientFrames: structuredClone<Record<string, object>>(CLIENT_FRAMES),
    serverFrames: structuredClone<Record<string, object>>(SERVER_FRAMES),
    errorCodes: ERROR_CODES,
    closeCodes: [...CLOSE_CODES].map(([code, { reason, then }]) => ({
      code,
      reason,
      then,
      endsSession: endsSession(code),
    })),
    limits: {
      bodyCharsMax: BODY_CHARS_MAX,
      clientIdCharsMax: CLIENT_ID_CHARS_MAX,
      cursorsMax: CURSORS_MAX,
      deviceCharsMax: DEVICE_CHARS_MAX,
      frameBytesEarlyMax: FRAME_BYTES_EARLY_MAX,
      frameBytesMax: FRAME_BYTES_MAX,
      frameDepthMax: FRAME_DEPTH_MAX,
      frameValuesMax: FRAME_VALUES_MAX,
      inboxMembersMax: INBOX_MEMBERS_MAX,
      pageMax: PAGE_MAX,
      titleCharsMax: TITLE_CHARS_MAX,
      userIdBytesMax: USER_ID_BYTES_MAX,
    },
  }
}
