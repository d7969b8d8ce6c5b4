/** Error codes: what a request that failed is answered with. Clients branch on the code. */

export const ERROR_CODES = [
  'BAD_FRAME',
  'UNKNOWN_OP',
  'NOT_IDENTIFIED',
  'ALREADY_IDENTIFIED',
  'AUTH_FAILED',
  'FORBIDDEN',
  'NOT_FOUND',
  'TOO_LARGE',
  'RATE_LIMITED',
  'CONFLICT',
  'OVERLOADED',
  'UNAVAILABLE',
  'SESSION_GONE',
  'BAD_CURSOR',
  'INTERNAL',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** A request that cannot be fulfilled, as it is told to the client. The text holds no message bodies. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly retryAfterMs?: number
}
