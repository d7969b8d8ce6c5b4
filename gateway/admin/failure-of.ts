/** failureOf: how the expected failures of runtime and store are told to operators; undefined for a bug. */

import { RuntimeError } from '../../runtime/index.ts'
import { StorageError } from '../../storage/index.ts'
import type { AdminErrorCode, AdminFailure } from './contract.ts'
import { Refusal } from './params.ts'

const RETRY_MS = 500
const RUNTIME_CODES: Readonly<Record<string, AdminErrorCode>> = {
  UNKNOWN_NAME: 'NOT_FOUND',
  ACTOR_GONE: 'NOT_FOUND',
  NO_SUCH_THREAD: 'NOT_FOUND',
  CALL_TIMEOUT: 'TIMEOUT',
  THREAD_DOWN: 'TIMEOUT',
  BAD_OPTION: 'BAD_REQUEST',
  TASK_LIMIT: 'BUSY',
}

export function failureOf(error: unknown): AdminFailure | undefined {
  if (error instanceof Refusal) return error.failure
  if (error instanceof StorageError) return { code: 'UNAVAILABLE', message: error.message }
  if (!(error instanceof RuntimeError)) return undefined
  const code = RUNTIME_CODES[error.code]
  if (code === undefined) return undefined
  return { code, message: error.message, ...(code === 'BUSY' ? { retryAfterMs: RETRY_MS } : {}) }
}
