/** What a session writes beside messages: errors, `lagged`, and what a failed ask becomes. */

import { type Codec, codecOf, type Failure, type ServerFrameOf, type Subprotocol } from '../protocol/index.ts'
import { RuntimeError } from '../runtime/index.ts'
import { StorageError } from '../storage/index.ts'
import { callFailed, failed, overloaded, storeFailed, unavailable } from './failures.ts'

// One for all sessions of the thread: a codec has no state of its own.
const json = codecOf('guildhall.v1.json')
const msgpack = codecOf('guildhall.v1.msgpack')

export function sharedCodec(subprotocol: Subprotocol): Codec {
  return subprotocol === 'guildhall.v1.json' ? json : msgpack
}

export function laggedFrame(conversation: string, from: number, to: number): ServerFrameOf<'lagged'> {
  return { op: 'lagged', conversation, from, to }
}

/** `ref` as a field that is only there when the client gave one. */
export function withRef(ref: number | undefined): { readonly ref?: number } {
  return ref === undefined ? {} : { ref }
}

export function errorFrame(ref: number | undefined, failure: Failure): ServerFrameOf<'error'> {
  const { code, message, retryAfterMs } = failure
  return {
    op: 'error',
    ...withRef(ref),
    code,
    message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

/** An ask or a read that failed, as the client is told. Asking again under the same id is safe. */
export function failureOf(what: string, error: Error): Failure {
  if (error instanceof StorageError) return storeFailed(error, what).failure
  if (!(error instanceof RuntimeError)) return unavailable(what, 'the server has a fault').failure
  if (error.code === 'MESSAGE_TOO_LARGE')
    return failed('TOO_LARGE', `Cannot ${what}: it is too large`).failure
  if (error.code === 'TASK_LIMIT') return overloaded(what, 'too much is under way already').failure
  return callFailed(error, what).failure
}
