/**
 * Tracing: who sends what type of message to whom, for operators, within a number and a rate. Bodies are
 * never shown.
 *
 * Costs one comparison per message while nothing is traced. A trace ends by itself when it has shown its
 * number.
 */

import type { AnyRef } from '../actor/ref.ts'
import { sameRef } from '../actor/ref.ts'
import { typeName } from './actor-type.ts'
import type { Cell } from './cell.ts'
import { unwrap } from './envelope.ts'
import type { Kernel } from './kernel.ts'

/** What to trace and how much of it. */
export interface TraceSpec {
  /** Only messages from or to this actor. */
  readonly ref?: AnyRef
  /** Only messages from or to actors of this type. */
  readonly actor?: string
  /** Ends the trace after so many events. Default: 100, at most 100,000. */
  readonly max?: number
  /** Events per second; those beyond are counted in `skipped` of the next one. Default: 1,000. */
  readonly perSecond?: number
}

export interface TraceEvent {
  readonly atMs: number
  /** `arrived`: put into the mailbox by a message from another thread, which has its own `sent`. */
  readonly event: 'sent' | 'arrived' | 'handled'
  readonly from: AnyRef | undefined
  readonly to: AnyRef
  /** The receiver's type; undefined when it is on another thread. */
  readonly actor: string | undefined
  readonly messageType: string
  /** Events left out since the one before, because of the rate. */
  readonly skipped: number
}

const MAX_DEFAULT = 100
const MAX_LIMIT = 100_000
const PER_SECOND_DEFAULT = 1_000
const TRACES_MAX = 16

interface Trace {
  readonly spec: TraceSpec
  readonly sink: (event: TraceEvent) => void
  readonly onEnd: () => void
  left: number
  windowStart: number
  inWindow: number
  skipped: number
}

export class Tracing {
  readonly #kernel: Kernel
  readonly #traces = new Set<Trace>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  /** Begins a trace; the returned function ends it early. Beyond 16 at once the oldest ends. */
  begin(spec: TraceSpec, sink: (event: TraceEvent) => void, onEnd: () => void = () => {}): () => void {
    const left = Math.min(spec.max ?? MAX_DEFAULT, MAX_LIMIT)
    const trace: Trace = { spec, sink, onEnd, left, windowStart: 0, inWindow: 0, skipped: 0 }
    const [oldest] = this.#traces
    if (this.#traces.size >= TRACES_MAX && oldest !== undefined) this.#end(oldest)
    this.#traces.add(trace)
    this.#kernel.traced = true
    return () => this.#end(trace)
  }

  sent(from: AnyRef | null, to: Cell, message: unknown): void {
    const event = from === null || from.thread === this.#kernel.thread ? 'sent' : 'arrived'
    const sender = event === 'arrived' || from === null ? undefined : this.#kernel.cells.get(from)
    this.#offer(event, from, to.ref, to.type.definition.name, message, sender?.type.definition.name)
  }

  sentAway(from: Cell | null, to: AnyRef, message: unknown): void {
    this.#offer('sent', from?.ref ?? null, to, undefined, message, from?.type.definition.name)
  }

  handled(cell: Cell, message: unknown): void {
    this.#offer('handled', null, cell.ref, cell.type.definition.name, message, undefined)
  }

  #offer(
    event: TraceEvent['event'],
    from: AnyRef | null,
    to: AnyRef,
    actor: string | undefined,
    message: unknown,
    fromActor: string | undefined,
  ): void {
    for (const trace of this.#traces) {
      const { spec } = trace
      if (spec.ref !== undefined && !sameRef(spec.ref, to) && (from === null || !sameRef(spec.ref, from)))
        continue
      if (spec.actor !== undefined && spec.actor !== actor && spec.actor !== fromActor) continue
      if (!this.#admit(trace)) continue
      const { skipped } = trace
      trace.skipped = 0
      const atMs = this.#kernel.ports.clock.now()
      trace.sink({
        atMs,
        event,
        from: from ?? undefined,
        to,
        actor,
        messageType: typeName(unwrap(message)),
        skipped,
      })
      if (--trace.left <= 0) this.#end(trace)
    }
  }

  #admit(trace: Trace): boolean {
    const now = this.#kernel.monotonic()
    if (now - trace.windowStart >= 1_000) {
      trace.windowStart = now
      trace.inWindow = 0
    }
    if (trace.inWindow < (trace.spec.perSecond ?? PER_SECOND_DEFAULT)) {
      trace.inWindow++
      return true
    }
    trace.skipped++
    return false
  }

  #end(trace: Trace): void {
    if (!this.#traces.delete(trace)) return
    this.#kernel.traced = this.#traces.size > 0
    trace.onEnd()
  }
}
