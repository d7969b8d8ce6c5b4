/**
 * Simulation: several kernels ("threads") in one thread, on a virtual clock, from one seed.
 *
 * Guarantees
 * - The same seed, the same program and the same calls give the same run: which actor has its turn, what
 *   arrives when, every random number.
 * - Time stands still while anything can happen, and then jumps to the next timer or packet. Nothing waits in
 *   real time.
 * - Kernels run the same actors as real threads do; messages between them are copied, delayed and reordered
 *   (never within a pair of actors).
 *
 * Promises of actors must settle without real time or I/O: then they, too, are replayed exactly.
 */

import type { CallOptions, Outcome, Refusal } from '../actor/context.ts'
import type { ActorDefinition, AnyDefinition } from '../actor/definition.ts'
import { RuntimeError } from '../actor/errors.ts'
import type { ReplyOf, RequestTo } from '../actor/messages.ts'
import type { AnyRef, Ref } from '../actor/ref.ts'
import { ACTIVITY_CELLS } from '../kernel/activity-cells.ts'
import type { RuntimeEvent } from '../kernel/events.ts'
import { Kernel } from '../kernel/kernel.ts'
import type { KernelPorts } from '../kernel/ports.ts'
import { startError } from '../kernel/start-error.ts'
import { Network, type Station } from './network.ts'
import { seededRandom } from './random.ts'
import { simulatedTransport } from './transport.ts'

export interface SimulationOptions {
  /** Default: 1. */
  readonly seed?: number
  /** Kernels, the main thread's included. Default: 1. */
  readonly threads?: number
  /** Actor types that kernels start for each other. */
  readonly definitions?: readonly AnyDefinition[]
  /** The longest a packet between kernels is under way, in ms. Default: 3. */
  readonly delayMsMax?: number
  /** Messages an actor may take in one turn. Default: 1, so that turns interleave as finely as possible. */
  readonly messagesPerTurn?: number
  /** Actors of one kernel at the most. */
  readonly actorLimit?: number
  /** Called after every turn and every packet, for what must hold at all times. May crash threads. */
  readonly onStep?: () => void
}

/** Steps after which a simulation that does not come to rest gives up. */
const STEPS_MAX_DEFAULT = 1_000_000
/** Wall clock at virtual time 0: 2026-01-01. */
const EPOCH_MS = 1_767_225_600_000
const MACROTASK_ONE_IN = 8

export class Simulation {
  readonly seed: number
  /** Everything that kernels reported. */
  readonly events: RuntimeEvent[] = []
  readonly #options: SimulationOptions
  readonly #random: () => number
  readonly #network = new Network()
  readonly #kernels: Kernel[] = []
  readonly #stations: Station[] = []
  readonly #definitions: Map<string, AnyDefinition>
  #nowMs = 0

  constructor(options: SimulationOptions = {}) {
    this.#options = options
    this.seed = options.seed ?? 1
    this.#random = seededRandom(this.seed)
    this.#definitions = new Map(
      (options.definitions ?? []).map((definition) => [definition.name, definition]),
    )
    for (let thread = 0; thread < (options.threads ?? 1); thread++) {
      this.#stations.push({ thread, epoch: 0 })
      this.#kernels.push(this.#boot(thread, 0))
    }
  }

  /** Virtual milliseconds since the start. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** The kernel of a thread, for inspection. */
  kernel(thread = 0): Kernel {
    return this.#kernels[thread] as Kernel
  }

  get threads(): number {
    return this.#kernels.length
  }

  /** A number from 0 up to 1 from the simulation's seed, for the test's own choices. */
  random(): number {
    return this.#random()
  }

  /** Starts an actor; its `init` runs in `run`. */
  spawn<State, Msg, Arg>(
    definition: ActorDefinition<State, Msg, Arg>,
    arg: Arg,
    options: { readonly thread?: number; readonly name?: string } = {},
  ): Ref<Msg> {
    const kernel = this.kernel(options.thread ?? 0)
    return kernel.start(definition, arg, { parent: null, link: false, name: options.name }).ref as Ref<Msg>
  }

  /**
   * Starts an actor, runs, and resolves when its `init` is done; rejects with the reason when it did not
   * start.
   */
  async start<State, Msg, Arg>(
    definition: ActorDefinition<State, Msg, Arg>,
    arg: Arg,
    thread = 0,
  ): Promise<Ref<Msg>> {
    let ref: Ref<Msg> | undefined
    let failure: Error | undefined
    this.kernel(thread).spawner.start('here', definition, arg, { parent: null, link: false }, (started) => {
      if (started.ok) ref = started.ref as Ref<Msg>
      else failure = startError(definition.name, started.reason)
    })
    await this.runUntil(() => ref !== undefined || failure !== undefined)
    if (ref === undefined) throw failure
    return ref
  }

  /** Sends from outside, by way of the kernel that runs the receiver. */
  send<Msg>(to: Ref<Msg>, message: Msg): Refusal | undefined {
    return this.kernel(to.thread).send(null, to, message)
  }

  /** Sends an exit signal from outside. */
  exit(to: AnyRef, reason: string): void {
    const kernel = this.kernel(to.thread)
    kernel.exits.signal(to, to, reason, false)
  }

  /** Calls from outside; resolves while the simulation runs. */
  async call<M, Type extends string>(
    to: Ref<M>,
    request: RequestTo<M> & { readonly type: Type },
    options: CallOptions = {},
  ): Promise<ReplyOf<M, Type>> {
    type Reply = ReplyOf<M, Type>
    let outcome: Outcome<Reply> | undefined
    this.kernel(to.thread).calls.start(null, false, to, request, options.timeoutMs ?? 5_000, (settled) => {
      outcome = settled as Outcome<Reply>
    })
    await this.runUntil(() => outcome !== undefined)
    const settled = outcome as unknown as Outcome<Reply>
    if (!settled.ok) throw settled.error
    return settled.value
  }

  isAlive(ref: AnyRef): boolean {
    return this.kernel(ref.thread).cells.get(ref) !== undefined
  }

  /**
   * Loses a thread with all its actors; its successor is there at once, the others hear of it when the news
   * arrives.
   */
  crashThread(thread: number): void {
    if (thread === 0) throw new RuntimeError('BAD_OPTION', 'Cannot crash thread 0: it is the main thread')
    const lost = this.#stations[thread] as Station
    const { lastIncarnation } = this.kernel(thread).cells
    const station = { thread, epoch: lost.epoch + 1 }
    this.#network.drop(thread)
    this.#stations[thread] = station
    this.#kernels[thread] = this.#boot(thread, lastIncarnation)
    for (const other of this.#stations) {
      if (other.thread === thread) continue
      this.#network.learn(thread, other.thread, other.epoch)
      this.#network.postLast(lost, other, this.#arrival(), () => {
        this.#network.learn(other.thread, thread, station.epoch)
        this.kernel(other.thread).threadDown(thread)
        this.kernel(other.thread).threadUp(thread)
      })
    }
  }

  /** Runs until nothing can happen at the present time; timers that are not due yet stay. */
  async run(): Promise<void> {
    await this.#runWhile(() => true, this.#nowMs)
  }

  /** Lets virtual time pass, handling everything that falls into it. */
  async advance(ms: number): Promise<void> {
    const end = this.#nowMs + ms
    await this.#runWhile(() => true, end)
    this.#nowMs = end
  }

  /**
   * Runs, and lets time pass as needed, until `done`.
   * @throws Error naming the seed when nothing is left that could happen.
   */
  async runUntil(done: () => boolean): Promise<void> {
    await this.#runWhile(() => !done(), Infinity)
    if (!done())
      throw new Error(`Cannot go on: nothing is left to happen at ${this.#nowMs} ms (seed ${this.seed})`)
  }

  async #runWhile(more: () => boolean, endMs: number): Promise<void> {
    for (let steps = 0; more(); steps++) {
      if (steps > STEPS_MAX_DEFAULT)
        throw new Error(`Cannot come to rest within ${STEPS_MAX_DEFAULT} steps (seed ${this.seed})`)
      const promised = this.#kernels.some((kernel) => kernel.openPromises > 0)
      if (promised && this.#random() * MACROTASK_ONE_IN < 1) await macrotask()
      if (this.#step()) continue
      if (promised) {
        await macrotask()
        if (this.#step()) continue
      }
      const next = this.#nextEvent()
      if (next > endMs || next === Infinity) return
      this.#nowMs = Math.max(this.#nowMs, next)
      for (const kernel of this.#kernels) kernel.fireTimers()
    }
  }

  /** One turn of one actor or one packet, chosen by the seed. False when there is neither. */
  #step(): boolean {
    const busy = this.#kernels.filter((kernel) => kernel.busy)
    const lanes = this.#network.deliverable(this.#nowMs)
    const choices = busy.length + lanes.length
    if (choices === 0) return false
    const choice = Math.floor(this.#random() * choices)
    if (choice < busy.length) (busy[choice] as Kernel).step()
    else this.#network.deliver(lanes[choice - busy.length] as string)
    this.#options.onStep?.()
    return true
  }

  #nextEvent(): number {
    const timers = this.#kernels.map((kernel) => kernel.nextDeadline())
    return Math.min(...timers, this.#network.nextDue())
  }

  #arrival(): number {
    return this.#nowMs + Math.floor(this.#random() * ((this.#options.delayMsMax ?? 3) + 1))
  }

  #boot(thread: number, lastIncarnation: number): Kernel {
    const ports: KernelPorts = {
      clock: { now: () => EPOCH_MS + this.#nowMs, monotonic: () => this.#nowMs },
      random: this.#random,
      transport: simulatedTransport({
        thread,
        kernel: (id) => this.kernel(id),
        threads: () => this.#stations.map((station) => station.thread),
        post: (to, pair, deliver) => this.#post(station, to, pair, deliver),
      }),
      wake: () => {},
      work: async (work, input) =>
        ((await import(work.module)) as Record<string, (input: unknown) => unknown>)[work.export]?.(input),
      report: (event) => this.events.push(event),
      activity: { cells: new Int32Array(ACTIVITY_CELLS), onLabel: () => {} },
    }
    const station = this.#stations[thread] as Station
    return new Kernel(ports, {
      thread,
      definitions: this.#definitions,
      lastIncarnation,
      messagesPerTurn: this.#options.messagesPerTurn ?? 1,
      ...(this.#options.actorLimit === undefined ? {} : { actorLimit: this.#options.actorLimit }),
    })
  }

  /**
   * A packet goes to the successor only if the sender has heard of it; until then it is lost with the thread
   * it was meant for.
   */
  #post(
    from: Station,
    to: number,
    pair: { from: AnyRef; to: AnyRef } | undefined,
    deliver: () => void,
  ): void {
    const receiver = this.#stations[to] as Station
    const crashed = (this.#stations[from.thread] as Station).epoch !== from.epoch
    if (crashed || this.#network.known(from.thread, to) !== receiver.epoch) return
    this.#network.post(from, receiver, pair, this.#arrival(), deliver)
  }
}

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
