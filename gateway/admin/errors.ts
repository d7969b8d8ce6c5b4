/** AdminError: what a client of the admin channel could not have, with a stable code. */

import type { AdminErrorCode } from './contract.ts'

export type AdminClientCode =
  | AdminErrorCode
  /** Nobody listens there: the node is not running, or it is another address. */
  | 'NO_NODE'
  /** The socket may not be opened by this user. */
  | 'NO_PERMISSION'
  /** Whoever listens there does not speak this protocol, or its certificate is not trusted. */
  | 'NOT_A_NODE'
  /** The connection ended before the answer. */
  | 'CONNECTION_LOST'
  /** No answer in the time that the client waits. */
  | 'NO_ANSWER'

export class AdminError extends Error {
  readonly code: AdminClientCode
  readonly retryAfterMs: number | undefined

  constructor(code: AdminClientCode, message: string, retryAfterMs?: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'AdminError'
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}
