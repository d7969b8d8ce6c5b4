/**
 * TraceCollector: the traces of one kernel for a reader on another thread: events wait in a bounded buffer
 * until they are fetched.
 *
 * Guarantees: the traced thread never waits for the reader. A full buffer drops the newest and counts them. A
 * trace ends after its number of events, when told to, and by itself when nobody has fetched for
 * `ABANDONED_MS`.
 */

import type { AnyRef } from '../actor/ref.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { TimerNode } from '../kernel/timer-wheel.ts'
import type { TraceEvent } from '../kernel/tracing.ts'
import type { TraceBatch, TraceRow } from './requests.ts'
import { clip } from './safe-read.ts'

export const TRACE_BUFFER_MAX = 1_000
const TRACE_WAIT_MS_MAX = 1_000
const ABANDONED_MS = 10_000

export interface CollectSpec {
  readonly ref: AnyRef | undefined
  readonly actor: string | undefined
  readonly max: number
  readonly perSecond: number
}

const ENDED: TraceBatch = { events: [], overflowed: 0, ended: true }

export class TraceCollector {
  // The kernel is the one thing that all requests to a thread have in common; what belongs to it must end
  // with it.
  static readonly #ofKernel = new WeakMap<Kernel, TraceCollector>()
  readonly #kernel: Kernel
  readonly #traces = new Map<number, CollectedTrace>()
  #lastId = 0

  private constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** The one collector of a kernel. */
  static of(kernel: Kernel): TraceCollector {
    let collector = TraceCollector.#ofKernel.get(kernel)
    if (collector === undefined) {
      collector = new TraceCollector(kernel)
      TraceCollector.#ofKernel.set(kernel, collector)
    }
    return collector
  }

  /** Begins a trace and returns its id. */
  begin(spec: CollectSpec): number {
    const id = ++this.#lastId
    this.#traces.set(id, new CollectedTrace(this.#kernel, spec, () => this.#traces.delete(id)))
    return id
  }

  /** What has come since the last fetch; answers after `waitMs`, or as soon as the trace has ended. */
  fetch(id: number, waitMs: number): Promise<TraceBatch> {
    const trace = this.#traces.get(id)
    return trace === undefined ? Promise.resolve(ENDED) : trace.fetch(Math.min(waitMs, TRACE_WAIT_MS_MAX))
  }

  /** Ends a trace. What it has collected can still be fetched. */
  end(id: number): void {
    this.#traces.get(id)?.stop()
  }
}

/** One trace. Its timer ends the wait of a fetch, or the trace itself when no fetch comes. */
class CollectedTrace extends TimerNode {
  readonly stop: () => void
  readonly #kernel: Kernel
  readonly #forget: () => void
  #events: TraceRow[] = []
  #overflowed = 0
  #ended = false
  #waiting: ((batch: TraceBatch) => void) | null = null

  constructor(kernel: Kernel, { ref, actor, max, perSecond }: CollectSpec, forget: () => void) {
    super()
    this.#kernel = kernel
    this.#forget = forget
    const spec = {
      max,
      perSecond,
      ...(ref === undefined ? {} : { ref }),
      ...(actor === undefined ? {} : { actor }),
    }
    this.stop = kernel.tracing.begin(
      spec,
      (event) => this.#collect(event),
      () => this.#end(),
    )
    this.#restart(ABANDONED_MS)
  }

  fetch(waitMs: number): Promise<TraceBatch> {
    this.#answer() // a reader that asks again has given up its last question
    return new Promise((resolve) => {
      this.#waiting = resolve
      if (this.#ended) this.#answer()
      else this.#restart(waitMs)
    })
  }

  fire(): void {
    if (this.#waiting === null) {
      this.stop()
      this.#forget()
    } else this.#answer()
  }

  #collect(event: TraceEvent): void {
    if (this.#events.length < TRACE_BUFFER_MAX) this.#events.push(rowOf(event))
    else this.#overflowed++
  }

  #end(): void {
    this.#ended = true
    this.#answer()
  }

  #answer(): void {
    const resolve = this.#waiting
    if (resolve === null) return
    resolve({ events: this.#events, overflowed: this.#overflowed, ended: this.#ended })
    this.#waiting = null
    this.#events = []
    this.#overflowed = 0
    if (this.#ended) {
      this.#kernel.timers.cancel(this)
      this.#forget()
    } else this.#restart(ABANDONED_MS)
  }

  #restart(ms: number): void {
    const { timers, ports } = this.#kernel
    timers.cancel(this)
    timers.start(this, this.#kernel.monotonic(), ms)
    ports.wake() // the host may be asleep until some later timer
  }
}

function rowOf({ from, to, actor, messageType, ...event }: TraceEvent): TraceRow {
  return { ...event, from: from?.toString(), to: to.toString(), actor, messageType: clip(messageType) }
}
