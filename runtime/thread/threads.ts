/**
 * Threads: starts the scheduler threads, and brings up another under the same number when one is lost.
 *
 * Guarantees
 * - A thread that throws, exits, hangs or grows too large is ended and replaced; its actors' ends are told to
 *   all other kernels, after everything the thread had handed over.
 * - A spare worker, its modules loaded, stands by, so that a replacement runs within milliseconds. It costs
 *   some 10 MB and no CPU.
 * - The replacement goes on counting incarnations, so no old ref means anything to it.
 * - A thread that is lost more than `DEATHS_MAX` times in `DEATHS_PERIOD_MS` is given up: its actors stay
 *   dead, `restart` brings it back.
 *
 * Does not replace a thread that hangs in native code and never returns from it: V8 cannot end such a thread.
 * It is reported all the same.
 */

import { RuntimeError } from '../actor/errors.ts'
import { describeExit, toErrorData } from '../actor/exit-reason.ts'
import type { ThreadReport } from '../kernel/events.ts'
import { ControlBlock } from './control-block.ts'
import type { Loaded } from './loads.ts'
import type { RingTransport } from './ring-transport.ts'
import { SchedulerThread } from './scheduler-thread.ts'
import type { SharedMemory } from './shared-memory.ts'
import type { Watched } from './watchdog.ts'

const DEATHS_MAX = 5
const DEATHS_PERIOD_MS = 10_000
/** The first replacement starts at once, the others after a pause that doubles. */
const BACKOFF_MS = 100
const BACKOFF_MS_MAX = 2_000

/** One that is stuck does not hear the order to end; one that leaks has no time to lose. */
const CONDEMNED_GRACE_MS = { stuck: 0, heapLimit: 100 }

/**
 * A spare is made once nothing has started for so long: the start itself and what follows it have the cores
 * for themselves.
 */
const SPARE_AFTER_MS = 500

export type ThreadState = 'starting' | 'running' | 'stopping' | 'waiting' | 'gone' | 'stopped'

interface Place extends Watched, Loaded {
  readonly thread: number
  readonly control: ControlBlock
  state: ThreadState
  worker: SchedulerThread | undefined
  /** Ended on purpose, and why: already reported. */
  condemned: boolean
  /** When it was lost, of late. */
  deaths: number[]
  restarts: number
  lastFault: string | undefined
  lostAt: number
  backoff: NodeJS.Timeout | undefined
}

export interface ThreadsOptions {
  readonly memory: SharedMemory
  /** How often each thread has been started; shared with the transport, changed here. */
  readonly generations: number[]
  readonly modules: readonly string[]
  readonly heapLimitMb: number
  readonly transport: RingTransport
  readonly answer: (question: unknown) => Promise<unknown>
  readonly report: (thread: number, event: ThreadReport['event'], detail: string) => void
}

export class Threads {
  readonly #options: ThreadsOptions
  readonly #places: Place[]
  #starting: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined
  #ended: (() => void) | undefined
  #stopped = false
  /** A worker that has loaded its modules and waits to take the place of one that is lost. */
  #spare: SchedulerThread | undefined
  #spareTimer: NodeJS.Timeout | undefined

  constructor(options: ThreadsOptions) {
    this.#options = options
    this.#places = options.memory.controls.slice(1).map((buffer, index) => newPlace(index + 1, buffer))
  }

  /**
   * Starts all. Rejects with `THREAD_START_FAILED` as soon as one has failed to load its modules or was given
   * up.
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#starting = { resolve, reject }
      for (const place of this.#places) this.#launch(place)
      this.#noteStarted()
    })
  }

  /** Those that run at this moment. */
  *running(): Iterable<Watched> {
    for (const place of this.#places) if (place.state === 'running') yield place
  }

  all(): readonly Readonly<
    Pick<Place, 'thread' | 'state' | 'restarts' | 'lastFault' | 'control' | 'eventLoop'>
  >[] {
    return this.#places
  }

  /** Ends a thread that is past saving; another follows. */
  condemn(thread: number, event: 'stuck' | 'heapLimit', detail: string): void {
    const place = this.#places[thread - 1]
    if (place === undefined || place.state !== 'running') return
    this.#options.report(thread, event, detail)
    place.lastFault = detail
    this.#end(place, CONDEMNED_GRACE_MS[event])
  }

  /**
   * An operator's order: ends the thread if it runs, and forgets that it had been given up. @throws
   * RuntimeError `NO_SUCH_THREAD`.
   */
  restart(thread: number): void {
    const place = this.#places[thread - 1]
    if (place === undefined || place.state === 'stopped') throw noSuchThread(thread)
    place.deaths = []
    if (place.state === 'running' || place.state === 'starting') {
      place.lastFault = 'restarted by an operator'
      this.#end(place)
    } else if (place.state === 'gone') this.#succeed(place, 0)
  }

  ask(thread: number, question: unknown, timeoutMs: number): Promise<unknown> {
    const place = this.#places[thread - 1]
    if (place === undefined) return Promise.reject(noSuchThread(thread))
    if (place.worker === undefined) return Promise.reject(threadDown(thread))
    return place.worker.ask(question, timeoutMs)
  }

  /** Ends all for good. Resolves when nothing of them runs any more. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#ended = resolve
      for (const place of this.#places) {
        clearTimeout(place.backoff)
        // One that is ending already has its time.
        if (place.state !== 'stopping') place.worker?.end()
        place.state = 'stopped'
      }
      this.#stopped = true
      clearTimeout(this.#spareTimer)
      this.#spare?.end()
      this.#noteEnded()
    })
  }

  // --- one life of a thread ---

  #launch(place: Place): void {
    const { memory, generations } = this.#options
    const { thread } = place
    place.state = 'starting'
    place.condemned = false
    const gone = this.#places.filter(({ state }) => state === 'gone').map((other) => other.thread)
    const setup = { thread, buffers: memory.buffers, generations: [...generations], gone }
    place.worker = this.#takeSpare() ?? this.#load()
    place.worker.begin(
      setup,
      () => this.#ready(place),
      (fault) => this.#lost(place, fault),
    )
  }

  // --- the spare ---

  #takeSpare(): SchedulerThread | undefined {
    const spare = this.#spare
    this.#spare = undefined
    return spare
  }

  #keepSpare(): void {
    if (this.#spare !== undefined || this.#stopped || this.#places.length === 0) return
    this.#spare = this.#load()
  }

  #load(): SchedulerThread {
    const { modules, heapLimitMb, answer } = this.#options
    const worker = new SchedulerThread({
      modules,
      heapLimitMb,
      answer,
      // A spare that ends by itself is not missed until one is needed.
      onEnd: () => {
        if (this.#spare === worker) this.#spare = undefined
        this.#noteEnded()
      },
    })
    return worker
  }

  #ready(place: Place): void {
    if (place.state !== 'starting') return
    place.state = 'running'
    if (place.restarts > 0) {
      const tookMs = Math.round(performance.now() - place.lostAt)
      this.#options.report(place.thread, 'replaced', `runs again after ${tookMs} ms`)
    }
    this.#noteStarted()
    clearTimeout(this.#spareTimer)
    this.#spareTimer = setTimeout(() => this.#keepSpare(), SPARE_AFTER_MS)
  }

  #end(place: Place, graceMs?: number): void {
    place.state = 'stopping'
    place.condemned = true
    place.worker?.end(graceMs)
  }

  #lost(place: Place, fault: Error | undefined): void {
    place.worker = undefined
    if (place.state === 'stopped') return this.#noteEnded()
    const neverRan = place.state === 'starting'
    const now = performance.now()
    place.lostAt = now
    if (!place.condemned) {
      place.lastFault = fault === undefined ? 'ended' : describeExit(toErrorData(fault))
      this.#options.report(place.thread, 'died', place.lastFault)
      place.deaths = [...place.deaths.filter((at) => now - at < DEATHS_PERIOD_MS), now]
    }
    if (neverRan && this.#starting !== undefined) return this.#failStart(place, fault)
    if (place.deaths.length > DEATHS_MAX) return this.#giveUp(place)
    this.#succeed(place, backoffMs(place.deaths.length))
  }

  /** Tells everyone of the death, and of the successor that comes after a while. */
  #succeed(place: Place, afterMs: number): void {
    place.state = 'waiting'
    place.restarts++
    this.#options.transport.threadDown(place.thread, this.#nextGeneration(place), false)
    if (afterMs === 0) this.#launch(place)
    else place.backoff = setTimeout(() => this.#launch(place), afterMs)
  }

  #giveUp(place: Place): void {
    place.state = 'gone'
    this.#options.transport.threadDown(place.thread, this.#nextGeneration(place), true)
    const detail = `lost ${place.deaths.length} times in ${DEATHS_PERIOD_MS} ms: ${place.lastFault}`
    this.#options.report(place.thread, 'gaveUp', detail)
  }

  #nextGeneration(place: Place): number {
    const { generations } = this.#options
    const generation = (generations[place.thread] as number) + 1
    generations[place.thread] = generation
    return generation
  }

  // --- all together ---

  #noteStarted(): void {
    if (this.#places.some(({ state }) => state === 'starting')) return
    this.#starting?.resolve()
    this.#starting = undefined
  }

  /** A module that does not load at first will not load at the next attempt either. */
  #failStart(place: Place, fault: Error | undefined): void {
    place.state = 'gone'
    this.#starting?.reject(startFailed(place.thread, fault))
  }

  #noteEnded(): void {
    if (this.#spare === undefined && this.#places.every(({ worker }) => worker === undefined)) this.#ended?.()
  }
}

function newPlace(thread: number, buffer: SharedArrayBuffer): Place {
  const place: Place = {
    thread,
    control: new ControlBlock(buffer),
    heapBytes: async () => place.worker?.heapBytes(),
    eventLoop: () => (place.state === 'running' ? place.worker?.eventLoop() : undefined),
    state: 'starting',
    worker: undefined,
    condemned: false,
    deaths: [],
    restarts: 0,
    lastFault: undefined,
    lostAt: 0,
    backoff: undefined,
  }
  return place
}

function backoffMs(deaths: number): number {
  return deaths < 2 ? 0 : Math.min(BACKOFF_MS * 2 ** (deaths - 2), BACKOFF_MS_MAX)
}

function startFailed(thread: number, cause: Error | undefined): RuntimeError {
  const why = cause === undefined ? 'it ended' : cause.message
  return new RuntimeError('THREAD_START_FAILED', `Cannot start thread ${thread}: ${why}`, {
    context: { thread },
    cause,
  })
}

function noSuchThread(thread: number): RuntimeError {
  return new RuntimeError(
    'NO_SUCH_THREAD',
    `Cannot reach thread ${thread}: the node has no such scheduler thread`,
    {
      context: { thread },
    },
  )
}

function threadDown(thread: number): RuntimeError {
  return new RuntimeError('THREAD_DOWN', `Cannot ask thread ${thread}: it is not running`, {
    context: { thread },
  })
}
