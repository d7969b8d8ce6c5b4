/**
 * StaticSupervisor: a supervisor whose children have ids and an order.
 *
 * Guarantees: it does one thing at a time, as OTP's. While a procedure runs, whatever else arrives waits in
 * `#deferred`, in order; only the order to stop does not wait. At most `DEFERRED_MAX` requests wait, further
 * ones are refused with `MAILBOX_FULL`. An end waits as a message, too, but is known at once, so that a
 * procedure that gets to a dead child does not wait for it.
 */

import { type Stop, stop as stopWith } from '../actor/definition.ts'
import { unreachable } from '../actor/errors.ts'
import type { ExitReason } from '../actor/exit-reason.ts'
import type { ReplyTo } from '../actor/messages.ts'
import type { AnyRef } from '../actor/ref.ts'
import { MessageQueue } from '../kernel/message-queue.ts'
import { problemOfChild } from './check-spec.ts'
import {
  badRequest,
  badSpec,
  childExists,
  childNotFound,
  childRunning,
  childStartFailed,
  tooManyRequests,
} from './child-errors.ts'
import type { ChildHost, Notice } from './child-host.ts'
import { endsSupervisor, isReported, isRestarted } from './decisions.ts'
import type { AnyRequest } from './messages.ts'
import {
  type Event,
  type Procedure,
  restart,
  restartLater,
  type Starting,
  type Supervision,
  start,
  startAll,
  stop,
  stopAll,
  type Waiting,
} from './procedures.ts'
import { RestartBudget } from './restart-budget.ts'
import {
  type Child,
  newChild,
  type Restarting,
  runningRef,
  StaticChildren,
  stateOf,
} from './static-children.ts'
import type { CheckedStaticSpec } from './supervisor-spec.ts'
import { ThreadDeaths } from './thread-deaths.ts'

const DEFERRED_MAX = 10_000

/** The end of a child, with what had to be decided when the news arrived. */
interface End {
  readonly type: 'end'
  readonly child: Child
  readonly ref: AnyRef
  readonly reason: ExitReason
  readonly counts: boolean
}

/** What can make a procedure begin. */
type Cause = AnyRequest | End | Extract<Notice, { type: 'tryAgain' }>

export class StaticSupervisor implements Supervision {
  readonly name: string
  readonly spec: CheckedStaticSpec
  readonly children: StaticChildren
  readonly budget: RestartBudget
  readonly deaths: ThreadDeaths
  readonly host: ChildHost
  starting: Starting | undefined
  ending = false
  /** Undefined while the supervisor waits for something to happen. */
  #procedure: Procedure | undefined
  #waiting: Waiting | undefined
  readonly #deferred = new MessageQueue()

  constructor(name: string, spec: CheckedStaticSpec, host: ChildHost) {
    this.name = name
    this.spec = spec
    this.host = host
    this.children = new StaticChildren(spec.children)
    this.budget = new RestartBudget(spec.intensity)
    this.deaths = new ThreadDeaths(host.thread, (thread) => host.tellSelf({ type: 'threadSettled', thread }))
    this.#procedure = startAll(this)
  }

  handle(msg: Notice | AnyRequest): Stop | undefined {
    switch (msg.type) {
      case 'begin':
        return this.#run(this.#procedure as Procedure)
      case 'stopOrder':
        if (this.ending) return undefined
        this.#procedure?.return(undefined)
        return this.#run(stopAll(this, msg.reason))
      case 'started':
      case 'stopTimeout':
        return this.#isAwaited(msg) ? this.#resume(msg) : undefined
      case 'exit':
      case 'down':
        return this.#isAwaited(msg) ? this.#resume(msg) : this.#childEnded(msg.ref, msg.reason)
      case 'threadSettled':
        this.deaths.settled(msg.thread)
        return undefined
      default:
        return this.#take(msg)
    }
  }

  // --- one procedure at a time ---

  #isAwaited(event: Event): boolean {
    const waiting = this.#waiting
    if (waiting === undefined) return false
    return event.type === 'started'
      ? 'start' in waiting && waiting.start === event.start
      : 'end' in waiting && waiting.end === event.ref
  }

  #resume(event: Event): Stop | undefined {
    return this.#follow((this.#procedure as Procedure).next(event))
  }

  #run(procedure: Procedure): Stop | undefined {
    this.#procedure = procedure
    return this.#follow(procedure.next())
  }

  /** Goes on until a procedure has to wait, the supervisor has to end, or nothing is left to do. */
  #follow(first: IteratorResult<Waiting, ExitReason | undefined>): Stop | undefined {
    let step = first
    while (step.done) {
      if (step.value !== undefined) return stopWith(step.value)
      this.#procedure = this.#nextProcedure()
      if (this.#procedure === undefined) {
        this.#waiting = undefined
        return undefined
      }
      step = this.#procedure.next()
    }
    this.#waiting = step.value
    return undefined
  }

  #nextProcedure(): Procedure | undefined {
    while (this.#deferred.length > 0) {
      const procedure = this.#begin(this.#deferred.shift() as Cause)
      if (procedure !== undefined) return procedure
    }
    return undefined
  }

  #take(cause: Cause): Stop | undefined {
    if (this.#procedure === undefined) {
      const procedure = this.#begin(cause)
      return procedure === undefined ? undefined : this.#run(procedure)
    }
    if ('replyTo' in cause && this.#deferred.length >= DEFERRED_MAX) {
      this.host.replyError(cause.replyTo, tooManyRequests(DEFERRED_MAX))
    } else this.#deferred.push(cause)
    return undefined
  }

  #begin(cause: Cause): Procedure | undefined {
    switch (cause.type) {
      case 'end':
        return this.#afterEnd(cause)
      case 'tryAgain': {
        const place = cause.place as Restarting
        return place.child.place === place ? restart(this, place.child, place.counts) : undefined
      }
      default:
        return this.#answer(cause)
    }
  }

  // --- ends ---

  #childEnded(ref: AnyRef, reason: ExitReason): Stop | undefined {
    const child = this.children.behind(ref)
    if (child === undefined || child.ended !== undefined) return undefined // stopped or replaced meanwhile
    child.ended = reason
    const counts = isRestarted(child.spec.restart, reason) && this.deaths.counts(ref.thread, reason)
    return this.#take({ type: 'end', child, ref, reason, counts })
  }

  #afterEnd({ child, ref, reason, counts }: End): Procedure | undefined {
    const { children, host, spec } = this
    const { id, restart: when, significant, backoff } = child.spec
    if (child.place !== ref) return undefined // stopped or replaced meanwhile
    if (isReported(when, reason)) host.report('childExited', id, reason)
    children.gone(child)
    if (isRestarted(when, reason)) {
      if (backoff === undefined) return restart(this, child, counts)
      if (host.nowMs() - child.startedAtMs >= backoff.maxMs) child.failures = 0
      return restartLater(this, child, counts)
    }
    if (!endsSupervisor(spec.autoShutdown, significant, children.significantLeft())) return undefined
    host.report('autoShutdown', id, reason)
    return stopAll(this, 'shutdown')
  }

  // --- requests ---

  #answer(msg: AnyRequest): Procedure | undefined {
    const { children } = this
    switch (msg.type) {
      case 'startChild':
        return this.#startChild(msg)
      case 'terminateChild': {
        const child = typeof msg.child === 'string' ? children.get(msg.child) : children.behind(msg.child)
        if (child !== undefined) return this.#terminateChild(child, msg.replyTo)
        return this.#refuse(msg.replyTo, childNotFound(msg.child))
      }
      case 'restartChild':
        return this.#restartChild(msg.id, msg.replyTo)
      case 'deleteChild':
        return this.#deleteChild(msg.id, msg.replyTo)
      case 'whichChildren':
        return this.#reply(msg.replyTo, children.info())
      case 'countChildren':
        return this.#reply(msg.replyTo, children.counts())
      case 'childOf': {
        const child = children.get(msg.id)
        return this.#reply(msg.replyTo, child && runningRef(child))
      }
      default:
        return unreachable(msg)
    }
  }

  #startChild(msg: Extract<AnyRequest, { type: 'startChild' }>): Procedure | undefined {
    if (!('spec' in msg)) {
      return this.#refuse(
        msg.replyTo,
        badRequest('startChild', 'a supervisor without template needs a child spec'),
      )
    }
    const { spec, replyTo } = msg
    const problem = problemOfChild(spec, this.spec.autoShutdown)
    if (problem !== undefined) return this.#refuse(replyTo, badSpec(this.name, problem))
    const present = this.children.get(spec.id)
    if (present !== undefined)
      return this.#refuse(replyTo, childExists(spec.id, stateOf(present), runningRef(present)))
    return this.#startAndReply(newChild(spec), replyTo)
  }

  #restartChild(id: string, replyTo: ReplyTo<never>): Procedure | undefined {
    const child = this.children.get(id)
    if (child === undefined) return this.#refuse(replyTo, childNotFound(id))
    const state = stateOf(child)
    if (state !== 'stopped') return this.#refuse(replyTo, childRunning('restart', id, state))
    return this.#startAndReply(child, replyTo)
  }

  #deleteChild(id: string, replyTo: ReplyTo<never>): undefined {
    const child = this.children.get(id)
    if (child === undefined) return this.#refuse(replyTo, childNotFound(id))
    const state = stateOf(child)
    if (state !== 'stopped') return this.#refuse(replyTo, childRunning('delete', id, state))
    this.children.forget(child)
    return this.#reply(replyTo, undefined)
  }

  *#startAndReply(child: Child, replyTo: ReplyTo<never>): Procedure {
    const failure = yield* start(this, child)
    if (failure !== undefined) return this.#refuse(replyTo, childStartFailed(child.spec.id, failure.reason))
    return this.#reply(replyTo, child.place)
  }

  *#terminateChild(child: Child, replyTo: ReplyTo<never>): Procedure {
    yield* stop(this, child)
    return this.#reply(replyTo, undefined)
  }

  #reply(replyTo: ReplyTo<never>, value: unknown): undefined {
    this.host.reply(replyTo, value)
  }

  #refuse(replyTo: ReplyTo<never>, error: Error): undefined {
    this.host.replyError(replyTo, error)
  }
}
