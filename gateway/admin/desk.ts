/**
 * Desk: where requests are answered, whichever connection they come over.
 *
 * Guarantees
 * - Every request ends: with a value, or a coded error; none is waited for longer than `ANSWER_MS_MAX`, and then its
 *   work is told to stop.
 * - A write happens only for those who may, is in the audit log before and after, and not at all as a dry run.
 * - All requests together keep within their budgets and places: see `Visits`.
 */

import type { Clock } from '../clock.ts'
import type { Log } from '../settings.ts'
import type { Right } from './access.ts'
import type { AuditLog } from './audit.ts'
import { AuditedWrites } from './audited-writes.ts'
import type { AnyCall, AnyStream, Caller, Calls, Streams } from './command.ts'
import type { AdminKind, StreamEnd } from './contract.ts'
import { failureOf } from './failure-of.ts'
import { type Fields, type Read, Refusal, readParams } from './params.ts'
import { timed } from './pieces.ts'
import { type Visit, Visits } from './visit.ts'

const ANSWER_MS_MAX = 15_000

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
  readonly clock: Clock
  readonly audit: AuditLog
  readonly log: Log
}

export class Desk {
  readonly #options: DeskOptions
  readonly #visits: Visits
  readonly #writes: AuditedWrites

  constructor(options: DeskOptions) {
    this.#options = options
    this.#visits = new Visits(options.clock)
    this.#writes = new AuditedWrites(options.audit, options.log)
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
      const steers = isSteering(command, params)
      const isWrite = steers && (params as { dryRun?: boolean }).dryRun !== true
      if (isWrite && asked.right.may !== 'write') throw forbidden(asked.kind)
      const sorts = sortsOf(command, steers, isWrite, asked.right)
      const visit = await this.#visits.enter(asked.right.door, sorts)
      const waiting = new AbortController()
      const work = this.#work(command, params, asked, isWrite, visit, waiting.signal)
      return this.#inTime(asked.kind, work, waiting)
    })
  }

  /** @throws Refusal */
  async stream(asked: Asked, emit: (event: unknown) => boolean, signal: AbortSignal): Promise<StreamEnd> {
    const command: AnyStream = this.#options.streams[asked.kind as keyof Streams]
    return this.#refusing(async () => {
      const params = readParams(command.fields, asked.request)
      const visit = await this.#visits.enter(asked.right.door, ['stream'])
      const told = (event: unknown): boolean => timed(visit.spend, () => emit(event))
      try {
        return await command.run(params, callerOf(asked, visit, signal), told, signal)
      } finally {
        visit.leave()
      }
    })
  }

  /** What belongs to no one request. */
  spend(ms: number): void {
    this.#visits.spend(ms)
  }

  /** Keeps its place for as long as it goes on, even when nobody waits for it any more. */
  async #work(
    command: AnyCall,
    params: Read<Fields>,
    asked: Asked,
    isWrite: boolean,
    visit: Visit,
    signal: AbortSignal,
  ): Promise<unknown> {
    try {
      const run = () => command.run(params, callerOf(asked, visit, signal))
      if (!isWrite) return await run()
      const { as, kind, right } = asked
      return await this.#writes.run({ who: right.who, as, what: kind, params }, run, signal)
    } finally {
      visit.leave()
    }
  }

  async #inTime<T>(kind: string, work: Promise<T>, waiting: AbortController): Promise<T> {
    const { clock } = this.#options
    let cancel: (() => void) | undefined
    const late = new Promise<never>((_, reject) => {
      cancel = clock.after(ANSWER_MS_MAX, () => {
        const refusal = new Refusal('TIMEOUT', `Cannot answer ${kind}: it took more than ${ANSWER_MS_MAX} ms`)
        waiting.abort(refusal)
        reject(refusal)
      })
    })
    try {
      return await Promise.race([work, late])
    } finally {
      cancel?.()
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

/** Needs the right to write, but for a dry run. */
function isSteering({ rights }: AnyCall, params: Read<Fields>): boolean {
  return (typeof rights === 'function' ? rights(params) : rights) === 'write'
}

/**
 * Whoever is about to write says hello first, and looks at what he would do: readers who use up all that they may must
 * not keep him out.
 */
function sortsOf({ isAlways }: AnyCall, steers: boolean, isWrite: boolean, { may }: Right) {
  if (isWrite) return ['write'] as const
  const own = isAlways === true ? 'always' : 'read'
  const mayPress = may === 'write' && (isAlways === true || steers)
  return mayPress ? ([own, 'write'] as const) : ([own] as const)
}

function callerOf({ connection, as, right }: Asked, visit: Visit, signal: AbortSignal): Caller {
  const { who, may } = right
  const { spend, aside, again } = visit
  return { connection, as, who, may, signal, spend, aside, again }
}

function forbidden(kind: string): Refusal {
  return new Refusal('FORBIDDEN', `Cannot ${kind}: you may read only`)
}
