/** The StorageErrors that several stores give, one small function per code: sentence and context together. */

import { StorageError } from './errors.ts'

export function storeClosed(operation: string): StorageError {
  return new StorageError('STORE_CLOSED', `Cannot ${operation}: the store is closed`, {
    context: { operation },
  })
}

export function storeNotEmpty(lastId: string): StorageError {
  const message = `Cannot load rows: the store is not empty (its last id is ${lastId}); import into a new folder`
  return new StorageError('STORE_NOT_EMPTY', message, { context: { lastId } })
}

/** `reason` names fields and numbers, never contents. */
export function badRow(row: number, reason: string): StorageError {
  return new StorageError('STORE_BAD_ROW', `Cannot load row ${row}: ${reason}`, { context: { row } })
}
