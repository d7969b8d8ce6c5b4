/**
 * Open calls, seen from both ends: PendingCall on the caller's kernel, RemoteCaller on the callee's when that
 * is another one.
 *
 * An open call stands in the callee's list, so that the callee's end answers it at once. Joining and leaving
 * are O(1), without a table.
 */

import type { Outcome } from '../actor/context.ts'
import type { answers, ReplyTo } from '../actor/messages.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { Cell } from './cell.ts'
import { CallEnvelope, type ChainLink } from './envelope.ts'
import type { Kernel } from './kernel.ts'
import { TimerNode } from './timer-wheel.ts'

/** A place in the list of calls that wait for an actor. */
export abstract class OpenCall extends TimerNode {
  callee: Cell | null = null
  nextOfCallee: OpenCall | null = null
  previousOfCallee: OpenCall | null = null

  /** The callee, or one on whose mailbox the request stands, ended. */
  abstract calleeEnded(detail: string): void

  joinCallee(callee: Cell): void {
    const head = callee.callers
    this.callee = callee
    this.nextOfCallee = head
    if (head !== null) head.previousOfCallee = this
    callee.callers = this
  }

  leaveCallee(): void {
    const callee = this.callee
    if (callee === null) return
    const next = this.nextOfCallee
    const previous = this.previousOfCallee
    if (previous !== null) previous.nextOfCallee = next
    else callee.callers = next
    if (next !== null) next.previousOfCallee = previous
    this.callee = null
    this.nextOfCallee = null
    this.previousOfCallee = null
  }
}

/** A call from this kernel. It is its own reply address and the chain link of its caller. */
export class PendingCall extends OpenCall implements ReplyTo<never>, ChainLink {
  declare readonly [answers]: (reply: never) => void
  // `declare`: see `Ref`.
  declare readonly kernel: Kernel
  declare readonly to: AnyRef
  declare readonly timeoutMs: number
  /** The waiting actor; null for `ask` and for callers that are no actors. */
  declare readonly waiting: Cell | null
  declare readonly via: ChainLink | null
  /** Names the call towards other threads; 0 while its reply address has not left this one. */
  id = 0
  #settle: ((outcome: Outcome<never>) => void) | null

  constructor(
    kernel: Kernel,
    to: AnyRef,
    timeoutMs: number,
    waiting: Cell | null,
    settle: (outcome: Outcome<never>) => void,
  ) {
    super()
    this.kernel = kernel
    this.to = to
    this.timeoutMs = timeoutMs
    this.waiting = waiting
    this.via = waiting?.request?.chain ?? null
    this.#settle = settle
  }

  get caller(): AnyRef {
    return (this.waiting as Cell).ref
  }

  get callerName(): string {
    return (this.waiting as Cell).type.definition.name
  }

  get open(): boolean {
    return this.#settle !== null
  }

  /** Ends the call, once. Later outcomes vanish. */
  settle(outcome: Outcome<never>): void {
    const settle = this.#settle
    if (settle === null) return
    this.#settle = null
    this.kernel.calls.close(this)
    settle(outcome)
  }

  fire(): void {
    this.kernel.calls.timedOut(this)
  }

  calleeEnded(detail: string): void {
    this.kernel.calls.fail(this, 'ACTOR_GONE', detail)
  }
}

/** A call from another kernel to an actor of this one. */
export class RemoteCaller extends OpenCall {
  readonly kernel: Kernel
  readonly thread: number
  readonly id: number

  constructor(kernel: Kernel, thread: number, id: number) {
    super()
    this.kernel = kernel
    this.thread = thread
    this.id = id
  }

  fire(): void {}

  calleeEnded(detail: string): void {
    this.kernel.calls.failRemote(this, 'ACTOR_GONE', detail)
  }
}

/** The reply address of a call that came from another kernel. */
export class RemoteReplyTo implements ReplyTo<never> {
  declare readonly [answers]: (reply: never) => void
  readonly thread: number
  readonly id: number

  constructor(thread: number, id: number) {
    this.thread = thread
    this.id = id
  }
}

/** A request of this kernel in a mailbox of this kernel. */
export class LocalRequest extends CallEnvelope {
  readonly message: unknown
  readonly #call: PendingCall

  constructor(message: unknown, call: PendingCall) {
    super()
    this.message = message
    this.#call = call
  }

  get chain(): ChainLink | null {
    return this.#call.waiting !== null && this.#call.open ? this.#call : null
  }

  failed(code: 'MAILBOX_FULL' | 'ACTOR_GONE', detail: string): void {
    this.#call.kernel.calls.fail(this.#call, code, detail)
  }
}

/** A request of another kernel in a mailbox of this one. */
export class RemoteRequest extends CallEnvelope {
  readonly message: unknown
  readonly chain: ChainLink | null
  readonly #caller: RemoteCaller

  constructor(message: unknown, chain: ChainLink | null, caller: RemoteCaller) {
    super()
    this.message = message
    this.chain = chain
    this.#caller = caller
  }

  failed(code: 'MAILBOX_FULL' | 'ACTOR_GONE', detail: string): void {
    this.#caller.kernel.calls.failRemote(this.#caller, code, detail)
  }
}
