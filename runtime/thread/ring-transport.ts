/**
 * RingTransport: the way of one kernel to all others, over one ring each way.
 */

import type { Refusal } from '../actor/context.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { RuntimeEvent } from '../kernel/events.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Transport } from '../kernel/ports.ts'
import type { CallHeader, Signal } from '../kernel/signals.ts'
import { ControlBlock } from './control-block.ts'
import { Incoming } from './incoming.ts'
import { Outgoing } from './outgoing.ts'
import type { SharedMemory } from './shared-memory.ts'

/** The main thread decides about the lives of the others. */
const MAIN = 0

export interface RingTransportOptions {
  readonly thread: number
  readonly memory: SharedMemory
  /** Of every thread, its own included: how often it has been started. */
  readonly generations: readonly number[]
  /** Threads that were given up. */
  readonly gone: readonly number[]
  /** Something waits to be flushed while no slice is running. */
  readonly onWaiting: () => void
  /** On the main thread: an event of another thread. */
  readonly onEvent: (event: RuntimeEvent) => void
}

export class RingTransport implements Transport {
  readonly control: ControlBlock
  readonly #options: RingTransportOptions
  readonly #outgoing: (Outgoing | undefined)[] = []
  readonly #incoming: (Incoming | undefined)[] = []
  readonly #gone: Set<number>
  /** Threads that are gone and to which something has been sent that must have an answer. */
  readonly #unanswered = new Set<number>()
  #kernel!: Kernel
  #peers: readonly number[] = []
  #placement: readonly number[] = []

  constructor(options: RingTransportOptions) {
    this.#options = options
    this.#gone = new Set(options.gone)
    this.control = new ControlBlock(options.memory.controls[options.thread] as SharedArrayBuffer)
  }

  /** Opens the rings. Before anything is sent. */
  connect(kernel: Kernel): void {
    this.#kernel = kernel
    const { thread, memory, generations } = this.#options
    const own = generations[thread] as number
    for (let peer = 0; peer < memory.controls.length; peer++) {
      if (peer === thread) continue
      const control = new ControlBlock(memory.controls[peer] as SharedArrayBuffer)
      const outgoing = new Outgoing(memory.ring(thread, peer), control, {
        thread,
        expose: (call) => kernel.calls.expose(call),
      })
      const writer = generations[peer] as number
      this.#outgoing[peer] = outgoing
      this.#incoming[peer] = new Incoming(kernel, peer, { own, writer }, memory.ring(peer, thread), {
        event: (event) => this.#options.onEvent(event as RuntimeEvent),
        threadDown: (dead, generation, gone) => this.threadDown(dead, generation, gone),
      })
      outgoing.hello(own, writer)
    }
    this.#noteThreads()
  }

  // --- for the kernel ---

  peers(): readonly number[] {
    return this.#peers
  }

  placement(): readonly number[] {
    return this.#placement
  }

  message(
    from: AnyRef | null,
    to: AnyRef,
    message: unknown,
    call: CallHeader | null,
  ): Refusal['code'] | undefined {
    const outgoing = this.#outgoing[to.thread]
    if (outgoing === undefined || this.#gone.has(to.thread)) return 'ACTOR_GONE'
    const refusal = outgoing.message(from, to, message, call)
    if (refusal === undefined) this.#options.onWaiting()
    return refusal
  }

  signal(thread: number, signal: Signal): void {
    const outgoing = this.#outgoing[thread]
    if (outgoing === undefined || this.#gone.has(thread)) this.#unanswered.add(thread)
    else outgoing.signal(signal)
    this.#options.onWaiting()
  }

  // --- for the host ---

  /** Reads a batch from every ring. */
  drain(): void {
    for (const incoming of this.#incoming) incoming?.drain()
    for (const thread of this.#unanswered) {
      this.#unanswered.delete(thread)
      this.#kernel.threadDown(thread)
    }
  }

  /** Publishes what waits. True when some of it still finds no room. */
  flush(): boolean {
    let waiting = false
    for (const outgoing of this.#outgoing) {
      if (outgoing === undefined || !outgoing.waiting) continue
      outgoing.flush()
      waiting ||= outgoing.waiting
    }
    return waiting
  }

  /** True when a ring holds something to read. */
  get ready(): boolean {
    for (const incoming of this.#incoming) if (incoming?.ready === true) return true
    return this.#unanswered.size > 0
  }

  /** Sends an event to the main thread; false when there is no room for it. */
  report(event: RuntimeEvent): boolean {
    return this.#outgoing[MAIN]?.event(event) === true
  }

  /**
   * A thread is dead, and its successor, of the given generation, is coming unless it is gone for good. On
   * the main thread this also tells all others; there it comes in order with everything else from the main
   * thread.
   */
  threadDown(thread: number, generation: number, gone: boolean): void {
    const incoming = this.#incoming[thread]
    const outgoing = this.#outgoing[thread]
    if (incoming === undefined || outgoing === undefined) return
    if (this.#options.thread === MAIN) this.#tellOthers(thread, generation, gone)
    // Known already to a thread that was started after that death.
    if (generation < incoming.generation || (generation === incoming.generation && !gone)) return
    incoming.writerDied(generation)
    if (gone) this.#gone.add(thread)
    else this.#gone.delete(thread)
    this.#noteThreads()
    this.#kernel.threadDown(thread)
    if (gone) return
    outgoing.hello(this.#options.generations[this.#options.thread] as number, generation)
    this.#kernel.threadUp(thread)
    this.#options.onWaiting()
  }

  #tellOthers(thread: number, generation: number, gone: boolean): void {
    for (let peer = 1; peer < this.#outgoing.length; peer++) {
      if (peer !== thread) this.#outgoing[peer]?.threadDown(thread, generation, gone)
    }
  }

  #noteThreads(): void {
    const all = this.#options.memory.controls.map((_, thread) => thread)
    this.#peers = all.filter((thread) => thread !== this.#options.thread && !this.#gone.has(thread))
    const schedulers = all.filter((thread) => thread !== MAIN)
    const alive = schedulers.filter((thread) => !this.#gone.has(thread))
    if (alive.length > 0) this.#placement = alive
    else this.#placement = schedulers.length > 0 ? schedulers : [MAIN]
  }
}
