/**
 * trees: short names for supervision trees and what happens to them, so that a scenario fits a few lines.
 */

import type { ChildSpec, End, SupervisorSpec, TreeRequest, TreeScenario, TreeStep } from './scenario.ts'

export const STRATEGIES = ['oneForOne', 'oneForAll', 'restForOne'] as const
export const RESTARTS = ['permanent', 'transient', 'temporary'] as const
export const ENDS: readonly End[] = ['normal', 'shutdown', 'shutdownX', 'crash', 'kill']

/** Never reached, on either side, by scenarios that are about something else. */
const PERIOD_MS_LONG = 3_600_000
const SHUTDOWN_MS_LONG = 2_000

type Options<Spec> = Partial<Omit<Spec, 'id' | 'children' | 'supervisor'>>

export function worker(id: string, options: Options<ChildSpec> = {}): ChildSpec {
  return { restart: 'permanent', shutdownMs: SHUTDOWN_MS_LONG, ...options, id }
}

export function workers(ids: string, options: Options<ChildSpec> = {}): ChildSpec[] {
  return ids.split(' ').map((id) => worker(id, options))
}

export function supervising(
  children: readonly ChildSpec[],
  options: Options<SupervisorSpec> = {},
): SupervisorSpec {
  return { strategy: 'oneForOne', restarts: 100, periodMs: PERIOD_MS_LONG, ...options, children }
}

/** A supervisor as a child. */
export function nested(
  id: string,
  children: readonly ChildSpec[],
  options: Options<SupervisorSpec> = {},
  childOptions: Options<ChildSpec> = {},
): ChildSpec {
  return {
    restart: 'permanent',
    shutdownMs: Infinity,
    ...childOptions,
    id,
    supervisor: supervising(children, options),
  }
}

export const end = (id: string, how: End): TreeStep => ({ do: 'end', id, how })
export const endTogether = (ids: string, how: End, ...requests: TreeRequest[]): TreeStep => ({
  do: 'endTogether',
  ids: ids.split(' '),
  how,
  requests,
})
export const start = (child: ChildSpec, supervisor = 'top'): TreeRequest => ({
  do: 'startChild',
  supervisor,
  child,
})
export const startDynamic = (id: string, supervisor = 'top'): TreeRequest => ({
  do: 'startChild',
  supervisor,
  fromTemplate: id,
})
export const terminateDynamic = (id: string, supervisor = 'top'): TreeRequest => ({
  do: 'terminateChild',
  supervisor,
  fromTemplate: id,
})
export const terminate = (id: string, supervisor = 'top'): TreeRequest => ({
  do: 'terminateChild',
  supervisor,
  id,
})
export const restart = (id: string, supervisor = 'top'): TreeRequest => ({
  do: 'restartChild',
  supervisor,
  id,
})
export const remove = (id: string, supervisor = 'top'): TreeRequest => ({ do: 'deleteChild', supervisor, id })
export const wait = (ms: number): TreeStep => ({ do: 'wait', ms })
export const stopTree: TreeStep = { do: 'stop' }

export function tree(title: string, spec: SupervisorSpec, ...steps: TreeStep[]): TreeScenario {
  return { kind: 'tree', title, tree: { ...spec, id: 'top' }, steps }
}
