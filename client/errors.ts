/** Coded errors of the SDK. Callers branch on `code`; the message is for people and holds no message bodies. */

import type { ErrorCode } from '../protocol/index.ts'

/**
 * The server's codes, and those of the SDK itself.
 * OUTBOX_FULL: too many messages wait. CLOSED: this client was closed. TIMEOUT: no answer in time.
 * TOKEN: the app's token function failed. STORE: the app's store failed. HISTORY_LOST: the server no longer holds a range.
 */
export type ClientErrorCode =
  | ErrorCode
  | 'OUTBOX_FULL'
  | 'CLOSED'
  | 'TIMEOUT'
  | 'TOKEN'
  | 'STORE'
  | 'HISTORY_LOST'
  | 'BAD_OPTION'

/** An expected failure of the client. */
export class ClientError extends Error {
  readonly code: ClientErrorCode
  readonly retryAfterMs: number | undefined

  constructor(code: ClientErrorCode, message: string, more: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'ClientError'
    this.code = code
    this.retryAfterMs = more.retryAfterMs
  }
}

/** A refusal that came over the wire: the code and the text of the server. */
export function refused(frame: { code: ErrorCode; message: string; retryAfterMs?: number }): ClientError {
  const more = frame.retryAfterMs === undefined ? {} : { retryAfterMs: frame.retryAfterMs }
  return new ClientError(frame.code, frame.message, more)
}
