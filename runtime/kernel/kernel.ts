/**
 * Kernel: the actors of one thread, their mailboxes and turns. A plain object: it knows no thread, no clock
 * and no I/O but its ports.
 *
 * Guarantees
 * - One message of an actor at a time. An actor takes at most `messagesPerTurn` messages before the next
 *   one's turn.
 * - Messages between two actors keep their order.
 * - Whatever an actor's code throws ends that actor and nothing else.
 *
 * The host calls `run` when `wake` asks for it and when `nextDeadline` has come.
 */

import type { Refusal } from '../actor/context.ts'
import type { AnyDefinition } from '../actor/definition.ts'
import { RuntimeError } from '../actor/errors.ts'
import { type ExitReason, toErrorData } from '../actor/exit-reason.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { ServiceKey } from '../actor/service.ts'
import { ActorContext } from './actor-context.ts'
import { ActorType } from './actor-type.ts'
import { Calls } from './calls.ts'
import { AWAITING, type Cell, DEAD, SUSPENDED } from './cell.ts'
import { CellTable } from './cell-table.ts'
import { DeadLetters } from './dead-letters.ts'
import { type CallEnvelope, Notice, type RefusedNotice } from './envelope.ts'
import { Exits } from './exits.ts'
import { Groups } from './groups.ts'
import { Labels } from './labels.ts'
import { Names } from './names.ts'
import type { KernelOptions, KernelPorts } from './ports.ts'
import { receiveSignal } from './receive-signal.ts'
import { RefTable } from './ref-table.ts'
import { Refusals, refusal } from './refusals.ts'
import { Scheduler } from './scheduler.ts'
import type { CallHeader, Signal } from './signals.ts'
import { Spawner } from './spawner.ts'
import { TimerWheel } from './timer-wheel.ts'
import { Tracing } from './tracing.ts'

const ACTOR_LIMIT_DEFAULT = 4_000_000

export interface StartOptions {
  readonly parent: Cell | null
  /** The parent when it is on another thread. */
  readonly parentRef?: AnyRef | undefined
  readonly link: boolean
  readonly name?: string | undefined
  /** Told once: undefined when `init` is done, the reason when it failed. */
  readonly onStarted?: (failure: ExitReason | undefined) => void
}

export class Kernel {
  // `declare`: see `Ref`.
  declare readonly thread: number
  declare readonly ports: KernelPorts
  declare readonly definitions: ReadonlyMap<string, AnyDefinition>
  declare readonly scheduler: Scheduler
  declare readonly timers: TimerWheel
  declare readonly cells: CellTable
  declare readonly refs: RefTable
  readonly deadLetters = new DeadLetters()
  readonly services = new Map<ServiceKey<unknown>, unknown>()
  declare readonly calls: Calls
  declare readonly exits: Exits
  declare readonly spawner: Spawner
  declare readonly names: Names
  declare readonly groups: Groups
  declare readonly refusals: Refusals
  declare readonly tracing: Tracing
  readonly #types = new Map<AnyDefinition, ActorType>()
  readonly #labels: Labels
  readonly #actorLimit: number
  /** Kept by `tracing`. */
  traced = false
  /** Promises of actors' code that have not settled: a simulation lets them before it lets time pass. */
  openPromises = 0

  constructor(ports: KernelPorts, options: KernelOptions) {
    this.thread = options.thread
    this.ports = ports
    this.definitions = options.definitions
    this.#actorLimit = options.actorLimit ?? ACTOR_LIMIT_DEFAULT
    this.#labels = new Labels(ports.activity.onLabel)
    this.scheduler = new Scheduler(this, options.messagesPerTurn)
    this.timers = new TimerWheel(ports.clock.monotonic())
    this.cells = new CellTable(options.thread, options.lastIncarnation ?? 0)
    this.refs = new RefTable(options.thread, this.cells)
    this.calls = new Calls(this)
    this.exits = new Exits(this)
    this.spawner = new Spawner(this)
    this.names = new Names(this)
    this.groups = new Groups(this)
    this.refusals = new Refusals(this)
    this.tracing = new Tracing(this)
  }

  // --- for the host ---

  /** True while actors wait for their turn. */
  get busy(): boolean {
    return this.scheduler.runQueue.length > 0
  }

  /** Actors that wait for their turn. */
  get queued(): number {
    return this.scheduler.runQueue.length
  }

  get messagesHandled(): number {
    return this.scheduler.activity.messages
  }

  /** When `run` is next needed, on the monotonic clock. */
  nextDeadline(): number {
    return this.busy ? 0 : this.timers.nextDeadline()
  }

  /** Fires due timers, then gives turns until none is wanted or `budgetMs` is over. Returns `busy`. */
  run(budgetMs: number): boolean {
    this.scheduler.run(this.fireTimers() + budgetMs)
    return this.busy
  }

  /**
   * Gives turns as `run` does, but reads no clock and fires no timers, for work that comes up right after a
   * `run`. False once the clock, as far as it has been read, has passed `end`.
   */
  runOn(end: number): boolean {
    this.scheduler.run(end)
    return this.scheduler.lastReading < end
  }

  /** Fires due timers without giving turns; returns the time. */
  fireTimers(): number {
    const now = this.scheduler.readClock()
    this.timers.advance(now)
    return now
  }

  /** For simulation: gives exactly one turn. Returns `busy`. */
  step(): boolean {
    this.scheduler.step()
    return this.busy
  }

  monotonic(): number {
    return this.ports.clock.monotonic()
  }

  // --- messages ---

  /** Sends for an actor of this kernel, or for the node itself when `from` is null. */
  send(from: Cell | null, to: AnyRef, message: unknown): Refusal | undefined {
    if (to.thread !== this.thread) return this.sendAway(from, to, message, null)
    const cell = this.cells.get(to)
    if (cell === undefined) return this.refuseGone(to, message)
    return this.deliver(cell, message, from?.ref)
  }

  /** Puts a request into a mailbox of this kernel. */
  deliverRequest(cell: Cell, request: CallEnvelope, from?: AnyRef | null): Refusal | undefined {
    cell.envelopes++
    const refused = this.deliver(cell, request, from)
    if (refused !== undefined) cell.envelopes--
    return refused
  }

  /** Puts a message into a mailbox of this kernel. `from` is for tracing only. */
  deliver(cell: Cell, message: unknown, from?: AnyRef | null): Refusal | undefined {
    if (this.traced) this.tracing.sent(from ?? null, cell, message)
    if (cell.length >= cell.type.mailboxLimit) {
      const refused = this.refusals.whenFull(cell, message)
      if (refused !== undefined) return refused
    }
    this.scheduler.noteArrival(cell)
    cell.enqueue(message)
    this.scheduler.noteWaiting(cell)
    return undefined
  }

  /** Delivers something of the runtime's own: never refused. */
  notify(cell: Cell, notice: Notice | RefusedNotice): void {
    this.scheduler.noteArrival(cell)
    cell.envelopes++
    cell.enqueue(notice)
    this.scheduler.noteWaiting(cell)
  }

  /**
   * Delivers something of the runtime's own before everything else, even to an actor that an operator has
   * suspended.
   */
  notifyFirst(cell: Cell, notice: Notice): void {
    this.scheduler.noteArrival(cell)
    cell.envelopes++
    cell.putBack([notice])
    cell.status &= ~SUSPENDED
    this.scheduler.wakeUp(cell)
  }

  /** Delivers what an actor's own code makes of something that has come back to it. */
  comeBack(cell: Cell, toMessage: () => unknown): void {
    let message: unknown
    try {
      message = toMessage()
    } catch (error) {
      return this.exits.crashBetweenTurns(cell, error)
    }
    this.notify(cell, new Notice(message, null))
  }

  sendTo(from: Cell | null, name: string, message: unknown): Refusal | undefined {
    const holder = this.names.whereis(name)
    if (holder !== undefined) return this.send(from, holder, message)
    this.deadLetters.add(this.ports.clock.now(), name, message, 'gone')
    return refusal('UNKNOWN_NAME', name, '')
  }

  /** Hands a message to another thread. */
  sendAway(from: Cell | null, to: AnyRef, message: unknown, call: CallHeader | null): Refusal | undefined {
    if (this.traced) this.tracing.sentAway(from, to, message)
    const code = this.ports.transport.message(from?.ref ?? null, to, message, call)
    if (code === undefined) return undefined
    this.refusals.total++
    if (from !== null) from.related.refusedElsewhere++
    return refusal(code, to, `thread ${to.thread}`)
  }

  /** A message from another thread. */
  receive(
    from: AnyRef | null,
    fromThread: number,
    to: AnyRef,
    message: unknown,
    call: CallHeader | null,
  ): void {
    if (call !== null) return this.calls.receive(from, to, fromThread, message, call)
    const cell = this.cells.get(to)
    if (cell === undefined) {
      this.refuseGone(to, message)
      return
    }
    const refused = this.deliver(cell, message, from)
    if (refused !== undefined && from !== null) this.refusals.tell(from, to)
  }

  /** A message to nobody: a dead letter. */
  refuseGone(to: AnyRef | string, message: unknown): Refusal {
    this.deadLetters.add(this.ports.clock.now(), to, message, 'gone')
    return refusal('ACTOR_GONE', to, '')
  }

  // --- other kernels ---

  otherThreads(): readonly number[] {
    return this.ports.transport.peers()
  }

  /** A signal from another kernel. */
  receiveSignal(fromThread: number, signal: Signal): void {
    receiveSignal(this, fromThread, signal)
  }

  /** Every actor of that thread is dead. What it had sent has been received before. */
  threadDown(thread: number): void {
    this.exits.links.threadDown(thread, this.exits)
    this.calls.threadDown(thread)
    this.spawner.threadDown(thread)
    this.groups.threadDown(thread)
    if (this.thread === 0) this.names.threadDown(thread)
  }

  /** A kernel has begun on that thread, the first or a replacement, and knows nothing yet. */
  threadUp(thread: number): void {
    this.groups.threadUp(thread)
    if (this.thread === 0) this.names.threadUp(thread)
  }

  // --- starting ---

  /** Starts an actor; its `init` runs on its first turn. @throws RuntimeError `ACTOR_LIMIT`. */
  start(definition: AnyDefinition, arg: unknown, options: StartOptions): Cell {
    if (this.cells.size >= this.#actorLimit) throw actorLimit(definition.name, this.#actorLimit)
    const { parent } = options
    const type = this.typeOf(definition)
    const ref = this.cells.allocate()
    const cell = new ActorContext(this, ref, type, arg, parent?.ref ?? options.parentRef)
    this.cells.place(cell)
    this.scheduler.activity.noteIncarnation(ref.incarnation)
    this.scheduler.resetTime(ref.slot)
    type.live++
    if (options.link) this.exits.links.linkToParent(cell, parent, options.parentRef)
    if (options.onStarted !== undefined) this.spawner.expect(cell, options.onStarted)
    if (options.name === undefined) this.scheduler.wakeUp(cell)
    else this.#startNamed(cell, options.name)
    return cell
  }

  /** `init` waits until the name is granted: an actor that does not get its name never runs. */
  #startNamed(cell: Cell, name: string): void {
    cell.status |= AWAITING
    this.names.claim(cell, name, (failure) => {
      if (cell.status & DEAD) return
      cell.status &= ~AWAITING
      if (failure !== undefined) this.exits.order(cell, toErrorData(failure))
      this.scheduler.wakeUp(cell)
    })
  }

  typeOf(definition: AnyDefinition): ActorType {
    let type = this.#types.get(definition)
    if (type === undefined) {
      type = new ActorType(definition, this.#labels)
      this.#types.set(definition, type)
    }
    return type
  }

  get types(): Iterable<ActorType> {
    return this.#types.values()
  }
}

function actorLimit(name: string, limit: number): RuntimeError {
  return new RuntimeError('ACTOR_LIMIT', `Cannot spawn ${name}: this thread already runs ${limit} actors`, {
    context: { actor: name, limit },
  })
}
