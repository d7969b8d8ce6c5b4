/**
 * ActorContext: the one implementation of Context. It is the actor's cell: one object per actor saves 40
 * bytes and an allocation, and the type `Context` is what keeps an actor's code away from the rest.
 */

import type {
  CallOptions,
  Context,
  Monitor,
  Outcome,
  Refusal,
  SpawnOptions,
  Timer,
  Work,
} from '../actor/context.ts'
import type { ActorDefinition } from '../actor/definition.ts'
import { RuntimeError } from '../actor/errors.ts'
import type { ExitReason } from '../actor/exit-reason.ts'
import type { Placement, ReplyTo } from '../actor/messages.ts'
import type { AnyRef, Ref } from '../actor/ref.ts'
import type { ServiceKey } from '../actor/service.ts'
import { ActorTimer } from './actor-timer.ts'
import { Cell, DEAD } from './cell.ts'
import { startError } from './start-error.ts'
import { TIMER_DELAY_MAX } from './timer-wheel.ts'
import { Watch } from './watch.ts'

const CALL_TIMEOUT_MS_DEFAULT = 5_000
const TASKS_MAX = 10_000

export class ActorContext extends Cell implements Context<unknown> {
  /** For the runtime's own actors: the cell behind a context. */
  static cellOf(context: Context<never>): Cell {
    return context as unknown as ActorContext
  }

  get self(): Ref<unknown> {
    return this.ref as Ref<unknown>
  }

  get thread(): number {
    return this.ref.thread
  }

  send<M>(to: Ref<M>, message: M): Refusal | undefined {
    const cell = this.#alive()
    return cell.kernel.send(cell, to, message)
  }

  sendTo(name: string, message: unknown): Refusal | undefined {
    const cell = this.#alive()
    return cell.kernel.sendTo(cell, name, message)
  }

  sendAfter<M>(delayMs: number, to: Ref<M>, message: M): Timer {
    const { kernel } = this.#alive()
    requireDelay('delayMs', delayMs)
    const timer = new ActorTimer(this, to, message)
    kernel.timers.start(timer, kernel.monotonic(), delayMs)
    return timer
  }

  call(to: AnyRef, request: object, options?: CallOptions): Promise<never> {
    const cell = this.#alive()
    const timeoutMs = timeoutOf(options)
    const related = cell.related
    const { abandoned } = related
    cell.openCalls++
    return new Promise((resolve, reject) => {
      cell.kernel.calls.start(cell, true, to, request, timeoutMs, (outcome) => {
        // A handler that was given up, by a kill or a crash beside this call, never goes on.
        if (related.abandoned !== abandoned) return
        cell.openCalls--
        if (outcome.ok) resolve(outcome.value)
        else reject(outcome.error)
      })
    })
  }

  ask(
    to: AnyRef,
    request: object,
    toMessage: (outcome: Outcome<never>) => unknown,
    options?: CallOptions,
  ): void {
    const cell = this.#alive()
    const timeoutMs = timeoutOf(options)
    cell.kernel.calls.start(cell, false, to, request, timeoutMs, this.#open(toMessage))
  }

  reply<Reply>(replyTo: ReplyTo<Reply>, value: Reply): void {
    this.#alive().kernel.calls.reply(replyTo as ReplyTo<never>, { ok: true, value })
  }

  replyError(replyTo: ReplyTo<never>, error: Error): void {
    this.#alive().kernel.calls.reply(replyTo, { ok: false, error })
  }

  task<T>(work: () => Promise<T>, toMessage: (outcome: Outcome<T>) => unknown): void {
    const { kernel } = this.#alive()
    const settleOne = this.#open(toMessage)
    kernel.openPromises++
    const settle = (outcome: Outcome<T>): void => {
      kernel.openPromises--
      settleOne(outcome)
    }
    work().then(
      (value) => settle({ ok: true, value }),
      (error: unknown) =>
        settle({ ok: false, error: error instanceof Error ? error : new Error(String(error)) }),
    )
  }

  work<Input, Output>(
    work: Work<Input, Output>,
    input: Input,
    toMessage: (outcome: Outcome<Output>) => unknown,
  ): void {
    const { ports } = this.#alive().kernel
    this.task(() => ports.work(work as Work<unknown, unknown>, input) as Promise<Output>, toMessage)
  }

  spawn<State, M, Arg>(
    definition: ActorDefinition<State, M, Arg>,
    arg: Arg,
    options: SpawnOptions = {},
  ): Ref<M> {
    const cell = this.#alive()
    const child = cell.kernel.start(definition, arg, {
      parent: cell,
      link: options.link === true,
      name: options.name,
    })
    if (options.monitor === true) cell.kernel.exits.links.monitor(cell, child.ref)
    return child.ref as Ref<M>
  }

  spawnAt<State, M, Arg>(
    placement: Placement,
    definition: ActorDefinition<State, M, Arg>,
    arg: Arg,
    options: SpawnOptions = {},
  ): Promise<Ref<M>> {
    const cell = this.#alive()
    const { link = false, monitor = false, name } = options
    return new Promise((resolve, reject) => {
      cell.kernel.spawner.start(placement, definition, arg, { parent: cell, link, name }, (started) => {
        if (cell.status & DEAD) return
        if (!started.ok) return reject(startError(definition.name, started.reason))
        if (monitor) cell.kernel.exits.links.monitor(cell, started.ref)
        resolve(started.ref as Ref<M>)
      })
    })
  }

  link(ref: AnyRef): void {
    const cell = this.#alive()
    cell.kernel.exits.links.link(cell, ref, cell.kernel.exits)
  }

  unlink(ref: AnyRef): void {
    const cell = this.#alive()
    cell.kernel.exits.links.unlink(cell, ref)
  }

  monitor(ref: AnyRef): Monitor {
    const cell = this.#alive()
    return cell.kernel.exits.links.monitor(cell, ref)
  }

  demonitor(monitor: Monitor): void {
    const { kernel } = this.#alive()
    if (monitor instanceof Watch && monitor.watcher === this) kernel.exits.links.demonitor(monitor)
  }

  exit(ref: AnyRef, reason: ExitReason): void {
    const cell = this.#alive()
    cell.kernel.exits.signal(cell.ref, ref, reason, false)
  }

  register(name: string): Promise<void> {
    const cell = this.#alive()
    return new Promise((resolve, reject) => {
      cell.kernel.names.claim(cell, name, (failure) => {
        if (cell.status & DEAD) return
        if (failure === undefined) resolve()
        else reject(failure)
      })
    })
  }

  unregister(name: string): void {
    const cell = this.#alive()
    if (cell.name === name) cell.kernel.names.release(cell)
  }

  whereis<M = never>(name: string): Ref<M> | undefined {
    return this.#alive().kernel.names.whereis(name) as Ref<M> | undefined
  }

  join(group: string): void {
    const cell = this.#alive()
    cell.kernel.groups.join(cell, group)
  }

  leave(group: string): void {
    const cell = this.#alive()
    cell.kernel.groups.leave(cell, group)
  }

  members<M = never>(group: string): readonly Ref<M>[] {
    return this.#alive().kernel.groups.members(group) as readonly AnyRef[] as readonly Ref<M>[]
  }

  service<T>(key: ServiceKey<T>): T {
    const { kernel } = this.#alive()
    const value = kernel.services.get(key)
    if (value === undefined) throw noService(key.name, kernel.thread)
    return value as T
  }

  provide<T>(key: ServiceKey<T>, value: T | undefined): void {
    const { services } = this.#alive().kernel
    if (value === undefined) services.delete(key)
    else services.set(key, value)
  }

  now(): number {
    return this.kernel.ports.clock.now()
  }

  monotonic(): number {
    return this.kernel.monotonic()
  }

  random(): number {
    return this.kernel.ports.random()
  }

  /**
   * Counts something that was started; its outcome becomes a message of the actor to itself, which is never
   * refused.
   */
  #open<T>(toMessage: (outcome: Outcome<T>) => unknown): (outcome: Outcome<T>) => void {
    const cell = this.#alive()
    const { related } = cell
    if (related.openTasks >= TASKS_MAX) throw taskLimit(cell)
    related.openTasks++
    return (outcome) => {
      related.openTasks--
      if ((cell.status & DEAD) === 0) cell.kernel.comeBack(cell, () => toMessage(outcome))
    }
  }

  #alive(): Cell {
    if (this.status & DEAD) throw contextGone(this)
    return this
  }
}

function timeoutOf(options: CallOptions | undefined): number {
  const timeoutMs = options?.timeoutMs ?? CALL_TIMEOUT_MS_DEFAULT
  if (timeoutMs !== Infinity) requireDelay('timeoutMs', timeoutMs)
  return timeoutMs
}

function requireDelay(option: string, ms: number): void {
  if (ms >= 0 && ms <= TIMER_DELAY_MAX) return
  throw new RuntimeError(
    'BAD_OPTION',
    `Cannot start a timer: ${option} must be from 0 to ${TIMER_DELAY_MAX} ms, is ${ms}`,
    {
      context: { [option]: ms },
    },
  )
}

function contextGone(cell: Cell): RuntimeError {
  return new RuntimeError('ACTOR_GONE', `Cannot act for ${cell}: it has ended`, {
    context: { actor: cell.toString() },
  })
}

function noService(service: string, thread: number): RuntimeError {
  return new RuntimeError('NO_SERVICE', `Cannot use ${service}: nothing on thread ${thread} provides it`, {
    context: { service, thread },
  })
}

function taskLimit(cell: Cell): RuntimeError {
  return new RuntimeError(
    'TASK_LIMIT',
    `Cannot start slow work for ${cell}: ${TASKS_MAX} of its tasks are open`,
    {
      context: { actor: cell.toString(), limit: TASKS_MAX },
    },
  )
}
