/**
 * SchedulerThread: one worker of the node as the main thread sees it, from its start to its end. `Threads`
 * decides what comes after.
 */

import type { EventLoopUtilization } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { RuntimeError } from '../actor/errors.ts'
import { describeExit, fromErrorData, toErrorData } from '../actor/exit-reason.ts'
import { Letters } from './letters.ts'
import type { BeginOrder, EndOrder, StartNews, ThreadSetup, WorkerSetup } from './thread-setup.ts'

/**
 * A thread inherits the flags of the process. Naming them would be refused when one of them is for whole
 * processes only, so the warning about stripped types is silenced only where there is no flag to inherit.
 */
const EXEC_ARGV = process.execArgv.length > 0 ? {} : { execArgv: ['--disable-warning=ExperimentalWarning'] }
/** How long the modules of a thread may take to load. */
const START_MS = 30_000
/** To finish the turn in work. */
const GRACE_MS = 2_000
/**
 * V8's own limit ends the whole process when a single large allocation meets it, so it lies far above the
 * limit that is watched: between the two there is room to notice and to act.
 */
const V8_LIMIT_FACTOR = 4
const V8_ROOM_MB = 1_024

export interface SchedulerThreadOptions {
  readonly modules: readonly string[]
  readonly heapLimitMb: number
  /** Answers what the thread asks: slow work. */
  readonly answer: (question: unknown) => Promise<unknown>
  /**
   * Called once, when nothing of the worker runs any more. `fault` is for people; undefined when it was made
   * to stop.
   */
  readonly onEnd: (fault: Error | undefined) => void
}

export class SchedulerThread {
  /** The thread it was told to be; undefined while it is a spare. */
  #thread: number | undefined
  readonly #worker: Worker
  readonly #letters: Letters
  #onReady: (() => void) | undefined
  #onEnd: (fault: Error | undefined) => void
  #fault: Error | undefined
  #ending = false
  #grace: NodeJS.Timeout | undefined

  /** Loads the modules at once. It is a spare until `begin`. */
  constructor({ modules, heapLimitMb, answer, onEnd }: SchedulerThreadOptions) {
    this.#onEnd = onEnd
    const heapMaxMb = Math.max(heapLimitMb * V8_LIMIT_FACTOR, heapLimitMb + V8_ROOM_MB)
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      name: 'scheduler',
      workerData: { modules } satisfies WorkerSetup,
      ...EXEC_ARGV,
      resourceLimits: { maxOldGenerationSizeMb: heapMaxMb },
    })
    const late = setTimeout(
      () => this.#fail(new Error(`its modules did not load within ${START_MS} ms`)),
      START_MS,
    )
    this.#worker.on('message', (news: StartNews) => {
      if (news.kind === 'ready') this.#onReady?.()
      else if (news.kind === 'failed') this.#fail(fromErrorData(news.error))
      if (news.kind === 'loaded' || news.kind === 'failed') clearTimeout(late)
    })
    this.#letters = new Letters(this.#worker, answer)
    this.#worker.on('error', (error) => {
      this.#fault = error instanceof Error ? error : new Error(describeExit(toErrorData(error)))
    })
    this.#worker.on('exit', (code) => {
      clearTimeout(late)
      clearTimeout(this.#grace)
      this.#letters.close(threadDown(this.#thread))
      this.#onEnd(this.#fault ?? (this.#ending ? undefined : new Error(`exited with code ${code}`)))
    })
  }

  /** Makes it a thread, as soon as it has loaded; `onEnd` takes the place of the one before. */
  begin(setup: ThreadSetup, onReady: () => void, onEnd: (fault: Error | undefined) => void): void {
    this.#thread = setup.thread
    this.#onReady = onReady
    this.#onEnd = onEnd
    this.#worker.postMessage({ kind: 'begin', setup } satisfies BeginOrder)
  }

  ask(question: unknown, timeoutMs: number): Promise<unknown> {
    return this.#letters.ask(question, timeoutMs)
  }

  /**
   * V8's count of what the thread holds, Buffers included, garbage not yet collected too. It answers while a
   * handler loops.
   */
  async heapBytes(): Promise<number | undefined> {
    try {
      const { used_heap_size, external_memory } = await this.#worker.getHeapStatistics()
      return used_heap_size + external_memory
    } catch {
      return undefined // the thread has just ended
    }
  }

  /**
   * Ends the thread; `onEnd` follows. It is asked to end by itself, between two turns, and terminated when it has not
   * within `graceMs` (default 2,000; 0: at once).
   *
   * Why ask: a worker that V8 terminates while native code of an add-on makes a value for it (lmdb's does for
   * every write) takes the whole process down, by `napi_throw` with nowhere to throw to.
   */
  end(graceMs = GRACE_MS): void {
    this.#ending = true
    clearTimeout(this.#grace)
    this.#worker.postMessage({ kind: 'end' } satisfies EndOrder)
    const terminate = (): void => void this.#worker.terminate()
    if (graceMs === 0) terminate()
    else this.#grace = setTimeout(terminate, graceMs)
  }

  /** Counted outside of the thread: it answers while a handler loops. */
  eventLoop(): EventLoopUtilization {
    return this.#worker.performance.eventLoopUtilization()
  }

  #fail(fault: Error): void {
    this.#fault = fault
    this.end()
  }
}

function threadDown(thread = 0): RuntimeError {
  return new RuntimeError(
    'THREAD_DOWN',
    `Cannot complete a question to thread ${thread}: the thread has ended`,
    {
      context: { thread },
    },
  )
}
