/**
 * Cell: everything the kernel knows of one live actor. Internal: users see it as their Context only
 * (`ActorContext`).
 *
 * Kept small on purpose (bytes per idle actor is a target): what most actors never have lives in `Relations`,
 * made on first need.
 */

import type { ExitReason } from '../actor/exit-reason.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { ActorType } from './actor-type.ts'
import type { CallEnvelope } from './envelope.ts'
import type { Kernel } from './kernel.ts'
import { MessageQueue } from './message-queue.ts'
import type { OpenCall } from './pending-call.ts'
import { Relations } from './relations.ts'

// Used here under names that are not exported: V8 folds those into the code, and reads exported ones from
// memory at each use.
const idle = 0
const queued = 1
const running = 2

/** Status bits. 0 is the one state in which a new message puts the actor into the run queue. */
export const IDLE = idle
/** Stands in the run queue. */
export const QUEUED = queued
/** Its handler is on the stack. */
export const RUNNING = running
/** Its handler returned a promise that is still open. */
export const AWAITING = 4
/** An operator stopped it from taking messages. */
export const SUSPENDED = 8
/** `init` has not finished. */
export const STARTING = 16
/** An exit signal waits for the message in work; the reason is in `relations.exiting`. */
export const EXITING = 32
/** `terminate` is running. */
export const STOPPING = 64
export const DEAD = 128

/** An empty queue larger than this is given back when its actor becomes idle. */
const QUEUE_KEPT_MAX = 64

export class Cell {
  // `declare`: see `Ref`.
  declare readonly kernel: Kernel
  declare readonly ref: AnyRef
  declare readonly type: ActorType
  /** The argument of `init` until the first turn, the state afterwards. */
  declare state: unknown
  status = STARTING
  declare readonly parent: AnyRef | undefined

  /** Messages waiting. */
  length = 0
  /** How many of them may be envelopes: most mailboxes hold none, and need not be looked at for any. */
  envelopes = 0
  // The oldest, and the others: not #private, see `Activity`.
  first: unknown = undefined
  rest: MessageQueue | null = null
  /** A time (kernel ms) not after the arrival of the oldest message waiting. */
  waitingSince = 0

  /** Messages taken. */
  handled = 0
  /**
   * The flight recorder: the last 8 message types, one byte each, the newest lowest; see
   * `ActorType.describeRecent`.
   */
  recent = 0
  recentOlder = 0
  /** Calls that the handler in work has open. */
  openCalls = 0

  /** The request in work, when it is one: its chain goes on with the calls of this handler. */
  request: CallEnvelope | null = null
  /** Calls that wait for this actor's answer, linked through `OpenCall.nextOfCallee`. */
  callers: OpenCall | null = null
  relations: Relations | null = null
  /** Siblings in `parentCell.relations.children`, for an actor linked to a parent on the same thread. */
  parentCell: Cell | null = null
  nextSibling: Cell | null = null
  previousSibling: Cell | null = null

  constructor(kernel: Kernel, ref: AnyRef, type: ActorType, arg: unknown, parent: AnyRef | undefined) {
    this.kernel = kernel
    this.ref = ref
    this.type = type
    this.state = arg
    this.parent = parent
  }

  /** Takes its place in the run queue if nothing else keeps the actor from its messages. */
  queueQuietly(): boolean {
    if (this.status !== idle) return false
    this.status = queued
    return true
  }

  /** Begins the turn of an actor that has nothing to do but messages. False in any other state. */
  beginQuietly(): boolean {
    if (this.status !== queued) return false
    this.status = running
    return true
  }

  /** True during a turn while nothing but messages has happened. */
  get quiet(): boolean {
    return this.status === running
  }

  /** Ends a turn that has emptied the mailbox. */
  endQuietly(): void {
    this.status = idle
    this.trim()
  }

  /** Notes a message in the flight recorder; returns its label. */
  record(message: unknown): number {
    const { type } = this
    const code = type.codeOf(message)
    this.handled++
    this.recentOlder = (this.recentOlder << 8) | (this.recent >>> 24)
    this.recent = (this.recent << 8) | code
    return type.labelOf[code] as number
  }

  /** What is rare, made when first needed. */
  get related(): Relations {
    this.relations ??= new Relations()
    return this.relations
  }

  enqueue(message: unknown): void {
    if (this.length === 0) this.first = message
    else {
      this.rest ??= new MessageQueue()
      this.rest.push(message)
    }
    this.length++
  }

  /** The oldest message. The mailbox must not be empty. */
  take(): unknown {
    const message = this.first
    this.first = this.rest !== null && this.rest.length > 0 ? this.rest.shift() : undefined
    this.length--
    return message
  }

  /** Puts messages before all others again. Rare, so it may cost a pass over the mailbox. */
  putBack(messages: readonly unknown[]): void {
    const waiting = [...messages]
    while (this.length > 0) waiting.push(this.take())
    for (const message of waiting) this.enqueue(message)
  }

  /** The message at a place counted from the oldest, for inspection. */
  peek(index: number): unknown {
    return index === 0 ? this.first : this.rest?.at(index - 1)
  }

  /** A turn took `taken` messages and left some. */
  noteLeftover(taken: number, now: number): void {
    if (this.rest !== null) this.waitingSince = this.rest.oldestSince(taken, this.waitingSince, now)
  }

  /** Gives back a queue that a burst has made large. */
  trim(): void {
    if (this.rest !== null && this.rest.capacity > QUEUE_KEPT_MAX) this.rest = null
  }

  get name(): string | undefined {
    return this.relations?.name
  }

  /** For error texts: `room <1.5.12>`, or `lobby (room <1.5.12>)`. */
  toString(): string {
    const label = `${this.type.definition.name} ${this.ref}`
    return this.name === undefined ? label : `${this.name} (${label})`
  }

  /** The reason of an exit signal that waits for the message in work. */
  get exiting(): ExitReason | undefined {
    return this.relations?.exiting
  }
}
