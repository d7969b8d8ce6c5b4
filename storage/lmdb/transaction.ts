/**
 * Transaction: what one batch of writes has decided so far, on top of what is committed. A plain object: nothing
 * reaches the disk before the writer commits it. Reads see the batch's own writes.
 */

import { StorageError } from '../errors.ts'
import { compareIds } from '../order.ts'
import type { LmdbDatabase, Writes } from './database.ts'
import { keys } from './keys.ts'
import { packCounter, packText, unpackCounter } from './rows.ts'

/** lmdb's own limit for pages of 4 KiB. */
const KEY_BYTES_MAX = 1_978

type Undo = { readonly key: string; readonly before: Buffer | null | undefined }

export class Transaction {
  readonly #database: LmdbDatabase
  readonly #writes = new Map<string, Buffer | null>()
  readonly #undo: Undo[] = []

  constructor(database: LmdbDatabase) {
    this.#database = database
  }

  get writes(): Writes {
    return this.#writes
  }

  /** The bytes are valid until the next read. */
  get(key: string): Buffer | undefined {
    const written = this.#writes.get(key)
    return written === undefined ? this.#database.get(key) : (written ?? undefined)
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  counter(key: string): number {
    const bytes = this.get(key)
    return bytes === undefined ? 0 : unpackCounter(key, bytes)
  }

  put(key: string, value: Buffer): void {
    // lmdb would throw in the middle of the batch, after some of it is on its way.
    if (key.length > KEY_BYTES_MAX) {
      const message = `Cannot write a row: its key has ${key.length} bytes, the limit is ${KEY_BYTES_MAX}`
      throw new StorageError('STORE_BAD_ROW', message, { context: { bytes: key.length } })
    }
    this.#set(key, value)
  }

  putCounter(key: string, value: number): void {
    this.put(key, packCounter(value))
  }

  remove(key: string): void {
    this.#set(key, null)
  }

  /** Keeps the greatest Snowflake. */
  noteId(id: string): void {
    const known = this.get(keys.lastId)
    if (known === undefined || compareIds(id, known.toString('latin1', 0, known.length)) > 0) {
      this.put(keys.lastId, packText(id))
    }
  }

  /** All that `job` wrote is taken back when it throws. */
  attempt<T>(job: (transaction: Transaction) => T): T {
    this.#undo.length = 0
    try {
      return job(this)
    } catch (error) {
      for (const { key, before } of this.#undo.reverse()) {
        if (before === undefined) this.#writes.delete(key)
        else this.#writes.set(key, before)
      }
      throw error
    }
  }

  #set(key: string, value: Buffer | null): void {
    this.#undo.push({ key, before: this.#writes.get(key) })
    this.#writes.set(key, value)
  }
}
