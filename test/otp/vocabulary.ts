/**
 * vocabulary: exit reasons and failures of this runtime in the words of a trace. Erlang's side:
 * `trace_log:reason/1`.
 */

import { type ExitReason, isErrorData, RuntimeError } from '../../runtime/actor/index.ts'
import type { Reason } from './scenario.ts'

/** The reason that a scenario means. */
export function reasonOf(word: Reason): ExitReason {
  return word === 'shutdownX' ? { shutdown: 'x' } : word
}

/** Erlang says what failed to start where we say that something did. */
const FAILED_TO_START = 'FAILED_TO_START_CHILD'

export function reasonText(reason: ExitReason): string {
  if (typeof reason === 'string') return reason
  if (isErrorData(reason)) return `crash:${reason.message}`
  const { shutdown } = reason
  if (typeof shutdown === 'string')
    return `{shutdown,${shutdown === FAILED_TO_START ? 'failedToStart' : shutdown}}`
  return `{shutdown,${shutdown.code === FAILED_TO_START ? 'failedToStart' : reasonText(shutdown)}}`
}

/** How a call failed: `timeout`, or `gone` with the callee's exit reason. */
export function callFailureText(error: unknown): string {
  if (!(error instanceof RuntimeError)) return String(error)
  if (error.code === 'CALL_TIMEOUT') return 'timeout'
  if (error.code !== 'ACTOR_GONE') return error.code
  return `gone ${String(error.context.reason)
    .replace(/^shutdown: (.*)$/, '{shutdown,$1}')
    .replace(/^Error: /, 'crash:')}`
}
