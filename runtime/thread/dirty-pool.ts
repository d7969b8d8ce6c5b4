/**
 * DirtyPool: the threads for work that would hold a scheduler longer than 1 ms (piscina). One for the node,
 * started when first needed.
 *
 * Guarantees: what work throws, exits or never ends with stays in the pool: its asker gets an error, the pool
 * thread is replaced. Bounded: `workThreads` at work, `workQueue` waiting, `workMs` each.
 */

import { Piscina } from 'piscina'
import type { Work } from '../actor/context.ts'
import { RuntimeError } from '../actor/errors.ts'
import { fromErrorData } from '../actor/exit-reason.ts'
import type { CheckedOptions } from './options.ts'
import type { PoolOutcome, PoolTask } from './pool-task.ts'

/** A pool thread beyond the first ends after so long without work. */
const IDLE_MS = 10_000

type PoolOptions = Pick<CheckedOptions, 'workThreads' | 'workQueue' | 'workMs'>

export class DirtyPool {
  readonly #options: PoolOptions
  #pool: Piscina<PoolTask, PoolOutcome> | undefined

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Rejects with what the work threw, or with a RuntimeError `WORK_LIMIT`. */
  async run(work: Work<unknown, unknown>, input: unknown): Promise<unknown> {
    this.#pool ??= this.#start()
    const pool = this.#pool
    // Counted here, because piscina tells a full queue and other failures apart by text only.
    if (pool.queueSize >= this.#options.workQueue) throw queueFull(work, this.#options.workQueue)
    const outcome = await this.#runTask(pool, { module: work.module, export: work.export, input })
    if (outcome.ok) return outcome.value
    throw fromErrorData(outcome.error)
  }

  async #runTask(pool: Piscina<PoolTask, PoolOutcome>, task: PoolTask): Promise<PoolOutcome> {
    const signal = AbortSignal.timeout(this.#options.workMs)
    try {
      return await pool.run(task, { signal })
    } catch (error) {
      if (signal.aborted) throw tookTooLong(task, this.#options.workMs)
      throw error instanceof DOMException ? notPortable(task, error) : error
    }
  }

  async stop(): Promise<void> {
    await this.#pool?.destroy()
  }

  #start(): Piscina<PoolTask, PoolOutcome> {
    return new Piscina({
      filename: new URL('./pool-task.ts', import.meta.url).href,
      minThreads: 1,
      maxThreads: this.#options.workThreads,
      idleTimeout: IDLE_MS,
      execArgv: [...process.execArgv, '--disable-warning=ExperimentalWarning'],
    })
  }
}

function queueFull(work: Work<unknown, unknown>, limit: number): RuntimeError {
  return new RuntimeError('WORK_LIMIT', `Cannot run ${work.export}: ${limit} pieces of work already wait`, {
    context: { export: work.export, limit },
  })
}

function tookTooLong(task: PoolTask, workMs: number): RuntimeError {
  return new RuntimeError('WORK_LIMIT', `Cannot finish ${task.export}: it took longer than ${workMs} ms`, {
    context: { export: task.export, workMs },
  })
}

function notPortable(task: PoolTask, cause: DOMException): RuntimeError {
  return new RuntimeError(
    'MESSAGE_NOT_PORTABLE',
    `Cannot run ${task.export}: its input holds a value that cannot cross`,
    {
      context: { export: task.export },
      cause,
    },
  )
}
