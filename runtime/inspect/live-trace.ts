/**
 * LiveTrace: one trace over all threads of a node. Each thread collects; this fetches, and holds the bounds
 * for the node as a whole.
 *
 * Guarantees: the sink gets at most `max` events and `perSecond` in any second of their clock; it is not
 * called after `stop`. Ends by itself after `max` events. Events of one thread come in their order; between
 * threads there is none.
 *
 * Does not follow a thread that is replaced, or gives no answer for seconds: it drops out and is named at the
 * end.
 */

import { ask } from './ask.ts'
import type { InspectorPort } from './port.ts'
import type { TraceBatch, TraceRequestSpec, TraceRow } from './requests.ts'

export interface TraceEnd {
  /** Events the sink got. */
  readonly shown: number
  /**
   * Events that were left out and not yet told as `skipped`: because of the rate, or because a thread's
   * buffer was full.
   */
  readonly skipped: number
  /** Threads that dropped out. */
  readonly silent: readonly number[]
}

/** How often a thread is asked. */
const WAIT_MS = 100
const ANSWER_MS = 5_000
const SECOND_MS = 1_000

export class LiveTrace {
  /** Resolves when nothing more will come; rejects with what the sink threw. */
  readonly ended: Promise<TraceEnd>
  readonly #port: InspectorPort
  readonly #spec: TraceRequestSpec
  readonly #sink: (event: TraceRow) => void
  /** The trace's id on each thread. */
  readonly #ids = new Map<number, number>()
  readonly #silent: number[] = []
  #stopped = false
  #shown = 0
  #skipped = 0
  #secondStart = 0
  #inSecond = 0

  constructor(port: InspectorPort, spec: TraceRequestSpec, sink: (event: TraceRow) => void) {
    this.#port = port
    this.#spec = spec
    this.#sink = sink
    this.ended = Promise.all(port.threads().map((thread) => this.#follow(thread))).then(() => ({
      shown: this.#shown,
      skipped: this.#skipped,
      silent: this.#silent,
    }))
    this.ended.catch(() => {}) // whoever does not wait for the end need not handle its failure
  }

  /** Ends the trace early. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    for (const [thread, id] of this.#ids) this.#stopOn(thread, id)
  }

  async #follow(thread: number): Promise<void> {
    try {
      const id = await ask<'trace'>(this.#port, thread, { kind: 'trace', spec: this.#spec }, ANSWER_MS)
      this.#ids.set(thread, id)
    } catch {
      this.#silent.push(thread)
      return
    }
    const id = this.#ids.get(thread) as number
    if (this.#stopped) this.#stopOn(thread, id)
    for (let more = true; more; ) {
      const batch = await this.#fetch(thread, id)
      if (batch === undefined) this.#silent.push(thread)
      else this.#show(batch)
      more = batch?.ended === false
    }
    this.#ids.delete(thread)
  }

  async #fetch(thread: number, id: number): Promise<TraceBatch | undefined> {
    try {
      return await ask<'traceFetch'>(
        this.#port,
        thread,
        { kind: 'traceFetch', id, waitMs: WAIT_MS },
        WAIT_MS + ANSWER_MS,
      )
    } catch {
      return undefined
    }
  }

  #show({ events, overflowed }: TraceBatch): void {
    for (const event of events) {
      if (this.#stopped) return
      this.#skipped += event.skipped
      if (this.#admits(event.atMs)) this.#give(event)
      else this.#skipped++
    }
    this.#skipped += overflowed // what found the buffer full came after what is in it
  }

  #give(event: TraceRow): void {
    const skipped = this.#skipped
    this.#skipped = 0
    this.#shown++
    try {
      this.#sink({ ...event, skipped })
    } catch (error) {
      this.stop()
      throw error
    }
    if (this.#shown >= this.#spec.max) this.stop()
  }

  #admits(atMs: number): boolean {
    if (Math.abs(atMs - this.#secondStart) >= SECOND_MS) {
      this.#secondStart = atMs
      this.#inSecond = 0
    }
    return this.#inSecond++ < this.#spec.perSecond
  }

  /** A thread that does not hear of it ends the trace by itself, as nobody fetches any more. */
  #stopOn(thread: number, id: number): void {
    ask<'traceStop'>(this.#port, thread, { kind: 'traceStop', id }, ANSWER_MS).catch(() => {})
  }
}
