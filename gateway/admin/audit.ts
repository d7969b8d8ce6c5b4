/**
 * AuditLog: who changed what and when, and what came of it: a file of JSON lines that is only appended to.
 *
 * Guarantees: a line is in the file before the write begins, and another once it has ended; when the first cannot be
 * written the write does not happen. At most `FILES_MAX` files of about `BYTES_MAX` are kept: `audit.ndjson` is the
 * newest, `audit.1.ndjson` the one before. Readable by its owner only.
 *
 * Writes are rare and come from people, so they are synchronous.
 */

import { randomUUID } from 'node:crypto'
import { appendFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../settings.ts'

const BYTES_MAX = 4 * 1_024 * 1_024
const FILES_MAX = 5
const NAME = 'audit'

export interface AuditEntry {
  /** The same in all lines of a write; counted anew in each `run`, which every line names. */
  readonly write: number
  /**
   * `refused`: who may read only has tried to write. `uncertain`: nobody knows whether it was done, or still will be; a
   * line that follows may tell.
   */
  readonly phase: 'begun' | 'done' | 'failed' | 'uncertain' | 'refused'
  /** Who asked: the owner of the socket, or the user of a token. */
  readonly who: string
  /** As he calls himself; nobody has checked it. */
  readonly as: string | undefined
  readonly what: string
  readonly params: object
  /** What was done, or the code of the failure. */
  readonly result: string | undefined
}

export class AuditLog {
  readonly #folder: string | undefined
  readonly #log: Log
  readonly #bytesMax: number
  /** This one of all processes that have written to the file. */
  readonly #run = `${process.pid}-${randomUUID().slice(0, 8)}`

  /** Without a folder only the node's log is written. */
  constructor(folder: string | undefined, log: Log, bytesMax = BYTES_MAX) {
    this.#folder = folder
    this.#log = log
    this.#bytesMax = bytesMax
  }

  /** @throws Error when it cannot be written. */
  write(entry: AuditEntry): void {
    this.#log.info({ audit: entry }, 'an operator writes')
    if (this.#folder === undefined) return
    const file = this.#file(0)
    this.#rotate(file)
    const at = new Date().toISOString()
    appendFileSync(file, `${JSON.stringify({ at, run: this.#run, ...entry })}\n`, { mode: 0o600 })
  }

  #rotate(file: string): void {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    if (size < this.#bytesMax) return
    rmSync(this.#file(FILES_MAX - 1), { force: true })
    for (let age = FILES_MAX - 2; age >= 0; age--) this.#age(age)
  }

  #age(age: number): void {
    const file = this.#file(age)
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) renameSync(file, this.#file(age + 1))
  }

  #file(age: number): string {
    return join(this.#folder ?? '.', age === 0 ? `${NAME}.ndjson` : `${NAME}.${age}.ndjson`)
  }
}
