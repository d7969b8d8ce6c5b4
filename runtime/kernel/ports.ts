/**
 * Ports: everything a kernel needs from outside. A scheduler thread and the simulation each bring their own.
 */

import type { Refusal, Work } from '../actor/context.ts'
import type { AnyDefinition } from '../actor/definition.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { RuntimeEvent } from './events.ts'
import type { LabelListener } from './labels.ts'
import type { CallHeader, Signal } from './signals.ts'

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds on a clock that never steps back, with fractions. */
  monotonic(): number
}

/** The way to the kernels of other threads. */
export interface Transport {
  /** All other threads that run a kernel. */
  peers(): readonly number[]
  /** Threads that take actors placed by key, in a fixed order. */
  placement(): readonly number[]
  /** Hands over one message; returns why it was not accepted. */
  message(
    from: AnyRef | null,
    to: AnyRef,
    message: unknown,
    call: CallHeader | null,
  ): Refusal['code'] | undefined
  /**
   * Hands over a signal. Never refused: it waits for room, and messages to that thread are refused while it
   * waits.
   * @throws RuntimeError `MESSAGE_NOT_PORTABLE` when it holds a value that cannot cross.
   */
  signal(thread: number, signal: Signal): void
}

/**
 * Where the kernel writes what it is doing, for a watchdog on another thread. See `thread/control-block.ts`.
 */
export interface ActivityRecord {
  /** Integer cells at the offsets below; plain stores, read by others at any time. */
  readonly cells: Int32Array
  readonly onLabel: LabelListener
}

export interface KernelPorts {
  readonly clock: Clock
  /** From 0 up to 1. */
  random(): number
  readonly transport: Transport
  /** Asks the host to call `run` soon. Called when work appears while the kernel is not running. */
  wake(): void
  /** Runs a function in the dirty pool. */
  work(work: Work<unknown, unknown>, input: unknown): Promise<unknown>
  /** Crash reports and everything else that an operator may want to know. Must not throw. */
  report(event: RuntimeEvent): void
  readonly activity: ActivityRecord
}

export interface KernelOptions {
  /** This kernel's thread; 0 decides names. */
  readonly thread: number
  /** Actor types that other threads may start here, by name. */
  readonly definitions: ReadonlyMap<string, AnyDefinition>
  /** Live actors at the most. Default: 4,000,000. */
  readonly actorLimit?: number
  /** Messages one actor may take before the next one's turn. Default: 64. */
  readonly messagesPerTurn?: number
  /** The last incarnation that the kernel before this one gave out. Default: 0. */
  readonly lastIncarnation?: number
}
