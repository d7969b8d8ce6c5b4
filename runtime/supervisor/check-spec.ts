/**
 * Checks of specs: what is wrong with one, before anything starts. Types say most of it; specs are also made
 * from configuration.
 */

import { ActorDefinition } from '../actor/definition.ts'
import type { Placement } from '../actor/messages.ts'
import { TIMER_DELAY_MAX } from '../kernel/timer-wheel.ts'
import type { Problem } from './child-errors.ts'
import type { Backoff, ChildSpec, ChildTemplate } from './child-spec.ts'
import { type AnySpec, type DynamicSpec, isDynamic, type StaticSpec } from './supervisor-spec.ts'

const STRATEGIES = ['oneForOne', 'oneForAll', 'restForOne']
const RESTARTS = ['permanent', 'transient', 'temporary']
const AUTO_SHUTDOWNS = ['never', 'anySignificant', 'allSignificant']
const NAME_LENGTH_MAX = 100
const COUNT_MAX = 2 ** 31 - 1

/** The first problem of a supervisor's spec. */
export function problemOfSpec(name: unknown, spec: AnySpec): Problem | undefined {
  if (typeof name !== 'string' || name === '' || name.length > NAME_LENGTH_MAX) {
    return { field: 'name', fact: `must be a string of 1 to ${NAME_LENGTH_MAX} characters` }
  }
  const { strategy, intensity, autoShutdown = 'never' } = spec
  return (
    oneOf('strategy', strategy, STRATEGIES) ??
    oneOf('autoShutdown', autoShutdown, AUTO_SHUTDOWNS) ??
    (intensity === undefined ? undefined : count('intensity.restarts', intensity?.restarts, 0, COUNT_MAX)) ??
    (intensity === undefined ? undefined : count('intensity.periodMs', intensity?.periodMs, 1, COUNT_MAX)) ??
    (isDynamic(spec) ? problemOfDynamic(spec) : problemOfChildren(spec))
  )
}

/** The first problem of a child's spec. */
export function problemOfChild(spec: ChildSpec, autoShutdown: AnySpec['autoShutdown']): Problem | undefined {
  if (!isObject(spec)) return { field: 'children', fact: 'must be child specs, made by child' }
  const { id, name } = spec
  if (typeof id !== 'string' || id === '') return { field: 'id', fact: 'must be a string that is not empty' }
  const problem =
    name !== undefined && (typeof name !== 'string' || name === '')
      ? { field: 'name', fact: 'must be a string that is not empty' }
      : problemOfTemplate(spec, autoShutdown)
  return problem === undefined ? undefined : { ...problem, child: id }
}

function problemOfChildren({ children, autoShutdown }: StaticSpec): Problem | undefined {
  if (!Array.isArray(children))
    return { field: 'children', fact: 'must be a list of child specs, made by child' }
  const ids = new Set<string>()
  for (const spec of children) {
    const problem = problemOfChild(spec, autoShutdown)
    if (problem !== undefined) return problem
    if (ids.has(spec.id)) return { field: 'id', fact: 'is the id of another child as well', child: spec.id }
    ids.add(spec.id)
  }
  return undefined
}

function problemOfDynamic(spec: DynamicSpec<never, never>): Problem | undefined {
  const { strategy, template, maxChildren, spread } = spec
  if ('children' in spec) return { field: 'children', fact: 'cannot be given together with template' }
  if (strategy !== 'oneForOne')
    return { field: 'strategy', fact: `must be oneForOne with a template, is ${strategy}` }
  if (spread !== undefined && typeof spread !== 'boolean')
    return { field: 'spread', fact: 'must be true or false' }
  if (!isObject(template)) return { field: 'template', fact: 'must be made by childTemplate' }
  if (spread === true && template.placement !== 'here') {
    return { field: 'placement', fact: 'cannot be given together with spread' }
  }
  return (
    (maxChildren === undefined ? undefined : count('maxChildren', maxChildren, 1, COUNT_MAX)) ??
    problemOfTemplate(template, spec.autoShutdown)
  )
}

function problemOfTemplate(spec: ChildTemplate, autoShutdown: AnySpec['autoShutdown']): Problem | undefined {
  if (!(spec.definition instanceof ActorDefinition)) {
    return { field: 'definition', fact: 'must be made by defineActor or supervisor' }
  }
  return (
    oneOf('restart', spec.restart, RESTARTS) ??
    (spec.shutdownMs === Infinity ? undefined : count('shutdownMs', spec.shutdownMs, 0, TIMER_DELAY_MAX)) ??
    problemOfSignificant(spec, autoShutdown) ??
    problemOfBackoff(spec) ??
    problemOfPlacement(spec.placement)
  )
}

function problemOfSignificant(
  spec: ChildTemplate,
  autoShutdown: AnySpec['autoShutdown'],
): Problem | undefined {
  const { significant, restart } = spec
  if (typeof significant !== 'boolean') return { field: 'significant', fact: 'must be true or false' }
  if (!significant) return undefined
  if (restart === 'permanent') {
    return {
      field: 'significant',
      fact: 'cannot be true with restart permanent: such a child never ends for good',
    }
  }
  if (autoShutdown === undefined || autoShutdown === 'never') {
    return { field: 'significant', fact: 'cannot be true with autoShutdown never' }
  }
  return undefined
}

function problemOfBackoff({ backoff, restart }: ChildTemplate): Problem | undefined {
  if (backoff === undefined) return undefined
  if (restart === 'temporary') return { field: 'backoff', fact: 'cannot be given with restart temporary' }
  const { minMs, maxMs, factor = 1, jitter = true }: Partial<Backoff> = backoff ?? {}
  if (!Number.isFinite(factor) || factor < 1)
    return { field: 'backoff.factor', fact: `must be at least 1, is ${factor}` }
  if (typeof jitter !== 'boolean') return { field: 'backoff.jitter', fact: 'must be true or false' }
  return (
    count('backoff.minMs', minMs, 1, TIMER_DELAY_MAX) ??
    count('backoff.maxMs', maxMs, minMs ?? 1, TIMER_DELAY_MAX)
  )
}

function problemOfPlacement(placement: Placement): Problem | undefined {
  if (placement === 'here') return undefined
  const { thread, key }: { thread?: unknown; key?: unknown } = Object(placement)
  if (typeof key === 'string' && key !== '' && thread === undefined) return undefined
  if (key === undefined && thread !== undefined) return count('placement.thread', thread, 0, COUNT_MAX)
  return { field: 'placement', fact: "must be 'here', { thread } or { key } with a key that is not empty" }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

function oneOf(field: string, value: unknown, known: readonly string[]): Problem | undefined {
  if (typeof value === 'string' && known.includes(value)) return undefined
  return { field, fact: `must be one of ${known.join(', ')}, is ${String(value)}` }
}

function count(field: string, value: unknown, min: number, max: number): Problem | undefined {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return undefined
  return { field, fact: `must be a whole number from ${min} to ${max}, is ${String(value)}` }
}
