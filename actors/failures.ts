/** Failures: what a request that cannot be fulfilled is answered with, and what an error of the store means to it. */

import type { ErrorCode, Failure } from '../protocol/index.ts'
import { RuntimeError } from '../runtime/index.ts'
import { StorageError, type StorageErrorCode } from '../storage/index.ts'
import type { Result } from './messages.ts'

type Failed = { readonly ok: false; readonly failure: Failure }

/** The answer to a request that was fulfilled and has nothing to tell. */
export const DONE: Result<null> = { ok: true, value: null }

/** How long a client should wait before it asks an overloaded owner again. */
const OVERLOADED_RETRY_MS = 500
const UNAVAILABLE_RETRY_MS = 1_000
/** A full disk is emptied by people. */
const FULL_RETRY_MS = 5_000

export function failed(code: ErrorCode, message: string, retryAfterMs?: number): Failed {
  return { ok: false, failure: { code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) } }
}

/** `what` completes "Cannot ...": it names ids, never bodies. */
export function overloaded(what: string, fact: string): Failed {
  return failed('OVERLOADED', `Cannot ${what}: ${fact}`, OVERLOADED_RETRY_MS)
}

export function unavailable(what: string, fact: string): Failed {
  return failed('UNAVAILABLE', `Cannot ${what}: ${fact}`, UNAVAILABLE_RETRY_MS)
}

const FACTS: Readonly<Record<StorageErrorCode, string>> = {
  STORE_FULL: 'the store is full',
  STORE_CORRUPT: 'a stored row cannot be read',
  STORE_CLOSED: 'the store is closed',
  STORE_UNAVAILABLE: 'the store is not available',
  STORE_OVERLOADED: 'too much waits to be written',
  STORE_UNCERTAIN: 'the store did not confirm it',
  STORE_NOT_EMPTY: 'the store is not empty',
  STORE_BAD_ROW: 'a stored row cannot be read',
}

/** An expected error of the store as a failure. Anything else is a bug and is thrown on. */
export function storeFailed(error: unknown, what: string): Failed {
  if (!(error instanceof StorageError)) throw error
  if (error.code === 'STORE_OVERLOADED') return overloaded(what, FACTS[error.code])
  const retryAfterMs = error.code === 'STORE_FULL' ? FULL_RETRY_MS : UNAVAILABLE_RETRY_MS
  return failed('UNAVAILABLE', `Cannot ${what}: ${FACTS[error.code]}`, retryAfterMs)
}

/** An owner that does not answer, is gone or takes no more. Anything else is a bug and is thrown on. */
export function callFailed(error: unknown, what: string): Failed {
  if (!(error instanceof RuntimeError)) throw error
  if (error.code === 'MAILBOX_FULL' || error.code === 'RING_FULL')
    return overloaded(what, 'too much waits already')
  return unavailable(what, 'its owner does not answer')
}
