/**
 * ChildHost: what a supervisor does to its children and to itself, through its context and its kernel.
 *
 * What comes back arrives as a message of the supervisor to itself, a `Notice`, never inside the call that
 * caused it.
 */

import type { Context, Timer } from '../actor/context.ts'
import { type ExitReason, toErrorData } from '../actor/exit-reason.ts'
import type { Down, Exit, Placement, ReplyTo } from '../actor/messages.ts'
import type { AnyRef } from '../actor/ref.ts'
import { ActorContext } from '../kernel/actor-context.ts'
import { type Cell, DEAD } from '../kernel/cell.ts'
import type { SupervisorReport } from '../kernel/events.ts'
import type { Started } from '../kernel/spawner.ts'
import type { ChildTemplate } from './child-spec.ts'

/** What a supervisor hears besides requests. */
export type Notice =
  | Exit
  | Down
  /** Its own first message: `init` is over. */
  | { readonly type: 'begin' }
  /** A start that it had asked for has ended; `thread` is where. */
  | { readonly type: 'started'; readonly start: object; readonly thread: number; readonly started: Started }
  /** The time to stop is over: that of one child, or, without a ref, that of all. */
  | { readonly type: 'stopTimeout'; readonly ref?: AnyRef }
  /** A restart that was put off is due. */
  | { readonly type: 'tryAgain'; readonly place: object }
  /** See `ThreadDeaths`. */
  | { readonly type: 'threadSettled'; readonly thread: number }
  /** From the kernel, before all other messages: the parent, or the node, wants it to end. */
  | { readonly type: 'stopOrder'; readonly reason: ExitReason }

export class ChildHost {
  readonly #ctx: Context<Notice>
  readonly #cell: Cell
  readonly #supervisor: string

  constructor(ctx: Context<never>, supervisor: string) {
    this.#ctx = ctx as unknown as Context<Notice>
    this.#cell = ActorContext.cellOf(ctx)
    this.#supervisor = supervisor
  }

  get thread(): number {
    return this.#cell.ref.thread
  }

  nowMs(): number {
    return this.#ctx.monotonic()
  }

  random(): number {
    return this.#ctx.random()
  }

  /** Threads for children that are spread, in a fixed order. */
  placementThreads(): readonly number[] {
    return this.#cell.kernel.ports.transport.placement()
  }

  /**
   * Starts a child, linked. A `started` with this `start` follows. Returns its ref if it is on this thread.
   */
  start(
    { definition, name }: Pick<ChildTemplate, 'definition'> & { readonly name?: string | undefined },
    arg: unknown,
    placement: Placement,
    start: object,
  ): AnyRef | undefined {
    const { spawner } = this.#cell.kernel
    let thread = this.thread
    const done = (started: Started): void => this.tellSelf({ type: 'started', start, thread, started })
    try {
      thread = spawner.threadOf(placement)
      return spawner.start(placement, definition, arg, { parent: this.#cell, link: true, name }, done)
    } catch (error) {
      done({ ok: false, reason: toErrorData(error) })
      return undefined
    }
  }

  /** Gives up a start. It ends as any other: the child may be there already. */
  abortStart(ref: AnyRef | undefined): void {
    if (ref === undefined) this.#cell.kernel.spawner.abortStarts(this.#cell)
    else this.#ctx.exit(ref, 'shutdown')
  }

  /**
   * Orders a child to stop, or kills it. An `exit` follows, or a `down` from a child that has taken back its
   * link.
   */
  stop(ref: AnyRef, how: 'shutdown' | 'kill'): void {
    if (!this.#cell.kernel.exits.links.has(this.#cell, ref)) this.#ctx.monitor(ref)
    this.#ctx.exit(ref, how)
  }

  /** False only for what is known to be dead: an actor of this thread. */
  mayBeAlive(ref: AnyRef): boolean {
    return ref.thread !== this.thread || this.#cell.kernel.cells.get(ref) !== undefined
  }

  /** The supervisor's own start is done: its starter is told. */
  announceStarted(): void {
    this.#cell.kernel.spawner.started(this.#cell, undefined)
  }

  tellSelf(notice: Notice): void {
    if ((this.#cell.status & DEAD) === 0) this.#cell.kernel.comeBack(this.#cell, () => notice)
  }

  tellSelfAfter(delayMs: number, notice: Notice): Timer {
    return this.#ctx.sendAfter(delayMs, this.#ctx.self, notice)
  }

  reply(replyTo: ReplyTo<never>, value: unknown): void {
    this.#ctx.reply(replyTo as ReplyTo<unknown>, value)
  }

  replyError(replyTo: ReplyTo<never>, error: Error): void {
    this.#ctx.replyError(replyTo, error)
  }

  report(event: SupervisorReport['event'], child: string, reason?: ExitReason): void {
    this.#cell.kernel.ports.report({
      type: 'supervisor',
      atMs: this.#ctx.now(),
      thread: this.thread,
      ref: this.#cell.ref,
      supervisor: this.#supervisor,
      event,
      child,
      reason,
    })
  }
}
