/**
 * Context: everything an actor may do to the world. Its clock, randomness, timers, messages and slow work all
 * come from here, so the same actor runs on real threads and in simulation.
 *
 * A context belongs to one actor and ends with it: afterwards every call on it throws `ACTOR_GONE`.
 */

import type { ActorDefinition } from './definition.ts'
import type { ExitReason } from './exit-reason.ts'
import type { Placement, ReplyOf, ReplyTo, RequestTo } from './messages.ts'
import type { AnyRef, Ref } from './ref.ts'
import type { ServiceKey } from './service.ts'

/** Why a `send` was not accepted. A value, not an exception: under overload it is the common case. */
export interface Refusal {
  readonly code:
    | 'ACTOR_GONE'
    | 'MAILBOX_FULL'
    | 'RING_FULL'
    | 'MESSAGE_NOT_PORTABLE'
    | 'MESSAGE_TOO_LARGE'
    | 'UNKNOWN_NAME'
  readonly to: AnyRef | string
  /** The text for people: "Cannot send to <1.5.12> (room): its mailbox already holds 10000 messages". */
  readonly message: string
}

/** What became of slow work or of an `ask`. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Error }

export interface SpawnOptions {
  /** The new actor and this one share their end. Default: false. */
  readonly link?: boolean
  /** This actor gets a `down` when the new one ends. Default: false. */
  readonly monitor?: boolean
  /** Registers the actor before its `init`; a taken name fails the start with `NAME_TAKEN`. */
  readonly name?: string
}

export interface CallOptions {
  /** Default: 5,000. `Infinity` waits for ever. */
  readonly timeoutMs?: number
}

/** A handle to take a timer back. */
export interface Timer {
  /** False when it has fired or was cancelled before. */
  cancel(): boolean
}

/** A handle to take a monitor back. */
export interface Monitor {
  readonly ref: AnyRef
}

/** A function that the dirty pool runs: an export of a module, called with plain data. */
export interface Work<Input, Output> {
  /** Absolute `file:` URL of the module. */
  readonly module: string
  /** The name of the exported function. */
  readonly export: string
  /** Types only. */
  readonly signature?: (input: Input) => Output | Promise<Output>
}

export interface Context<Msg> {
  /** This actor's own address. */
  readonly self: Ref<Msg>
  /** The supervisor or actor that started this one; undefined for those the node itself started. */
  readonly parent: AnyRef | undefined
  /** The thread this actor runs on. */
  readonly thread: number

  /** Sends one message. Cost: about 50 ns within a thread. Returns why it was refused, or undefined. */
  send<M>(to: Ref<M>, message: NoInfer<M>): Refusal | undefined
  /** Sends to whoever holds the name at this moment, as this thread knows it. */
  sendTo(name: string, message: unknown): Refusal | undefined
  /**
   * Sends after `delayMs` (whole ms, at least 0), unless cancelled or this actor has ended. Costs no libuv
   * timer.
   */
  sendAfter<M>(delayMs: number, to: Ref<M>, message: NoInfer<M>): Timer

  /**
   * Sends a request and waits for its reply; must be awaited by the handler, whose mailbox waits meanwhile.
   * The request is a message of the callee's protocol that has a `replyTo`, written without it: `await
   * ctx.call(counter, { type: 'count' })`. Rejects with a RuntimeError: `CALL_TIMEOUT`, `ACTOR_GONE`,
   * `CALL_CYCLE`, or a refusal's code. Cost: about 0.5 us within a thread.
   */
  call<M, Type extends string>(
    to: Ref<M>,
    request: RequestTo<M> & { readonly type: Type },
    options?: CallOptions,
  ): Promise<ReplyOf<M, Type>>
  /**
   * As `call`, but the handler goes on at once and the outcome comes back as a message. @throws RuntimeError
   * `TASK_LIMIT`.
   */
  ask<M, Type extends string>(
    to: Ref<M>,
    request: RequestTo<M> & { readonly type: Type },
    toMessage: (outcome: Outcome<ReplyOf<M, Type>>) => Msg,
    options?: CallOptions,
  ): void
  /** Answers a call. The second answer, and one that comes too late, vanish. */
  reply<Reply>(replyTo: ReplyTo<Reply>, value: Reply): void
  /** Answers a call with an error, which the caller's `call` rejects with. */
  replyError(replyTo: ReplyTo<never>, error: Error): void

  /**
   * Starts slow work; its outcome comes back as a message. At most 10,000 tasks and asks are open for each
   * actor, else throws `TASK_LIMIT`.
   */
  task<T>(work: () => Promise<T>, toMessage: (outcome: Outcome<T>) => Msg): void
  /** Runs a function in the dirty pool: for anything that would hold the thread longer than 1 ms. */
  work<Input, Output>(
    work: Work<Input, Output>,
    input: Input,
    toMessage: (outcome: Outcome<Output>) => Msg,
  ): void

  /**
   * Starts an actor on this thread. Its `init` runs on its own first turn. @throws RuntimeError
   * `ACTOR_LIMIT`.
   */
  spawn<State, M, Arg>(definition: ActorDefinition<State, M, Arg>, arg: Arg, options?: SpawnOptions): Ref<M>
  /**
   * Starts an actor where the placement says and resolves when its `init` is done. Must be awaited like a
   * call.
   */
  spawnAt<State, M, Arg>(
    placement: Placement,
    definition: ActorDefinition<State, M, Arg>,
    arg: Arg,
    options?: SpawnOptions,
  ): Promise<Ref<M>>

  link(ref: AnyRef): void
  unlink(ref: AnyRef): void
  /** Delivers `{ type: 'down', ref, reason }` once, when the actor ends, or at once when it is dead. */
  monitor(ref: AnyRef): Monitor
  /** Takes a monitor back; not even a `down` already in the mailbox will arrive. */
  demonitor(monitor: Monitor): void
  /** Sends an exit signal: `'normal'` is ignored unless trapped, `'kill'` cannot be trapped. */
  exit(ref: AnyRef, reason: ExitReason): void

  /** Gives this actor a name in the whole node. Must be awaited. Rejects with `NAME_TAKEN`. */
  register(name: string): Promise<void>
  unregister(name: string): void
  /** Who holds the name, as this thread knows it. The message type is the caller's claim. */
  whereis<M = never>(name: string): Ref<M> | undefined
  /** Enters a process group. Entering twice counts twice, as in pg. */
  join(group: string): void
  leave(group: string): void
  /** The members on all threads, as this thread knows them. */
  members<M = never>(group: string): readonly Ref<M>[]

  /**
   * What the thread provides under the key, such as a store. Cost: one look-up. @throws RuntimeError
   * `NO_SERVICE`.
   */
  service<T>(key: ServiceKey<T>): T
  /**
   * Provides a value to all actors of this thread, in place of an earlier one. It stays when this actor ends:
   * whoever provides something that must be closed takes it back by `undefined` in `terminate`.
   */
  provide<T>(key: ServiceKey<T>, value: T | undefined): void

  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds on a clock that never steps back. */
  monotonic(): number
  /** From 0 up to 1, from the node's seed in simulation. */
  random(): number
}
