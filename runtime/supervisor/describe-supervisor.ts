/**
 * describeSupervisor: a supervisor as the inspector shows it. Cost: in proportion to the children named, and
 * to the specs of a static one.
 */

import type { AutoShutdown } from './decisions.ts'
import type { ChildCounts, ChildInfo } from './messages.ts'
import type { Intensity } from './restart-budget.ts'
import { StaticSupervisor } from './static-supervisor.ts'
import type { SupervisorState } from './supervisor.ts'
import type { Strategy } from './supervisor-spec.ts'

export interface SupervisorInfo {
  readonly form: 'static' | 'dynamic'
  readonly strategy: Strategy
  readonly intensity: Intensity
  readonly autoShutdown: AutoShutdown
  /** Restarts that count against the intensity now. */
  readonly restarts: number
  readonly counts: ChildCounts
  /** The first of them; static children in start order. */
  readonly children: readonly ChildInfo[]
}

/** At most `childrenMax` of the children are named. */
export function describeSupervisor(
  state: SupervisorState,
  childrenMax = Number.POSITIVE_INFINITY,
): SupervisorInfo {
  const { spec, budget, host } = state
  const { strategy, intensity, autoShutdown } = spec
  return {
    form: state instanceof StaticSupervisor ? 'static' : 'dynamic',
    strategy,
    intensity,
    autoShutdown,
    restarts: budget.spent(host.nowMs()),
    counts: state.children.counts(),
    children: state.children.info(childrenMax),
  }
}
