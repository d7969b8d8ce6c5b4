/**
 * What supervisors are asked, as the requests of `ctx.call`:
 *
 *     const room = await ctx.call(rooms, { type: 'startChild', arg: roomId, key: roomId })
 *
 * An error comes back as a RuntimeError: `CHILD_EXISTS`, `CHILD_RUNNING`, `CHILD_NOT_FOUND`, `CHILD_LIMIT`,
 * `CHILD_START_FAILED` with the cause, `BAD_SPEC`, or `MAILBOX_FULL` when too many requests wait for a child.
 */

import type { ReplyTo } from '../actor/messages.ts'
import type { AnyRef, Ref } from '../actor/ref.ts'
import type { ChildSpec, Restart } from './child-spec.ts'

/** One child, as `whichChildren` and the inspector show it. */
export interface ChildInfo {
  /** The id, or the key of a dynamic child; undefined for one without a key. */
  readonly id: string | undefined
  /** Undefined when it has ended, or was stopped, and is not restarted by itself. */
  readonly ref: AnyRef | 'restarting' | undefined
  readonly kind: 'actor' | 'supervisor'
  readonly restart: Restart
}

export interface ChildCounts {
  /** Specs known: 1 for a dynamic supervisor. */
  readonly specs: number
  /** Children running now. */
  readonly active: number
  /** Children that are supervisors, running or not. */
  readonly supervisors: number
  /** Children that are not. */
  readonly actors: number
}

/**
 * Adds a child after all others and starts it. One that does not start is not kept. Not across threads: a
 * spec holds functions.
 */
interface StartChild {
  readonly type: 'startChild'
  readonly spec: ChildSpec
  readonly replyTo: ReplyTo<AnyRef>
}

/**
 * Starts a child from the template. When one with this key is there, or is being started, answers with that
 * one.
 */
export type StartFromTemplate<Arg, Msg> = {
  readonly type: 'startChild'
  readonly key?: string | undefined
  readonly replyTo: ReplyTo<Ref<Msg>>
} & (undefined extends Arg ? { readonly arg?: Arg } : { readonly arg: Arg })

/**
 * Stops a child, by id, or, of a dynamic supervisor, by ref or key. The spec stays, except a temporary
 * child's. The child has not ended by itself then: no restart and no auto-shutdown follow.
 */
interface TerminateChild {
  readonly type: 'terminateChild'
  readonly child: string | AnyRef
  readonly replyTo: ReplyTo<void>
}

/** Starts a child that has ended or was stopped. */
interface RestartChild {
  readonly type: 'restartChild'
  readonly id: string
  readonly replyTo: ReplyTo<AnyRef>
}

/** Forgets a child that has ended or was stopped. */
interface DeleteChild {
  readonly type: 'deleteChild'
  readonly id: string
  readonly replyTo: ReplyTo<void>
}

/** All children, those with ids in start order. */
interface WhichChildren {
  readonly type: 'whichChildren'
  readonly replyTo: ReplyTo<readonly ChildInfo[]>
}

interface CountChildren {
  readonly type: 'countChildren'
  readonly replyTo: ReplyTo<ChildCounts>
}

/** The child that runs under an id or key; undefined when none does at this moment. */
interface ChildOf<Msg> {
  readonly type: 'childOf'
  readonly id: string
  readonly replyTo: ReplyTo<Ref<Msg> | undefined>
}

/**
 * What a supervisor with children of its own understands. Which messages a child understands, its refs do not
 * tell.
 */
export type SupervisorMsg =
  | StartChild
  | TerminateChild
  | RestartChild
  | DeleteChild
  | WhichChildren
  | CountChildren
  | ChildOf<never>

/**
 * What a supervisor with a template understands. `Arg` is what a child is started with, `Msg` what it
 * understands.
 */
export type DynamicSupervisorMsg<Arg, Msg> =
  | StartFromTemplate<Arg, Msg>
  | TerminateChild
  | WhichChildren
  | CountChildren
  | ChildOf<Msg>

/** What may arrive at a supervisor of either form. */
export type AnyRequest = SupervisorMsg | StartFromTemplate<unknown, never>
