/**
 * What the end of a child means, as OTP 25 decides it. Pure.
 */

import { type ExitReason, isNormalExit } from '../actor/exit-reason.ts'
import type { Backoff, Restart } from './child-spec.ts'

/** Ends the supervisor when a significant child, or the last of them, has ended by itself. */
export type AutoShutdown = 'never' | 'anySignificant' | 'allSignificant'

const BACKOFF_FACTOR_DEFAULT = 2

/** Whether a child that ended by itself is started again. */
export function isRestarted(restart: Restart, reason: ExitReason): boolean {
  return restart === 'permanent' || (restart === 'transient' && !isNormalExit(reason))
}

/** Whether the end of a child is news to an operator. */
export function isReported(restart: Restart, reason: ExitReason): boolean {
  return restart === 'permanent' || !isNormalExit(reason)
}

/**
 * Whether the end of a child that is not restarted ends its supervisor. `significantLeft`: another
 * significant child is there.
 */
export function endsSupervisor(
  autoShutdown: AutoShutdown,
  significant: boolean,
  significantLeft: boolean,
): boolean {
  if (!significant || autoShutdown === 'never') return false
  return autoShutdown === 'anySignificant' || !significantLeft
}

/**
 * How long to wait before a restart, when `failures` others went before it in a row. `random` is from 0 up to
 * 1.
 */
export function backoffMs(backoff: Backoff, failures: number, random: number): number {
  const { minMs, maxMs, factor = BACKOFF_FACTOR_DEFAULT, jitter = true } = backoff
  const bound = Math.min(maxMs, minMs * factor ** failures)
  return Math.round(jitter ? minMs + (bound - minMs) * random : bound)
}
