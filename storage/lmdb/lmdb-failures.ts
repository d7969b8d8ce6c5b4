/** What lmdb throws, as StorageErrors. Its numbers: above 0 errno, below -30,700 its own. */

import { statfsSync } from 'node:fs'
import { constants } from 'node:os'
import { StorageError } from '../errors.ts'
import { corrupt } from './rows.ts'

const MDB = { corrupted: -30_796, pageNotFound: -30_797, mapFull: -30_792, txnFull: -30_788, badTxn: -30_782 }
const { ENOSPC, EDQUOT, EFBIG, EIO } = constants.errno
/**
 * BAD_TXN is here because lmdb-js reports the last error of a transaction: after a row found no room, all that
 * follow say BAD_TXN.
 */
const FULL: readonly number[] = [MDB.mapFull, MDB.txnFull, MDB.badTxn, ENOSPC, EDQUOT, EFBIG]

/** Less than a batch of any size needs. */
const ROOM_BYTES_MIN = 64 * 1_024

export function fullMap(path: string, used: number, limit: number): StorageError {
  const message = `Cannot write to ${path}: its data has ${used} bytes and mapSizeMb allows ${limit}`
  return new StorageError('STORE_FULL', message, { context: { path, used, limit } })
}

export function readFailure(path: string, key: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause
  const code = codeOf(cause)
  if (code === MDB.corrupted || code === MDB.pageNotFound) return corrupt(key, textOf(cause), cause)
  return new StorageError('STORE_UNAVAILABLE', `Cannot read from ${path}: ${textOf(cause)}`, {
    context: { path, code },
    cause,
  })
}

/** lmdb-js rejects with a general error whose `commitError` is a promise that rejects with the real one. */
export async function writeFailure(path: string, thrown: unknown): Promise<StorageError> {
  const cause = await commitError(thrown)
  const code = codeOf(cause)
  const context = { path, code }
  if (FULL.includes(code) || (code === EIO && isOutOfRoom(path))) {
    return new StorageError('STORE_FULL', `Cannot write to ${path}: the disk is full (${textOf(cause)})`, {
      context,
      cause,
    })
  }
  const message = `Cannot tell whether a write to ${path} happened: ${textOf(cause)}`
  return new StorageError('STORE_UNCERTAIN', message, { context, cause })
}

/**
 * A disk that fills up in the middle of a page writes it short, and lmdb calls that an I/O error. Pages are written
 * before the meta page that makes them count, so nothing has happened.
 */
function isOutOfRoom(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize < ROOM_BYTES_MIN
  } catch {
    return false
  }
}

async function commitError(thrown: unknown): Promise<unknown> {
  if (typeof thrown !== 'object' || thrown === null || !('commitError' in thrown)) return thrown
  try {
    await thrown.commitError
    return thrown
  } catch (cause) {
    return cause
  }
}

function codeOf(cause: unknown): number {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'number' ? cause.code : 0
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
