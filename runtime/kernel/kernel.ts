/**
 * Kernel: the actors of one thread, their mailboxes and turns. A plain object: it knows no thread, no clock and no I/O but its ports.
 *
 * Guarantees
 * - One message of an actor at a time. An actor takes at most `messagesPerTurn` messages before the next one's turn.
 * - Messages between two actors keep their order.
 * - Whatever an actor's code throws ends that actor and nothing else.
 *
 * The host calls `run` when `wake` asks for it and when `nextDeadline` has come.
 */

import type { Refusal } from '../actor/context.ts'
import { type AnyDefinition, type Next, Stop } from '../actor/definition.ts'
import { RuntimeError } from '../actor/errors.ts'
import { type ExitReason, toErrorData } from '../actor/exit-reason.ts'
import type { AnyRef } from '../actor/ref.ts'
import { ActorContext } from './actor-context.ts'
import { ActorType } from './actor-type.ts'
import { Calls } from './calls.ts'
import { AWAITING, type Cell, DEAD, EXITING, IDLE, QUEUED, RUNNING, STARTING, STOPPING, SUSPENDED } from './cell.ts'
import { CellTable } from './cell-table.ts'
import { DeadLetters } from './dead-letters.ts'
import { CallEnvelope, Envelope, Notice, RefusedNotice } from './envelope.ts'
import { Exits } from './exits.ts'
import { Groups } from './groups.ts'
import { Labels } from './labels.ts'
import { Names } from './names.ts'
import {
  ACTIVITY_INCARNATION,
  ACTIVITY_LABEL_BITS,
  ACTIVITY_LAST_INCARNATION,
  ACTIVITY_MESSAGE,
  ACTIVITY_SLOT,
  type KernelOptions,
  type KernelPorts,
} from './ports.ts'
import { RefTable } from './ref-table.ts'
import { Refusals, refusal } from './refusals.ts'
import { RunQueue } from './run-queue.ts'
import { receiveSignal } from './receive-signal.ts'
import type { CallHeader, Signal } from './signals.ts'
import { Spawner } from './spawner.ts'
import { TimerWheel } from './timer-wheel.ts'
import { Tracing } from './tracing.ts'

const ACTOR_LIMIT_DEFAULT = 4_000_000
const MESSAGES_PER_TURN_DEFAULT = 64
/** One turn in 32 is timed and the clock is read: often enough for the budget, rare enough to cost nothing. */
const TURNS_PER_SAMPLE = 32

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
  readonly thread: number
  readonly ports: KernelPorts
  readonly definitions: ReadonlyMap<string, AnyDefinition>
  readonly timers: TimerWheel
  readonly cells: CellTable
  readonly refs: RefTable
  readonly deadLetters = new DeadLetters()
  readonly calls: Calls
  readonly exits: Exits
  readonly spawner: Spawner
  readonly names: Names
  readonly groups: Groups
  readonly refusals: Refusals
  readonly tracing: Tracing
  readonly #types = new Map<AnyDefinition, ActorType>()
  readonly #labels: Labels
  readonly #runQueue = new RunQueue()
  readonly #activity: Int32Array
  readonly #actorLimit: number
  readonly #messagesPerTurn: number
  readonly #startedAt: number
  /** Handler time by slot, in ms, estimated from the turns that were timed. */
  #handlerMs = new Float64Array(1_024)
  #turns = 0
  #running = false
  /** Whole ms since the start, as of the last clock reading. */
  #nowMs = 0
  messagesHandled = 0
  /** Kept by `tracing`. */
  traced = false
  /** Promises of actors' code that have not settled: a simulation lets them before it lets time pass. */
  openPromises = 0

  constructor(ports: KernelPorts, options: KernelOptions) {
    this.thread = options.thread
    this.ports = ports
    this.definitions = options.definitions
    this.#actorLimit = options.actorLimit ?? ACTOR_LIMIT_DEFAULT
    this.#messagesPerTurn = options.messagesPerTurn ?? MESSAGES_PER_TURN_DEFAULT
    this.#startedAt = ports.clock.monotonic()
    this.#activity = ports.activity.cells
    this.#labels = new Labels(ports.activity.onLabel)
    this.timers = new TimerWheel(this.#startedAt)
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
    return this.#runQueue.length > 0
  }

  /** Actors that wait for their turn. */
  get queued(): number {
    return this.#runQueue.length
  }

  /** When `run` is next needed, on the monotonic clock. */
  nextDeadline(): number {
    return this.busy ? 0 : this.timers.nextDeadline()
  }

  /** Fires due timers, then gives turns until none is wanted or `budgetMs` is over. Returns `busy`. */
  run(budgetMs: number): boolean {
    const start = this.readClock()
    this.timers.advance(start)
    const end = start + budgetMs
    this.#running = true
    for (;;) {
      const cell = this.#runQueue.shift()
      if (cell === undefined) break
      if ((++this.#turns & (TURNS_PER_SAMPLE - 1)) !== 0) this.#turn(cell)
      else if (this.#timedTurn(cell) >= end) break
    }
    this.#running = false
    this.#activity[ACTIVITY_SLOT] = -1
    return this.busy
  }

  /** Fires due timers without giving turns. */
  fireTimers(): void {
    this.timers.advance(this.readClock())
  }

  /** For simulation: gives exactly one turn. Returns `busy`. */
  step(): boolean {
    const cell = this.#runQueue.shift()
    this.#running = true
    if (cell !== undefined) {
      this.#turns++
      this.#turn(cell)
    }
    this.#running = false
    return this.busy
  }

  /** The monotonic clock, also kept for what needs no better reading. */
  readClock(): number {
    const now = this.ports.clock.monotonic()
    this.#nowMs = (now - this.#startedAt) | 0
    return now
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
    if (cell.length === 0) cell.waitingSince = this.#nowMs
    cell.enqueue(message)
    if (cell.status === IDLE) this.#enqueue(cell)
    return undefined
  }

  /** Delivers something of the runtime's own: never refused. */
  notify(cell: Cell, notice: Notice | RefusedNotice): void {
    if (cell.length === 0) cell.waitingSince = this.#nowMs
    cell.envelopes++
    cell.enqueue(notice)
    if (cell.status === IDLE) this.#enqueue(cell)
  }

  /** Delivers something of the runtime's own before everything else, even to an actor that an operator has suspended. */
  notifyFirst(cell: Cell, notice: Notice): void {
    if (cell.length === 0) cell.waitingSince = this.#nowMs
    cell.envelopes++
    cell.putBack([notice])
    cell.status &= ~SUSPENDED
    this.wakeUp(cell)
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
    if (from !== null) from.related.refused++
    return refusal(code, to, `thread ${to.thread}`)
  }

  /** A message from another thread. */
  receive(from: AnyRef | null, fromThread: number, to: AnyRef, message: unknown, call: CallHeader | null): void {
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
    this.#activity[ACTIVITY_LAST_INCARNATION] = ref.incarnation
    if (ref.slot < this.#handlerMs.length) this.#handlerMs[ref.slot] = 0
    type.live++
    if (options.link) this.exits.links.linkToParent(cell, parent, options.parentRef)
    if (options.onStarted !== undefined) this.spawner.expect(cell, options.onStarted)
    if (options.name === undefined) this.#enqueue(cell)
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
      this.wakeUp(cell)
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

  // --- turns ---

  /** Puts an actor into the run queue if there is something for it to do. */
  wakeUp(cell: Cell): void {
    if (cell.status & (QUEUED | RUNNING | DEAD)) return
    this.#enqueue(cell)
  }

  #enqueue(cell: Cell): void {
    cell.status |= QUEUED
    this.#runQueue.push(cell)
    if (!this.#running) this.ports.wake()
  }

  #timedTurn(cell: Cell): number {
    const before = this.ports.clock.monotonic()
    const { slot } = cell.ref
    this.#turn(cell)
    const after = this.readClock()
    if (slot >= this.#handlerMs.length) {
      const grown = new Float64Array(2 ** Math.ceil(Math.log2(slot + 1)))
      grown.set(this.#handlerMs)
      this.#handlerMs = grown
    }
    this.#handlerMs[slot] = (this.#handlerMs[slot] as number) + (after - before) * TURNS_PER_SAMPLE
    return after
  }

  /** Estimated time in handlers, in ms. */
  handlerMsOf(cell: Cell): number {
    return this.#handlerMs[cell.ref.slot] ?? 0
  }

  /** How long the oldest waiting message has waited at most, in ms; 0 when none waits. */
  oldestAgeMs(cell: Cell): number {
    return cell.length === 0 ? 0 : (this.#nowMs - cell.waitingSince) | 0
  }

  #turn(cell: Cell): void {
    const activity = this.#activity
    const { type } = cell
    const turn = this.#turns << ACTIVITY_LABEL_BITS
    activity[ACTIVITY_SLOT] = cell.ref.slot
    activity[ACTIVITY_INCARNATION] = cell.ref.incarnation
    if (cell.status !== QUEUED) {
      cell.status &= ~QUEUED
      activity[ACTIVITY_MESSAGE] = turn | type.label
      if (!this.#attend(cell)) return
    }
    const { handle } = type.definition
    const handledBefore = cell.handled
    let left = this.#messagesPerTurn
    cell.status = RUNNING
    while (cell.length > 0 && left-- > 0) {
      let message = cell.take()
      let handler: (state: never, message: never, context: never) => Next = handle
      if (cell.envelopes > 0 && message instanceof Envelope) {
        cell.envelopes--
        if (message instanceof Notice && message.watch?.cancelled) continue
        if (message instanceof CallEnvelope) cell.request = message
        if (message instanceof RefusedNotice) handler = this.refusals.handlerOf(cell, message)
        message = message.message
      }
      cell.handled++
      const code = type.codeOf(message)
      cell.recentOlder = (cell.recentOlder << 8) | (cell.recent >>> 24)
      cell.recent = (cell.recent << 8) | code
      activity[ACTIVITY_MESSAGE] = turn | (type.labelOf[code] as number)
      if (this.traced) this.tracing.handled(cell, message)
      try {
        const next = handler(cell.state as never, message as never, cell as never)
        if (next !== undefined) this.#follow(cell, next)
        else if (cell.relations !== null && cell.relations.openCalls > 0) throw callNotAwaited(cell)
      } catch (error) {
        this.exits.crash(cell, error, 'handle')
        break
      }
      if (cell.status !== RUNNING) {
        if ((cell.status & AWAITING) === 0) cell.request = null
        break
      }
      if (cell.request !== null) cell.request = null
    }
    this.messagesHandled += cell.handled - handledBefore
    if (cell.status === RUNNING) this.#endTurn(cell, cell.handled - handledBefore)
    else this.#leave(cell)
  }

  /** The common end of a turn: nothing but messages happened. */
  #endTurn(cell: Cell, taken: number): void {
    if (cell.length === 0) {
      cell.status = IDLE
      cell.trim()
      return
    }
    cell.noteLeftover(taken, this.#nowMs)
    cell.status = QUEUED
    this.#runQueue.push(cell)
  }

  /** What came up during a turn besides messages. */
  #leave(cell: Cell): void {
    cell.status &= ~RUNNING
    if (cell.status & DEAD) return
    if (cell.status & EXITING) return this.exits.obey(cell)
    if ((cell.status & (AWAITING | SUSPENDED | STARTING | STOPPING)) === 0) this.wakeUp(cell)
  }

  /** The start of a turn in an unusual state. True when messages may be taken. */
  #attend(cell: Cell): boolean {
    if (cell.status & DEAD) return false
    if (cell.status & EXITING) {
      this.exits.obey(cell)
      return false
    }
    if (cell.status & (AWAITING | STOPPING)) return false
    if (cell.status & STARTING) return this.#init(cell)
    return (cell.status & SUSPENDED) === 0
  }

  #init(cell: Cell): boolean {
    const arg = cell.state
    cell.status |= RUNNING
    try {
      const made = cell.type.definition.init(arg as never, cell as never)
      if (made instanceof Promise) {
        this.await(cell, made, 'init', (state) => this.#initDone(cell, state))
      } else {
        this.#requireNoOpenCalls(cell)
        this.#initDone(cell, made)
      }
    } catch (error) {
      this.exits.crash(cell, error, 'init')
    }
    if (cell.status & DEAD) return false
    cell.status &= ~RUNNING
    if (cell.status === IDLE) return true
    this.#leave(cell)
    return false
  }

  #initDone(cell: Cell, made: unknown): void {
    if (made instanceof Stop) return this.exits.end(cell, made.reason)
    cell.state = made
    cell.status &= ~STARTING
    if (cell.type.definition.kind === 'actor') this.spawner.started(cell, undefined)
  }

  /** Acts on what a handler returned. */
  #follow(cell: Cell, next: Next): void {
    if (next instanceof Promise) {
      this.await(cell, next, 'handle', (settled) => {
        if (settled instanceof Stop) this.exits.end(cell, settled.reason)
      })
      return
    }
    this.#requireNoOpenCalls(cell)
    if (next instanceof Stop) this.exits.end(cell, next.reason)
  }

  /** Suspends an actor until a promise of its own code settles. What settles after the actor's end is ignored. */
  await(cell: Cell, promise: Promise<unknown>, during: 'init' | 'handle' | 'terminate', done: (value: unknown) => void): void {
    const related = cell.related
    const { abandoned } = related
    cell.status |= AWAITING
    this.openPromises++
    const settle = (act: () => void): void => {
      this.openPromises--
      if (cell.status & DEAD || related.abandoned !== abandoned) return
      cell.status &= ~AWAITING
      try {
        act()
      } catch (error) {
        this.exits.crash(cell, error, during)
      }
      if (cell.status & DEAD) return
      if (during !== 'terminate') cell.request = null
      this.wakeUp(cell)
    }
    promise.then(
      (value) => settle(() => {
        this.#requireNoOpenCalls(cell)
        done(value)
      }),
      (error: unknown) => settle(() => { throw error }),
    )
  }

  #requireNoOpenCalls(cell: Cell): void {
    if (cell.relations !== null && cell.relations.openCalls > 0) throw callNotAwaited(cell)
  }
}

function callNotAwaited(cell: Cell): RuntimeError {
  const open = cell.related.openCalls
  return new RuntimeError('CALL_NOT_AWAITED', `Cannot end the handler of ${cell}: ${open} of its calls are open; await them or use ask`, {
    context: { actor: cell.toString(), open },
  })
}

function actorLimit(name: string, limit: number): RuntimeError {
  return new RuntimeError('ACTOR_LIMIT', `Cannot spawn ${name}: this thread already runs ${limit} actors`, {
    context: { actor: name, limit },
  })
}
