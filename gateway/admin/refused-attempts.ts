/**
 * RefusedAttempts: those who were not let in, and those who may only read and tried to write: told to the log of the
 * node, and of writes to the audit log too.
 *
 * Guarantees: never a token, and no more than `RATE`, so that nobody can fill a log, or drive out of the audit log what
 * was done; what was left out is counted in the next line.
 */

import type { Clock } from '../clock.ts'
import type { Log } from '../settings.ts'
import type { AuditLog } from './audit.ts'
import type { AdminErrorCode } from './contract.ts'
import { Pace } from './pace.ts'

const RATE = { perSecond: 0.1, burst: 20 } as const

export interface Attempt {
  /** Undefined on the Unix socket. */
  readonly address: string | undefined
  readonly code: AdminErrorCode
  readonly kind: string
  /** Undefined: he was not let in. */
  readonly who: string | undefined
  readonly as: string | undefined
}

export class RefusedAttempts {
  readonly #pace: Pace
  readonly #log: Log
  readonly #audit: AuditLog
  #untold = 0

  constructor(clock: Clock, log: Log, audit: AuditLog) {
    this.#pace = new Pace(clock, RATE)
    this.#log = log
    this.#audit = audit
  }

  note(attempt: Attempt): void {
    if (!this.#pace.take()) {
      this.#untold++
      return
    }
    this.#log.warn({ ...attempt, untold: this.#untold }, 'an operator was refused')
    this.#untold = 0
    const { who, as, kind, code } = attempt
    if (who === undefined) return
    try {
      this.#audit.write({ write: 0, phase: 'refused', who, as, what: kind, params: {}, result: code })
    } catch (error) {
      this.#log.error({ error: String(error) }, 'a refused write is missing in the audit log')
    }
  }
}
