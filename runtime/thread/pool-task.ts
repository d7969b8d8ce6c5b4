/**
 * The entry of a pool thread: calls one function of one module, and hands what it throws back as plain data.
 */

import { RuntimeError } from '../actor/errors.ts'
import { type ErrorData, toErrorData } from '../actor/exit-reason.ts'

export interface PoolTask {
  readonly module: string
  readonly export: string
  readonly input: unknown
}

export type PoolOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ErrorData }

export default async function runPoolTask(task: PoolTask): Promise<PoolOutcome> {
  try {
    const exported = ((await import(task.module)) as Record<string, unknown>)[task.export]
    if (typeof exported !== 'function') throw noSuchFunction(task)
    return { ok: true, value: await exported(task.input) }
  } catch (error) {
    return { ok: false, error: toErrorData(error) }
  }
}

function noSuchFunction(task: PoolTask): RuntimeError {
  return new RuntimeError(
    'BAD_OPTION',
    `Cannot run ${task.export}: ${task.module} exports no such function`,
    {
      context: { module: task.module, export: task.export },
    },
  )
}
