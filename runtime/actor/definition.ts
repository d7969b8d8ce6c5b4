/**
 * defineActor: what an actor is, as data. The definition is checked when it is made, so a wrong one never
 * starts.
 */

import type { Context } from './context.ts'
import { RuntimeError } from './errors.ts'
import type { ExitReason } from './exit-reason.ts'
import type { AnyRef } from './ref.ts'

/** What a full mailbox does: answer the sender, drop the oldest message, or end the actor. */
export type OnFull = 'refuse' | 'dropOldest' | 'close'

/** Returned by a handler to end its actor. */
export class Stop {
  readonly reason: ExitReason
  constructor(reason: ExitReason) {
    this.reason = reason
  }
}

const STOP_NORMAL = new Stop('normal')

/** Ends the actor after this message. The default reason is `'normal'`. */
export function stop(reason: ExitReason = 'normal'): Stop {
  return reason === 'normal' ? STOP_NORMAL : new Stop(reason)
}

/**
 * What a handler may return: nothing to go on, `stop(reason)` to end, or a promise of either, which suspends
 * the mailbox.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement is the common case
export type Next = void | undefined | Stop | Promise<void | undefined | Stop>

/** Tells a sender that messages it had handed over were refused by a mailbox on another thread. */
export interface Refused {
  readonly to: AnyRef
  /** How many messages, since the last report about this receiver. */
  readonly count: number
}

/** What any operator may know of an actor's state: names and numbers, never content. */
export type About = Readonly<Record<string, string | number | boolean>>

/** What `defineActor` takes. `State` belongs to the actor alone and may be changed in place. */
export interface ActorSpec<State, Msg, Arg> {
  /** The type's name: unique among the modules of a node, shown to operators. */
  readonly name: string
  /** The bound of the mailbox and what happens beyond it. Default: 10,000, `'refuse'`. */
  readonly mailbox?: { readonly limit?: number; readonly onFull?: OnFull }
  /** Turns exit signals into `{ type: 'exit', ref, reason }` messages. Default: false. */
  readonly trapExit?: boolean
  /** Makes the first state. A throw, or `stop(reason)`, means that the actor did not start. */
  init(arg: Arg, ctx: Context<Msg>): State | Stop | Promise<State | Stop>
  /** Handles one message. A throw is a crash. */
  handle(state: State, msg: Msg, ctx: Context<Msg>): Next
  /** Runs once at every end but a kill. A throw replaces the exit reason. */
  terminate?(state: State, reason: ExitReason, ctx: Context<Msg>): void | Promise<void>
  /** Told about messages that a mailbox on another thread refused after `send` had accepted them. */
  refused?(state: State, refused: Refused, ctx: Context<Msg>): void
  /**
   * What any operator may know of its state. `part` names one thing of many, such as a key; without it, of all. Asked
   * between turns, also while the mailbox is full: it must take microseconds and change nothing.
   */
  about?(state: State, part: string | undefined): About
}

/** A checked actor type, ready to be spawned. Made by `defineActor` and `supervisor`. */
export class ActorDefinition<State, Msg, Arg> {
  readonly name: string
  readonly mailboxLimit: number
  readonly onFull: OnFull
  readonly trapExit: boolean
  /** `'supervisor'` for supervisors, which default to an unlimited time to stop. */
  readonly kind: 'actor' | 'supervisor'
  readonly init: ActorSpec<State, Msg, Arg>['init']
  readonly handle: ActorSpec<State, Msg, Arg>['handle']
  readonly terminate: ActorSpec<State, Msg, Arg>['terminate'] | undefined
  readonly refused: ActorSpec<State, Msg, Arg>['refused'] | undefined
  readonly about: ActorSpec<State, Msg, Arg>['about'] | undefined

  constructor(spec: ActorSpec<State, Msg, Arg>, kind: 'actor' | 'supervisor' = 'actor') {
    this.name = spec.name
    this.mailboxLimit = spec.mailbox?.limit ?? MAILBOX_LIMIT_DEFAULT
    this.onFull = spec.mailbox?.onFull ?? 'refuse'
    this.trapExit = spec.trapExit ?? false
    this.kind = kind
    this.init = spec.init
    this.handle = spec.handle
    this.terminate = spec.terminate
    this.refused = spec.refused
    this.about = spec.about
  }
}

/** Any definition: what a table of actor types or a child spec holds. */
export type AnyDefinition = ActorDefinition<unknown, never, never>

const MAILBOX_LIMIT_DEFAULT = 10_000
const MAILBOX_LIMIT_MAX = 2 ** 24
const NAME_LENGTH_MAX = 100
const POLICIES: readonly OnFull[] = ['refuse', 'dropOldest', 'close']

/**
 * Defines an actor type. Message and argument types are inferred by whoever spawns it and sends to it.
 *
 * @throws RuntimeError `BAD_DEFINITION` for a missing name or handler, one of the wrong type, a bound that is
 * no whole number from 1 to 2^24, an unknown policy.
 */
export function defineActor<State, Msg, Arg = void>(
  spec: ActorSpec<State, Msg, Arg>,
): ActorDefinition<State, Msg, Arg> {
  const problem = problemOf(spec)
  if (problem !== undefined) {
    throw new RuntimeError('BAD_DEFINITION', `Cannot define actor '${spec.name}': ${problem}`, {
      context: { actor: String(spec.name) },
    })
  }
  return new ActorDefinition(spec)
}

function problemOf(spec: ActorSpec<unknown, never, never>): string | undefined {
  const { name, mailbox, trapExit, init, handle, terminate, refused, about } = spec
  if (typeof name !== 'string' || name === '' || name.length > NAME_LENGTH_MAX) {
    return `name must be a string of 1 to ${NAME_LENGTH_MAX} characters`
  }
  if (typeof init !== 'function') return 'init must be a function'
  if (typeof handle !== 'function') return 'handle must be a function'
  if (terminate !== undefined && typeof terminate !== 'function') return 'terminate must be a function'
  if (refused !== undefined && typeof refused !== 'function') return 'refused must be a function'
  if (about !== undefined && typeof about !== 'function') return 'about must be a function'
  if (trapExit !== undefined && typeof trapExit !== 'boolean')
    return `trapExit must be a boolean, is ${String(trapExit)}`
  const limit = mailbox?.limit ?? MAILBOX_LIMIT_DEFAULT
  if (!Number.isInteger(limit) || limit < 1 || limit > MAILBOX_LIMIT_MAX) {
    return `mailbox.limit must be a whole number from 1 to ${MAILBOX_LIMIT_MAX}, is ${limit}`
  }
  const onFull = mailbox?.onFull ?? 'refuse'
  if (!POLICIES.includes(onFull))
    return `mailbox.onFull must be one of ${POLICIES.join(', ')}, is ${String(onFull)}`
  return undefined
}
