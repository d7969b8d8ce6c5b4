/**
 * LmdbDatabase: one lmdb environment with one ordered table of bytes, opened by one thread.
 *
 * Guarantees
 * - `commit` writes all or nothing, and only when no other handle committed since `generation` was read: the
 *   transaction's first instruction compares that row. So a thread may read, decide and write without a lock.
 * - When `commit` resolves, the rows are on disk: `overlappingSync` is off, so lmdb writes the pages, calls fdatasync,
 *   and only then writes the meta page through a descriptor opened with O_DSYNC. With its default (on), a commit
 *   resolves before the flush and a power loss may take it back.
 * - No JavaScript runs inside a transaction. lmdb's own thread executes a finished list of instructions, so
 *   a thread that ends at any moment leaves either all of it or nothing, and never a held write lock.
 *   (Its callbacks and `transactionSync` do run JavaScript under the lock: ended there, the lock stays taken.)
 * - The file never outgrows `limitBytes` by more than one batch. lmdb-js silently doubles a full map, under the feet
 *   of other threads' readers; here the map is reserved beyond the limit once, and the limit is checked before
 *   a commit. Reserved address space costs no memory and no disk.
 *
 * Does not
 * - Keep a second process out: `lockFolder` does.
 * - Survive worker.terminate() while the thread is inside lmdb-js: a call of C++ that V8 interrupts aborts the whole
 *   process (seen in 1 of some 500 terminations of a writer). So a node asks its threads to end by themselves.
 */

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { open, type RootDatabase, type Transaction } from 'lmdb'
import { after, keys } from './keys.ts'
import { fullMap, readFailure, writeFailure } from './lmdb-failures.ts'
import { packCounter, unpackCounter } from './rows.ts'

/** More than one batch can add, so that lmdb never needs to grow the map. */
const HEADROOM_BYTES = 512 * 1_024 * 1_024

/** `null` removes. */
export type Writes = ReadonlyMap<string, Buffer | null>
type Lmdb = RootDatabase<Buffer, string>

/** Reads of one moment, however long they take. Ends with `done`. */
export type View = Transaction

export class LmdbDatabase {
  readonly #lmdb: Lmdb
  readonly #path: string
  readonly #file: string
  readonly #limitBytes: number

  private constructor(lmdb: Lmdb, path: string, limitBytes: number) {
    this.#lmdb = lmdb
    this.#path = path
    this.#file = join(path, 'data.mdb')
    this.#limitBytes = limitBytes
  }

  /** Creates what is missing. Several threads may do so at once: one of them wins, all go on. */
  static async open(path: string, limitBytes: number, first: Writes): Promise<LmdbDatabase> {
    const lmdb = open<Buffer, string>(openOptions(path, limitBytes))
    const database = new LmdbDatabase(lmdb, path, limitBytes)
    try {
      if (lmdb.getBinaryFast(keys.generation) === undefined) await database.#create(first)
    } catch (error) {
      await lmdb.close()
      throw error
    }
    return database
  }

  /** The bytes are valid until the next read. */
  get(key: string, view?: View): Buffer | undefined {
    try {
      const bytes = readBinary(this.#lmdb, key, view)
      // The shared buffer is as long as the longest row so far; what counts is the length it claims.
      return bytes?.subarray(0, bytes.length)
    } catch (cause) {
      throw readFailure(this.#path, key, cause)
    }
  }

  /** Up to `limit` keys that begin with `prefix`, in order, from the first above `from`. */
  keysOf(prefix: string, { from = prefix, limit = Number.POSITIVE_INFINITY, view }: Range = {}): string[] {
    const range = { ...rangeOf(prefix, from, limit, view), values: false as const }
    try {
      return [...this.#lmdb.getKeys(range)]
    } catch (cause) {
      throw readFailure(this.#path, prefix, cause)
    }
  }

  entriesOf(prefix: string, { from = prefix, limit = Number.POSITIVE_INFINITY, view }: Range = {}): Entry[] {
    try {
      return [...this.#lmdb.getRange(rangeOf(prefix, from, limit, view))]
    } catch (cause) {
      throw readFailure(this.#path, prefix, cause)
    }
  }

  /**
   * Reads from here on see what other handles have committed. lmdb-js goes on with one snapshot until a timer of 0 ms
   * runs, and a commit plus a message from another thread may take less. Costs 0.4 us.
   */
  renew(): void {
    this.#lmdb.resetReadTxn()
  }

  /** Pins what is committed now. While it is held, pages that later writes replace are not used again. */
  view(): View {
    this.renew()
    return this.#lmdb.useReadTransaction()
  }

  /** Renews, and answers the generation to hand to `commit`. */
  generation(): number {
    this.renew()
    return unpackCounter(keys.generation, this.get(keys.generation) ?? Buffer.alloc(0))
  }

  /** False when another handle was faster; nothing was written then. @throws StorageError */
  async commit(writes: Writes, generation: number): Promise<boolean> {
    this.#refuseWhenFull()
    try {
      return await this.#lmdb.ifVersion(keys.generation, generation, () => {
        for (const [key, value] of writes) {
          if (value === null) this.#lmdb.remove(key)
          else this.#lmdb.put(key, value)
        }
        this.#lmdb.put(keys.generation, packCounter(generation + 1))
      })
    } catch (cause) {
      throw await writeFailure(this.#path, cause)
    }
  }

  async close(): Promise<void> {
    await this.#lmdb.close()
  }

  async #create(first: Writes): Promise<void> {
    try {
      await this.#lmdb.ifNoExists(keys.generation, () => {
        for (const [key, value] of first) if (value !== null) this.#lmdb.put(key, value)
        this.#lmdb.put(keys.generation, packCounter(1))
      })
    } catch (cause) {
      throw await writeFailure(this.#path, cause)
    }
  }

  /**
   * The file is as long as the last page in use. Asking lmdb-js would make an object in C++, the longest of all moments
   * in which a thread that is terminated aborts the process.
   */
  #refuseWhenFull(): void {
    const used = this.#usedBytes()
    if (used >= this.#limitBytes) throw fullMap(this.#path, used, this.#limitBytes)
  }

  #usedBytes(): number {
    try {
      return statSync(this.#file).size
    } catch (cause) {
      throw readFailure(this.#path, 'the size', cause)
    }
  }
}

interface Range {
  readonly from?: string
  readonly limit?: number
  readonly view?: View | undefined
}

export interface Entry {
  readonly key: string
  readonly value: Buffer
}

function rangeOf(prefix: string, from: string, limit: number, view: View | undefined) {
  const range = { start: from, exclusiveStart: from !== prefix, end: after(prefix), limit }
  return view === undefined ? range : { ...range, transaction: view }
}

/** lmdb's types leave out that this read takes a transaction. */
function readBinary(lmdb: Lmdb, key: string, view: View | undefined): Buffer | undefined {
  const read = lmdb.getBinaryFast as (
    this: Lmdb,
    key: string,
    options?: { transaction: View },
  ) => Buffer | undefined
  return view === undefined ? read.call(lmdb, key) : read.call(lmdb, key, { transaction: view })
}

const PAGE_BYTES = 4_096

const keyEncoder = {
  writeKey(key: string, target: Buffer, start: number): number {
    return start + target.write(key, start, 'latin1')
  },
  readKey(source: Buffer, start: number, end: number): string {
    return source.toString('latin1', start, end)
  },
}

function openOptions(path: string, limitBytes: number) {
  return {
    path,
    keyEncoder,
    encoding: 'binary' as const,
    pageSize: PAGE_BYTES,
    mapSize: limitBytes + HEADROOM_BYTES,
    overlappingSync: false,
    // A transaction must not start before its last instruction is there: a terminated thread would leave it waiting.
    eventTurnBatching: false,
    batchStartThreshold: Number.MAX_SAFE_INTEGER,
    // Threads and the views of exports; a slot is 64 bytes.
    maxReaders: 1_024,
    noSubdir: false,
  }
}
