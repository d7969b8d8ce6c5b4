/**
 * NodeOptions: what `startNode` takes, checked before anything starts.
 */

import { availableParallelism } from 'node:os'
import type { ActorDefinition, AnyDefinition } from '../actor/definition.ts'
import { RuntimeError } from '../actor/errors.ts'
import type { RuntimeEvent } from '../kernel/events.ts'

export interface NodeOptions {
  /** The actor at the top, usually a supervisor; runs on the main thread. */
  readonly root?: ActorDefinition<never, never, never> | AnyDefinition
  /** What the root's `init` gets. */
  readonly rootArg?: unknown
  /**
   * Scheduler threads. 0: everything runs on the main thread. Default: the number of cores less one, at least
   * 1.
   */
  readonly threads?: number
  /**
   * `file:` URLs of the modules whose exported actor definitions every thread knows by name. Default: none.
   */
  readonly modules?: readonly string[]
  /** A thread that makes no progress for so long is replaced. From 100 to 3,600,000 ms. Default: 5,000. */
  readonly stuckMs?: number
  /** A thread whose heap and Buffers grow beyond this is replaced. From 32 to 65,536 MiB. Default: 512. */
  readonly heapLimitMb?: number
  /**
   * Size of each ring: a power of two from 4 KiB to 64 MiB. A message takes at most half of one. Default: 1
   * MiB.
   */
  readonly ringBytes?: number
  /** Told of crashes, restarts and lost threads. Must not throw. */
  readonly onEvent?: (event: RuntimeEvent) => void
  /** Threads of the dirty pool, started when first needed. From 1 to 256. Default: 2. */
  readonly workThreads?: number
  /**
   * Work waiting for the pool, beyond which `ctx.work` fails with `WORK_LIMIT`. From 1 to 1,000,000. Default:
   * 1,000.
   */
  readonly workQueue?: number
  /**
   * Work that takes longer fails with `WORK_LIMIT` and its pool thread is replaced. From 1 to 86,400,000 ms.
   * Default: 60,000.
   */
  readonly workMs?: number
}

/** The same, complete. */
export type CheckedOptions = Required<Omit<NodeOptions, 'root'>> & {
  readonly root: AnyDefinition | undefined
}

const THREADS_MAX = 256
const MIB = 1_024 * 1_024

/** @throws RuntimeError `BAD_OPTION` that names the option, its value and what is allowed. */
export function checkOptions(options: NodeOptions): CheckedOptions {
  const checked: CheckedOptions = {
    root: options.root as AnyDefinition | undefined,
    rootArg: options.rootArg,
    threads: options.threads ?? Math.max(1, availableParallelism() - 1),
    modules: options.modules ?? [],
    stuckMs: options.stuckMs ?? 5_000,
    heapLimitMb: options.heapLimitMb ?? 512,
    ringBytes: options.ringBytes ?? MIB,
    onEvent: options.onEvent ?? (() => {}),
    workThreads: options.workThreads ?? 2,
    workQueue: options.workQueue ?? 1_000,
    workMs: options.workMs ?? 60_000,
  }
  requireWhole(checked, 'threads', 0, THREADS_MAX)
  requireWhole(checked, 'stuckMs', 100, 3_600_000)
  requireWhole(checked, 'heapLimitMb', 32, 65_536)
  requireWhole(checked, 'ringBytes', 4_096, 64 * MIB)
  requireWhole(checked, 'workThreads', 1, 256)
  requireWhole(checked, 'workQueue', 1, 1_000_000)
  requireWhole(checked, 'workMs', 1, 86_400_000)
  if ((checked.ringBytes & (checked.ringBytes - 1)) !== 0) {
    throw badOption('ringBytes', checked.ringBytes, 'a power of two')
  }
  if (typeof checked.onEvent !== 'function') throw badOption('onEvent', typeof checked.onEvent, 'a function')
  for (const module of checked.modules) requireUrl(module)
  return checked
}

function requireWhole(options: CheckedOptions, name: keyof CheckedOptions, min: number, max: number): void {
  const value = options[name]
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return
  throw badOption(name, value, `a whole number from ${min} to ${max}`)
}

function requireUrl(module: unknown): void {
  if (typeof module === 'string' && URL.canParse(module) && /^(file|data):/.test(module)) return
  throw badOption('modules', module, 'absolute file: URLs, such as import.meta.resolve() returns')
}

function badOption(option: string, value: unknown, allowed: string): RuntimeError {
  const shown = typeof value === 'number' ? value : String(value)
  return new RuntimeError('BAD_OPTION', `Cannot start a node: ${option} must be ${allowed}, is ${shown}`, {
    context: { option, value: shown },
  })
}
