/**
 * Desk: where requests are answered, whichever connection they come over.
 *
 * Guarantees
 * - Every request ends: with a value, or a coded error; none takes longer than `ANSWER_MS_MAX`.
 * - A write happens only for those who may, is in the audit log before and after, and not at all as a dry run.
 * - All requests together keep within the budget, and at most `OPEN_MAX` are in work.
 */

import { RuntimeError } from '../../runtime/index.ts'
import { StorageError } from '../../storage/index.ts'
import type { Log } from '../settings.ts'
import type { Right } from './access.ts'
import type { AuditLog } from './audit.ts'
import type { Budget } from './budget.ts'
import type { AnyStream, Caller, Calls, Streams } from './command.ts'
import type { AdminErrorCode, AdminFailure, AdminKind, StreamEnd } from './contract.ts'
import { Refusal, readParams } from './params.ts'

const OPEN_MAX = 32
const ANSWER_MS_MAX = 15_000
const RETRY_MS = 500
/** What a request costs the main thread, and the threads that it asks, beside what it tells of itself. */
const REQUEST_MS = 0.2

export interface Asked {
  readonly kind: AdminKind
  /** The whole request; each command reads the fields that it knows. */
  readonly request: object
  readonly connection: number
  readonly as: string | undefined
  readonly right: Right
}

export interface DeskOptions {
  readonly calls: Calls
  readonly streams: Streams
  readonly budget: Budget
  /** For writes, and for commands that are answered though the budget is used up. */
  readonly always: Budget
  readonly audit: AuditLog
  readonly log: Log
}

export class Desk {
  readonly #options: DeskOptions
  #open = 0
  #writes = 0

  constructor(options: DeskOptions) {
    this.#options = options
  }

  isStream(kind: string): boolean {
    return Object.hasOwn(this.#options.streams, kind)
  }

  isCall(kind: string): boolean {
    return Object.hasOwn(this.#options.calls, kind)
  }

  /** @throws Refusal */
  async answer(asked: Asked): Promise<unknown> {
    const command = this.#options.calls[asked.kind as keyof Calls]
    return this.#refusing(async () => {
      const params = readParams(command.fields, asked.request)
      const rights = typeof command.rights === 'function' ? command.rights(params) : command.rights
      const isWrite = rights === 'write' && (params as { dryRun?: boolean }).dryRun !== true
      if (isWrite && asked.right.may !== 'write') throw forbidden(asked.kind)
      // Whoever may steer the node is not kept from it by those who read.
      const { always, budget } = this.#options
      await this.#enter(command.isAlways === true || isWrite ? always : budget)
      this.#open++
      try {
        const run = () => inTime(asked.kind, Promise.resolve(command.run(params, this.#caller(asked))))
        return await (isWrite ? this.#audited(asked, params, run) : run())
      } finally {
        this.#open--
      }
    })
  }

  /** @throws Refusal */
  async stream(asked: Asked, emit: (event: unknown) => boolean, signal: AbortSignal): Promise<StreamEnd> {
    const command: AnyStream = this.#options.streams[asked.kind as keyof Streams]
    return this.#refusing(async () => {
      const params = readParams(command.fields, asked.request)
      await this.#enter(this.#options.budget)
      return command.run(params, this.#caller(asked), emit, signal)
    })
  }

  spend(ms: number): void {
    this.#options.budget.spend(ms)
  }

  async #enter(budget: Budget): Promise<void> {
    if (this.#open >= OPEN_MAX) {
      throw new Refusal('BUSY', `Cannot answer: ${OPEN_MAX} requests are in work already`, RETRY_MS)
    }
    const waitMs = await budget.enter()
    if (waitMs !== undefined) {
      throw new Refusal(
        'BUSY',
        'Cannot answer: the time that operators may cost this node is used up',
        waitMs,
      )
    }
    budget.spend(REQUEST_MS)
  }

  #caller({ connection, as, right }: Asked): Caller {
    return { connection, as, ...right, spend: (ms) => this.#options.budget.spend(ms) }
  }

  async #audited(asked: Asked, params: object, run: () => Promise<unknown>): Promise<unknown> {
    const write = ++this.#writes
    const { kind, as, right } = asked
    const entry = { write, who: right.who, as, what: kind, params }
    try {
      this.#options.audit.write({ ...entry, phase: 'begun', result: undefined })
    } catch (error) {
      throw new Refusal(
        'UNAVAILABLE',
        `Cannot ${kind}: the audit log cannot be written: ${(error as Error).message}`,
      )
    }
    try {
      const value = await run()
      const { effect } = value as { effect?: string }
      this.#note({ ...entry, phase: 'done', result: effect })
      return value
    } catch (error) {
      this.#note({ ...entry, phase: 'failed', result: failureOf(error)?.code ?? 'INTERNAL' })
      throw error
    }
  }

  /** What was done is done: a full disk does not make it undone. */
  #note(entry: Parameters<AuditLog['write']>[0]): void {
    try {
      this.#options.audit.write(entry)
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'the end of a write is missing in the audit log')
    }
  }

  async #refusing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof Refusal) throw error
      const failure = failureOf(error)
      if (failure !== undefined) throw new Refusal(failure.code, failure.message, failure.retryAfterMs)
      this.#options.log.error(
        { error: error instanceof Error ? error.stack : String(error) },
        'a question failed',
      )
      throw new Refusal('INTERNAL', 'Cannot answer: an internal fault, which the log of the node tells')
    }
  }
}

const RUNTIME_CODES: Readonly<Record<string, AdminErrorCode>> = {
  UNKNOWN_NAME: 'NOT_FOUND',
  ACTOR_GONE: 'NOT_FOUND',
  NO_SUCH_THREAD: 'NOT_FOUND',
  CALL_TIMEOUT: 'TIMEOUT',
  THREAD_DOWN: 'TIMEOUT',
  BAD_OPTION: 'BAD_REQUEST',
  TASK_LIMIT: 'BUSY',
}

function failureOf(error: unknown): AdminFailure | undefined {
  if (error instanceof Refusal) return error.failure
  if (error instanceof StorageError) return { code: 'UNAVAILABLE', message: error.message }
  if (!(error instanceof RuntimeError)) return undefined
  const code = RUNTIME_CODES[error.code]
  if (code === undefined) return undefined
  return { code, message: error.message, ...(code === 'BUSY' ? { retryAfterMs: RETRY_MS } : {}) }
}

function forbidden(kind: string): Refusal {
  return new Refusal('FORBIDDEN', `Cannot ${kind}: you may read only`)
}

async function inTime<T>(kind: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const refusal = new Refusal('TIMEOUT', `Cannot answer ${kind}: it took more than ${ANSWER_MS_MAX} ms`)
    timer = setTimeout(() => reject(refusal), ANSWER_MS_MAX)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
