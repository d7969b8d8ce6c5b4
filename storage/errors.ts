/** StorageError: every expected failure of a store, with a stable code. */

export type StorageErrorCode =
  /** The disk or the map is full: reads go on, writes are refused. */
  | 'STORE_FULL'
  /** A row could not be read as what it should be. `context` names table and key. */
  | 'STORE_CORRUPT'
  /** The store is closed. */
  | 'STORE_CLOSED'
  /** Opening failed: missing folder, no permission, held by another process, made by a newer version. */
  | 'STORE_UNAVAILABLE'
  /** Too much waits to be written. Nothing was taken. */
  | 'STORE_OVERLOADED'
  /** The write may or may not have happened. Asking again under the same id is safe. */
  | 'STORE_UNCERTAIN'
  | 'STORE_NOT_EMPTY'
  | 'STORE_BAD_ROW'

export type StorageContext = Readonly<Record<string, string | number>>

export class StorageError extends Error {
  readonly code: StorageErrorCode
  readonly context: StorageContext

  constructor(
    code: StorageErrorCode,
    message: string,
    details: { context?: StorageContext; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'StorageError'
    this.code = code
    this.context = details.context ?? {}
  }
}
