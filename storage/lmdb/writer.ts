/**
 * GroupWriter: the one way to write. Jobs of a loop turn share one transaction and one flush; while it is under way
 * the next batch gathers.
 *
 * Guarantees
 * - A job resolves after its writes are on disk, in the order given. A job that throws writes nothing; the others go on.
 * - At most `JOBS_MAX` messages and `BYTES_MAX` bytes wait. The next job is refused with `STORE_OVERLOADED`.
 * - A job is a pure decision over the transaction: it may run again when another thread committed first.
 *
 * Why halving: of two threads that commit at once one loses and decides again. A thread with large batches could lose
 * for ever against one with small batches, so what lost is tried again in half the size.
 */

import { StorageError } from '../errors.ts'
import { storeClosed } from '../failures.ts'
import type { LmdbDatabase } from './database.ts'
import { Transaction } from './transaction.ts'

const JOBS_MAX = 50_000
const BYTES_MAX = 64 * 1_024 * 1_024
/** Deciding on a message takes about 10 us, and the thread does nothing else meanwhile. */
const BATCH_MAX = 512
const BATCH_BYTES_MAX = 4 * 1_024 * 1_024

export interface Weight {
  /** Messages, or 1 for any other write. */
  readonly rows: number
  readonly bytes: number
}

interface Pending extends Weight {
  run(transaction: Transaction): () => void
  reject(error: unknown): void
}

const LIGHT: Weight = { rows: 1, bytes: 1_024 }

export class GroupWriter {
  readonly #database: LmdbDatabase
  #queue: Pending[] = []
  #rows = 0
  #bytes = 0
  #batchMax = BATCH_MAX
  #running: Promise<void> | undefined
  #closed = false

  constructor(database: LmdbDatabase) {
    this.#database = database
  }

  /** @throws StorageError: what the job throws, or that the batch could not be written. */
  write<T>(
    operation: string,
    job: (transaction: Transaction) => T,
    { rows, bytes }: Weight = LIGHT,
  ): Promise<T> {
    if (this.#closed) return Promise.reject(storeClosed(operation))
    if (this.#rows + rows > JOBS_MAX || this.#bytes + bytes > BYTES_MAX) {
      return Promise.reject(overloaded(operation, this.#rows, this.#bytes))
    }
    this.#rows += rows
    this.#bytes += bytes
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({
        rows,
        bytes,
        reject,
        run(transaction) {
          const result = transaction.attempt(job)
          return () => resolve(result)
        },
      })
      this.#running ??= this.#drain()
    })
  }

  /** Takes nothing more, writes what waits. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #drain(): Promise<void> {
    // The whole loop turn goes into the first batch.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#queue.length > 0) await this.#writeBatch()
    this.#running = undefined
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#takeBatch()
    try {
      const resolutions = await this.#commit(batch)
      if (resolutions === undefined) return this.#tryAgain(batch)
      this.#batchMax = Math.min(BATCH_MAX, this.#batchMax * 2)
      this.#settle(batch)
      for (const resolve of resolutions) resolve()
    } catch (error) {
      this.#settle(batch)
      for (const pending of batch) pending.reject(error)
    }
  }

  /** Undefined when another handle committed first. */
  async #commit(batch: readonly Pending[]): Promise<(() => void)[] | undefined> {
    const generation = this.#database.generation()
    const transaction = new Transaction(this.#database)
    const resolutions = batch.map((pending) => {
      try {
        return pending.run(transaction)
      } catch (error) {
        return () => pending.reject(error)
      }
    })
    if (transaction.writes.size === 0) return resolutions
    return (await this.#database.commit(transaction.writes, generation)) ? resolutions : undefined
  }

  #takeBatch(): Pending[] {
    let rows = 0
    let bytes = 0
    let count = 0
    for (const pending of this.#queue) {
      rows += pending.rows
      bytes += pending.bytes
      if (count > 0 && (rows > this.#batchMax || bytes > BATCH_BYTES_MAX)) break
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  #tryAgain(batch: readonly Pending[]): void {
    this.#batchMax = Math.max(1, Math.ceil(this.#batchMax / 2))
    this.#queue = [...batch, ...this.#queue]
  }

  #settle(batch: readonly Pending[]): void {
    for (const { rows, bytes } of batch) {
      this.#rows -= rows
      this.#bytes -= bytes
    }
  }
}

function overloaded(operation: string, rows: number, bytes: number): StorageError {
  const message = `Cannot ${operation}: ${rows} rows with ${bytes} bytes already wait to be written`
  return new StorageError('STORE_OVERLOADED', message, { context: { operation, rows, bytes } })
}
