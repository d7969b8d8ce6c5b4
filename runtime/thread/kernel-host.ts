/**
 * KernelHost: a kernel on a real thread, with its rings and its pump. The main thread and every scheduler
 * thread have one.
 */

import type { Work } from '../actor/context.ts'
import type { AnyDefinition } from '../actor/definition.ts'
import { ACTIVITY_LAST_INCARNATION } from '../kernel/activity-cells.ts'
import type { RuntimeEvent } from '../kernel/events.ts'
import { Kernel } from '../kernel/kernel.ts'
import { Pump } from './pump.ts'
import { RingTransport } from './ring-transport.ts'
import type { SharedMemory } from './shared-memory.ts'

/** Bound once: the global `performance` is an accessor, which costs more to get than the clock does to read. */
const monotonic = performance.now.bind(performance)

export interface KernelHostOptions {
  readonly thread: number
  readonly memory: SharedMemory
  readonly generations: readonly number[]
  readonly gone: readonly number[]
  readonly definitions: ReadonlyMap<string, AnyDefinition>
  readonly work: (work: Work<unknown, unknown>, input: unknown) => Promise<unknown>
  /** Events of this thread and, on the main thread, of all others. */
  readonly onEvent: (event: RuntimeEvent, transport: RingTransport) => void
}

export interface KernelHost {
  readonly kernel: Kernel
  readonly transport: RingTransport
  readonly pump: Pump
}

export function hostKernel(options: KernelHostOptions): KernelHost {
  const { thread, memory, generations, gone, definitions, work, onEvent } = options
  const wake = (): void => pump.wake()
  const report = (event: RuntimeEvent): void => onEvent(event, transport)
  const transport = new RingTransport({ thread, memory, generations, gone, onWaiting: wake, onEvent: report })
  const activity = transport.control.takeOver()
  const clock = { now: Date.now, monotonic }
  const ports = { clock, random: Math.random, transport, wake, work, report, activity }
  const lastIncarnation = activity.cells[ACTIVITY_LAST_INCARNATION] as number
  const kernel = new Kernel(ports, { thread, definitions, lastIncarnation })
  const pump = new Pump(kernel, transport)
  transport.connect(kernel)
  pump.wake()
  return { kernel, transport, pump }
}
