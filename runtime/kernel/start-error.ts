/**
 * startError: the error of whoever asked for an actor that did not start.
 */

import { RuntimeError } from '../actor/errors.ts'
import { describeExit, type ExitReason, fromErrorData, isErrorData } from '../actor/exit-reason.ts'

/**
 * A refusal by the runtime itself keeps its own code; a failed `init` is the cause of a `CHILD_START_FAILED`.
 */
export function startError(actor: string, reason: ExitReason): RuntimeError {
  const cause = isErrorData(reason) ? fromErrorData(reason) : undefined
  if (cause instanceof RuntimeError) return cause
  return new RuntimeError('CHILD_START_FAILED', `Cannot start ${actor}: ${describeExit(reason)}`, {
    context: { actor, reason: describeExit(reason) },
    cause,
  })
}
