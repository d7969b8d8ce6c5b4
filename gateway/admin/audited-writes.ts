/**
 * AuditedWrites: runs writes with a line in the audit log before and after.
 *
 * Guarantees: no write without the first line. One whose end nobody knows is `uncertain`; when it is known later, another
 * line says so.
 */

import type { Log } from '../settings.ts'
import type { AuditEntry, AuditLog } from './audit.ts'
import { failureOf } from './failure-of.ts'
import { Refusal } from './params.ts'

type Write = Pick<AuditEntry, 'who' | 'as' | 'what' | 'params'>

export class AuditedWrites {
  readonly #audit: AuditLog
  readonly #log: Log
  #writes = 0

  constructor(audit: AuditLog, log: Log) {
    this.#audit = audit
    this.#log = log
  }

  /** `signal` is aborted when nobody waits for it any more. @throws Refusal `UNAVAILABLE`, and whatever `run` throws */
  async run<T>(write: Write, run: () => T | Promise<T>, signal: AbortSignal): Promise<T> {
    const entry = { write: ++this.#writes, ...write }
    this.#begin(entry)
    const late = (): void => this.#note({ ...entry, phase: 'uncertain', result: 'TIMEOUT' })
    signal.addEventListener('abort', late, { once: true })
    try {
      const value = await run()
      this.#note({ ...entry, phase: 'done', result: (value as { effect?: string }).effect })
      return value
    } catch (error) {
      const result = failureOf(error)?.code ?? 'INTERNAL'
      // A thread that gave no answer in time may yet do what it was asked.
      this.#note({ ...entry, phase: result === 'TIMEOUT' ? 'uncertain' : 'failed', result })
      throw error
    } finally {
      signal.removeEventListener('abort', late)
    }
  }

  #begin(entry: Write & { readonly write: number }): void {
    try {
      this.#audit.write({ ...entry, phase: 'begun', result: undefined })
    } catch (error) {
      const fact = `the audit log cannot be written: ${(error as Error).message}`
      throw new Refusal('UNAVAILABLE', `Cannot ${entry.what}: ${fact}`)
    }
  }

  /** What was done is done: a full disk does not make it undone. */
  #note(entry: AuditEntry): void {
    try {
      this.#audit.write(entry)
    } catch (error) {
      this.#log.error({ error: String(error) }, 'the end of a write is missing in the audit log')
    }
  }
}
