/**
 * DynamicSupervisor: a supervisor whose children come from one template and are started by request.
 *
 * Nothing here waits for anything: children start, restart and stop side by side, and what is under way is in
 * `DynamicChildren`. When the supervisor ends, all children stop at once. Cost: O(1) for each start, end and
 * restart.
 */

import { type Stop, stop as stopWith } from '../actor/definition.ts'
import { unreachable } from '../actor/errors.ts'
import type { ExitReason } from '../actor/exit-reason.ts'
import type { Placement, ReplyTo } from '../actor/messages.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { Started } from '../kernel/spawner.ts'
import { badRequest, childLimit, childNotFound, childStartFailed, tooManyRequests } from './child-errors.ts'
import type { ChildHost, Notice } from './child-host.ts'
import { backoffMs, endsSupervisor, isReported, isRestarted } from './decisions.ts'
import { DynamicChildren, Kept, Leaving, Starting, type StartRequest } from './dynamic-children.ts'
import type { AnyRequest } from './messages.ts'
import { RestartBudget } from './restart-budget.ts'
import type { CheckedDynamicSpec } from './supervisor-spec.ts'
import { ThreadDeaths } from './thread-deaths.ts'

/** Requests that wait for one child to start or to stop. */
const WAITING_MAX = 1_000

export class DynamicSupervisor {
  readonly spec: CheckedDynamicSpec
  readonly budget: RestartBudget
  readonly host: ChildHost
  readonly children: DynamicChildren
  readonly #deaths: ThreadDeaths
  /** Starts under way. */
  readonly #starts = new Set<Starting>()
  /** The reason with which the supervisor ends when its last child is gone. */
  #ending: ExitReason | undefined
  #killing = false
  #nextThread = 0

  constructor(spec: CheckedDynamicSpec, host: ChildHost) {
    this.spec = spec
    this.host = host
    this.children = new DynamicChildren(spec.template)
    this.budget = new RestartBudget(spec.intensity)
    this.#deaths = new ThreadDeaths(host.thread, (thread) => host.tellSelf({ type: 'threadSettled', thread }))
  }

  handle(msg: Notice | AnyRequest): Stop | undefined {
    switch (msg.type) {
      case 'begin':
        this.host.announceStarted()
        return undefined
      case 'stopOrder':
        return this.#endAll(msg.reason)
      case 'started':
        return this.#startEnded(msg.start as Starting, msg.started, msg.thread)
      case 'exit':
      case 'down':
        return this.#childEnded(msg.ref, msg.reason)
      case 'stopTimeout':
        return msg.ref === undefined ? this.#killAll() : this.#killLate(msg.ref)
      case 'tryAgain': {
        const starting = msg.place as Starting
        return this.children.isRestarting(starting) ? this.#restart(starting) : undefined
      }
      case 'threadSettled':
        this.#deaths.settled(msg.thread)
        return undefined
      default:
        if (this.#ending === undefined) this.#answer(msg)
        return undefined
    }
  }

  /** The first `max` children. */
  // --- starts ---

  #launch(starting: Starting): void {
    const { template } = this.spec
    this.#starts.add(starting)
    starting.ref = this.host.start(template, starting.arg, this.#placementOf(starting.key), starting)
  }

  #placementOf(key: string | undefined): Placement {
    const { spread, template } = this.spec
    if (!spread) return template.placement
    if (key !== undefined) return { key }
    const threads = this.host.placementThreads()
    return { thread: threads[this.#nextThread++ % threads.length] as number }
  }

  #startEnded(starting: Starting, started: Started, thread: number): Stop | undefined {
    this.#starts.delete(starting)
    const { old, key } = starting
    if (!started.ok) return this.#startFailed(starting, started.reason, thread)
    this.children.removeStarting(starting)
    const { ref } = started
    if (this.#ending !== undefined) {
      this.children.set(ref, undefined)
      this.#stop(ref)
      return undefined
    }
    if (starting.leaving !== undefined) {
      this.#refuseWaiting(starting, 'shutdown')
      this.#leave(ref, starting.leaving)
      return undefined
    }
    this.children.set(ref, this.#entryOf(starting))
    if (old !== undefined) this.host.report('restarted', this.#labelOf(ref, key))
    for (const { replyTo } of starting.waiting) this.host.reply(replyTo, ref)
    return undefined
  }

  /** What is kept of a running child: as little as possible. */
  #entryOf({ arg, key, failures }: Starting): unknown {
    const kept = this.spec.template.restart === 'temporary' ? undefined : arg
    return key === undefined && failures === 0 ? kept : new Kept(kept, key, failures, this.host.nowMs())
  }

  #startFailed(starting: Starting, reason: ExitReason, thread: number): Stop | undefined {
    const { old, leaving } = starting
    this.host.report('startFailed', this.#labelOf(old, starting.key), reason)
    if (old !== undefined && leaving === undefined && this.#ending === undefined) {
      starting.counts = this.#deaths.counts(thread, reason)
      this.#putOff(starting)
      return undefined
    }
    this.children.removeStarting(starting)
    if (this.#ending !== undefined) return this.#endIfEmpty()
    this.#refuseWaiting(starting, reason)
    if (leaving !== undefined) this.#left(leaving)
    return undefined
  }

  #refuseWaiting({ waiting, old, key }: Starting, reason: ExitReason): void {
    for (const { replyTo } of waiting)
      this.host.replyError(replyTo, childStartFailed(this.#labelOf(old, key), reason))
  }

  // --- ends ---

  #childEnded(ref: AnyRef, reason: ExitReason): Stop | undefined {
    const children = this.children
    const entry = children.entry(ref)
    if (!children.has(ref) || entry instanceof Starting) return undefined // not a child, or told already
    if (this.#ending !== undefined) {
      children.remove(ref)
      return this.#endIfEmpty()
    }
    if (entry instanceof Leaving) {
      children.remove(ref)
      this.#left(entry)
      return undefined
    }
    return this.#endedByItself(ref, entry, reason)
  }

  #endedByItself(ref: AnyRef, entry: unknown, reason: ExitReason): Stop | undefined {
    const { template, autoShutdown } = this.spec
    const label = this.#labelOf(ref, this.children.keyOf(ref))
    if (isReported(template.restart, reason)) this.host.report('childExited', label, reason)
    if (isRestarted(template.restart, reason)) return this.#restartOrPutOff(ref, entry, reason)
    this.children.remove(ref)
    if (!endsSupervisor(autoShutdown, template.significant, this.children.size > 0)) return undefined
    this.host.report('autoShutdown', label, reason)
    return this.#endAll('shutdown')
  }

  #restartOrPutOff(ref: AnyRef, entry: unknown, reason: ExitReason): Stop | undefined {
    const { backoff } = this.spec.template
    const starting =
      entry instanceof Kept
        ? new Starting(entry.arg, entry.key, ref, this.#failuresOf(entry))
        : new Starting(entry, undefined, ref, 0)
    starting.counts = this.#deaths.counts(ref.thread, reason)
    this.children.addStarting(starting)
    if (backoff === undefined) return this.#restart(starting)
    this.#putOff(starting)
    return undefined
  }

  /** A child that has run long enough begins its backoff anew. */
  #failuresOf({ failures, startedAtMs }: Kept): number {
    const { backoff } = this.spec.template
    return backoff !== undefined && this.host.nowMs() - startedAtMs >= backoff.maxMs ? 0 : failures
  }

  #restart(starting: Starting): Stop | undefined {
    if (starting.counts && !this.budget.spend(this.host.nowMs())) {
      this.host.report('gaveUp', this.#labelOf(starting.old, starting.key))
      return this.#endAll('shutdown')
    }
    this.#launch(starting)
    return undefined
  }

  /** Lets other messages have their turn, and the backoff its time, before a restart is tried. */
  #putOff(starting: Starting): void {
    const { backoff } = this.spec.template
    if (backoff === undefined) return this.host.tellSelf({ type: 'tryAgain', place: starting })
    const delayMs = backoffMs(backoff, starting.failures++, this.host.random())
    starting.timer = this.host.tellSelfAfter(delayMs, { type: 'tryAgain', place: starting })
  }

  // --- stopping one ---

  #leave(ref: AnyRef, leaving: Leaving): void {
    const { shutdownMs } = this.spec.template
    this.children.set(ref, leaving)
    if (shutdownMs > 0 && shutdownMs !== Infinity) {
      leaving.timer = this.host.tellSelfAfter(shutdownMs, { type: 'stopTimeout', ref })
    }
    this.#stop(ref)
  }

  #stop(ref: AnyRef): void {
    this.host.stop(ref, this.#killing || this.spec.template.shutdownMs === 0 ? 'kill' : 'shutdown')
  }

  #killLate(ref: AnyRef): undefined {
    if (!this.children.has(ref)) return
    this.host.report('killedAfterTimeout', this.#labelOf(ref, this.children.keyOf(ref)))
    this.host.stop(ref, 'kill')
  }

  #left({ timer, terminating, next }: Leaving): void {
    timer?.cancel()
    for (const replyTo of terminating) this.host.reply(replyTo, undefined)
    for (const request of next) this.#startChild(request)
  }

  // --- stopping all ---

  #endAll(reason: ExitReason): Stop | undefined {
    if (this.#ending !== undefined) return undefined
    this.#ending = reason
    const { shutdownMs } = this.spec.template
    for (const [ref, entry] of this.children.entries()) {
      if (!(entry instanceof Starting)) this.#stop(ref)
      else if (!this.#starts.has(entry)) this.#forget(entry)
    }
    for (const { ref } of this.#starts) if (ref !== undefined) this.host.abortStart(ref)
    this.host.abortStart(undefined)
    if (shutdownMs > 0 && shutdownMs !== Infinity)
      this.host.tellSelfAfter(shutdownMs, { type: 'stopTimeout' })
    return this.#endIfEmpty()
  }

  #killAll(): undefined {
    this.#killing = true
    this.host.report('killedAfterTimeout', `${this.children.size} of ${this.spec.template.definition.name}`)
    for (const [ref, entry] of this.children.entries())
      if (!(entry instanceof Starting)) this.host.stop(ref, 'kill')
  }

  #endIfEmpty(): Stop | undefined {
    return this.children.size === 0 ? stopWith(this.#ending) : undefined
  }

  /** A restart that waits for its time is no longer wanted. */
  #forget(starting: Starting): void {
    starting.timer?.cancel()
    this.children.removeStarting(starting)
  }

  // --- requests ---

  #answer(msg: AnyRequest): void {
    const { host } = this
    switch (msg.type) {
      case 'startChild':
        if ('spec' in msg)
          host.replyError(
            msg.replyTo,
            badRequest('startChild', 'a supervisor with a template takes no child spec'),
          )
        else this.#startChild(msg)
        return
      case 'terminateChild':
        return this.#terminateChild(msg.child, msg.replyTo)
      case 'restartChild':
      case 'deleteChild':
        return host.replyError(
          msg.replyTo,
          badRequest(msg.type, 'a supervisor with a template keeps no child that has ended'),
        )
      case 'whichChildren':
        return host.reply(msg.replyTo, this.children.info())
      case 'countChildren':
        return host.reply(msg.replyTo, this.children.counts())
      case 'childOf': {
        const found = this.children.byKey(msg.id)
        return host.reply(msg.replyTo, found instanceof Starting ? undefined : found)
      }
      default:
        return unreachable(msg)
    }
  }

  #startChild(request: StartRequest): void {
    const { arg, key, replyTo } = request
    const present = key === undefined ? undefined : this.children.byKey(key)
    if (present !== undefined) return this.#startWhenKnown(request, present)
    const { maxChildren, template } = this.spec
    if (this.children.size >= maxChildren) {
      return this.host.replyError(replyTo, childLimit(template.definition.name, maxChildren))
    }
    const starting = new Starting(arg, key, undefined, 0)
    starting.waiting.push(request)
    this.children.addStarting(starting)
    this.#launch(starting)
  }

  /**
   * A second start with the same key: it gets the child that is there, or will be, or the one after it when
   * it is being stopped.
   */
  #startWhenKnown(request: StartRequest, present: AnyRef | Starting): void {
    const entry = present instanceof Starting ? present : this.children.entry(present)
    const leaving = entry instanceof Starting ? entry.leaving : entry
    if (leaving instanceof Leaving) this.#wait(leaving.next, request, request.replyTo)
    else if (entry instanceof Starting) this.#wait(entry.waiting, request, request.replyTo)
    else this.host.reply(request.replyTo, present)
  }

  #terminateChild(child: string | AnyRef, replyTo: ReplyTo<never>): void {
    const present = typeof child === 'string' ? this.children.byKey(child) : child
    const entry = present instanceof Starting ? present : present && this.children.entry(present)
    if (entry instanceof Starting) return this.#terminateStarting(entry, replyTo)
    if (entry instanceof Leaving) return this.#wait(entry.terminating, replyTo, replyTo)
    if (present === undefined || !this.children.has(present as AnyRef)) {
      // A ref whose actor is dead is answered as one that has just been stopped, as in OTP.
      if (typeof child === 'string' || this.host.mayBeAlive(child))
        return this.host.replyError(replyTo, childNotFound(child))
      return this.host.reply(replyTo, undefined)
    }
    const leaving = new Leaving(this.children.keyOf(present as AnyRef))
    leaving.terminating.push(replyTo)
    this.#leave(present as AnyRef, leaving)
  }

  #terminateStarting(starting: Starting, replyTo: ReplyTo<never>): void {
    if (!this.#starts.has(starting)) {
      this.#forget(starting)
      this.#refuseWaiting(starting, 'shutdown')
      return this.host.reply(replyTo, undefined)
    }
    if (starting.leaving === undefined) {
      starting.leaving = new Leaving(starting.key)
      // On another thread it is stopped when it has started.
      if (starting.ref !== undefined) this.host.abortStart(starting.ref)
    }
    this.#wait(starting.leaving.terminating, replyTo, replyTo)
  }

  #wait<Waiting>(queue: Waiting[], waiting: Waiting, replyTo: ReplyTo<never>): void {
    if (queue.length < WAITING_MAX) queue.push(waiting)
    else this.host.replyError(replyTo, tooManyRequests(WAITING_MAX))
  }

  /** For reports and errors: the key, or the actor's type and the ref it has or had. */
  #labelOf(ref: AnyRef | undefined, key: string | undefined): string {
    return key ?? `${this.spec.template.definition.name}${ref === undefined ? '' : ` ${ref}`}`
  }
}
