/**
 * Supervisor specs: the two forms of a supervisor as data.
 *
 * The static form has children with ids, started in order. The dynamic form has one template, and children
 * that are started by request.
 */

import type { ChildSpec, ChildTemplate } from './child-spec.ts'
import type { AutoShutdown } from './decisions.ts'
import type { Intensity } from './restart-budget.ts'

/**
 * Which children restart when one has to: that one, all, or that one and those after it. Children are stopped
 * in reverse order first, and temporary ones are not started again.
 */
export type Strategy = 'oneForOne' | 'oneForAll' | 'restForOne'

interface CommonSpec {
  /** More restarts than this end the supervisor with `'shutdown'`. Default: 1 within 5,000 ms. */
  readonly intensity?: Intensity
  /** Default: `'never'`. */
  readonly autoShutdown?: AutoShutdown
}

export interface StaticSpec extends CommonSpec {
  readonly strategy: Strategy
  /** In start order. */
  readonly children: readonly ChildSpec[]
}

export interface DynamicSpec<Msg, Arg> extends CommonSpec {
  /** A dynamic supervisor has no other. */
  readonly strategy: 'oneForOne'
  readonly template: ChildTemplate<Msg, Arg>
  /** Default: 1,000,000. Beyond it a start is refused with `CHILD_LIMIT`. */
  readonly maxChildren?: number
  /** Places each child on the scheduler thread of its key, children without a key in turn. Default: false. */
  readonly spread?: boolean
}

export type AnySpec = StaticSpec | DynamicSpec<never, never>

/** A static spec, checked and complete. */
export type CheckedStaticSpec = Required<StaticSpec>

/** A dynamic spec, checked and complete. */
export type CheckedDynamicSpec = Required<DynamicSpec<never, never>>

const INTENSITY_DEFAULT: Intensity = { restarts: 1, periodMs: 5_000 }
const MAX_CHILDREN_DEFAULT = 1_000_000

export function isDynamic(spec: AnySpec): spec is DynamicSpec<never, never> {
  return 'template' in spec
}

export function completeStatic({
  strategy,
  children,
  intensity,
  autoShutdown,
}: StaticSpec): CheckedStaticSpec {
  return {
    strategy,
    children,
    intensity: intensity ?? INTENSITY_DEFAULT,
    autoShutdown: autoShutdown ?? 'never',
  }
}

export function completeDynamic(spec: DynamicSpec<never, never>): CheckedDynamicSpec {
  return {
    strategy: spec.strategy,
    template: spec.template,
    intensity: spec.intensity ?? INTENSITY_DEFAULT,
    autoShutdown: spec.autoShutdown ?? 'never',
    maxChildren: spec.maxChildren ?? MAX_CHILDREN_DEFAULT,
    spread: spec.spread ?? false,
  }
}
