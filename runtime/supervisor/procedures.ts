/**
 * Procedures: what a supervisor does step by step, each step waiting for the one before: start children in
 * order, stop them in reverse, restart a group. Written as generators that yield what they wait for, so that
 * they read as the sequence they are.
 *
 * A procedure can be abandoned at any wait: the table of children is right then, and a start under way is in
 * `starting`.
 */

import { type ExitReason, isNormalExit, toErrorData } from '../actor/exit-reason.ts'
import type { AnyRef } from '../actor/ref.ts'
import { childStartFailed } from './child-errors.ts'
import type { ChildHost, Notice } from './child-host.ts'
import { backoffMs } from './decisions.ts'
import type { RestartBudget } from './restart-budget.ts'
import { type Child, Restarting, runningRef, type StaticChildren } from './static-children.ts'
import type { CheckedStaticSpec } from './supervisor-spec.ts'
import type { ThreadDeaths } from './thread-deaths.ts'

/** What a procedure waits for: how a start went, or the end of a child, which may take too long. */
export type Waiting = { readonly start: object } | { readonly end: AnyRef }

/** What it gets. */
export type Event = Extract<Notice, { type: 'started' | 'exit' | 'down' | 'stopTimeout' }>

/** Steps that end with a result. */
export type Steps<Result> = Generator<Waiting, Result, Event>

/** A procedure ends with the reason with which the supervisor has to end, or with undefined to go on. */
export type Procedure = Steps<ExitReason | undefined>

/** A start under way. */
export interface Starting {
  readonly child: Child
  /** Known at once for a child of the supervisor's thread. */
  ref: AnyRef | undefined
}

interface StartFailure {
  readonly reason: ExitReason
  readonly thread: number
}

/** What procedures work on. */
export interface Supervision {
  readonly spec: CheckedStaticSpec
  readonly children: StaticChildren
  readonly budget: RestartBudget
  readonly deaths: ThreadDeaths
  readonly host: ChildHost
  starting: Starting | undefined
  /** All children are being stopped: nothing but that happens any more. */
  ending: boolean
}

/**
 * The supervisor's own start. When a child does not start, those before it are stopped, and the supervisor
 * fails.
 */
export function* startAll(sup: Supervision): Procedure {
  for (const child of sup.children.inStartOrder()) {
    const failure = yield* start(sup, child)
    if (failure === undefined) continue
    return yield* stopAll(sup, { shutdown: toErrorData(childStartFailed(child.spec.id, failure.reason)) })
  }
  sup.host.announceStarted()
  return undefined
}

/** Stops all children in reverse order, then ends the supervisor with `reason`. */
export function* stopAll(sup: Supervision, reason: ExitReason): Procedure {
  sup.ending = true
  yield* giveUpStart(sup)
  yield* stopEach(sup, sup.children.inStartOrder())
  return reason
}

/** Restarts a child, and by the strategy others with it. `counts`: against the budget. */
export function* restart(sup: Supervision, child: Child, counts: boolean): Procedure {
  const { children, budget, host } = sup
  if (counts && !budget.spend(host.nowMs())) {
    host.report('gaveUp', child.spec.id)
    return yield* stopAll(sup, 'shutdown')
  }
  const group = children.group(sup.spec.strategy, child)
  yield* stopEach(sup, group)
  for (const member of group) {
    if (!children.has(member)) continue // it was temporary
    const failure = yield* start(sup, member)
    if (failure !== undefined) {
      putOff(sup, member, sup.deaths.counts(failure.thread, failure.reason))
      return undefined
    }
    host.report('restarted', member.spec.id)
  }
  return undefined
}

/**
 * As `restart`, after the child's backoff. What restarts with it is stopped at once: it must not run without
 * it.
 */
export function* restartLater(sup: Supervision, child: Child, counts: boolean): Procedure {
  yield* stopEach(sup, sup.children.group(sup.spec.strategy, child))
  putOff(sup, child, counts)
  return undefined
}

/** Starts a child; returns why it did not start. */
export function* start(sup: Supervision, child: Child): Steps<StartFailure | undefined> {
  const { spec } = child
  const starting: Starting = { child, ref: undefined }
  sup.starting = starting
  starting.ref = sup.host.start(spec, spec.arg, spec.placement, starting)
  return settleStart(sup, child, yield { start: starting })
}

/** Stops a child: gives it its time, then kills it. */
export function* stop(sup: Supervision, child: Child): Steps<void> {
  const ref = runningRef(child)
  if (ref !== undefined) {
    const reason = child.ended ?? (yield* end(sup, child, ref))
    if (!isNormalExit(reason) && reason !== 'killed') sup.host.report('childExited', child.spec.id, reason)
  }
  sup.children.gone(child)
}

function* stopEach(sup: Supervision, children: readonly Child[]): Steps<void> {
  for (let last = children.length - 1; last >= 0; last--) {
    const child = children[last] as Child
    // Most often the one that has just ended, and so nothing to wait for.
    if (runningRef(child) === undefined) sup.children.gone(child)
    else yield* stop(sup, child)
  }
}

function* end({ host }: Supervision, { spec }: Child, ref: AnyRef): Steps<ExitReason> {
  const { id, shutdownMs } = spec
  host.stop(ref, shutdownMs === 0 ? 'kill' : 'shutdown')
  const bounded = shutdownMs > 0 && shutdownMs !== Infinity
  const timer = bounded ? host.tellSelfAfter(shutdownMs, { type: 'stopTimeout', ref }) : undefined
  try {
    for (;;) {
      const event = yield { end: ref }
      if (event.type === 'exit' || event.type === 'down') return event.reason
      host.report('killedAfterTimeout', id)
      host.stop(ref, 'kill')
    }
  } finally {
    timer?.cancel()
  }
}

/**
 * A child that is being started when the supervisor has to end is not waited for. It may be there all the
 * same, and is stopped then.
 */
function* giveUpStart(sup: Supervision): Steps<void> {
  const { starting } = sup
  if (starting === undefined) return
  sup.host.abortStart(starting.ref)
  settleStart(sup, starting.child, yield { start: starting })
}

function settleStart(sup: Supervision, child: Child, event: Event): StartFailure | undefined {
  const { started, thread } = event as Extract<Event, { type: 'started' }>
  sup.starting = undefined
  if (!started.ok) {
    sup.host.report('startFailed', child.spec.id, started.reason)
    return { reason: started.reason, thread }
  }
  sup.children.add(child)
  sup.children.place(child, started.ref)
  child.startedAtMs = sup.host.nowMs()
  return undefined
}

/** Lets other messages have their turn, and the backoff its time, before a restart is tried. */
function putOff({ children, host }: Supervision, child: Child, counts: boolean): void {
  const { backoff } = child.spec
  const place = new Restarting(child, counts)
  children.place(child, place)
  if (backoff === undefined) return host.tellSelf({ type: 'tryAgain', place })
  place.timer = host.tellSelfAfter(backoffMs(backoff, child.failures++, host.random()), {
    type: 'tryAgain',
    place,
  })
}
