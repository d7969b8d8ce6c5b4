/**
 * StaticChildren: the children of a supervisor of the static form, in start order, and where each stands.
 */

import type { Timer } from '../actor/context.ts'
import type { ExitReason } from '../actor/exit-reason.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { ChildSpec } from './child-spec.ts'
import type { ChildCounts, ChildInfo } from './messages.ts'
import type { Strategy } from './supervisor-spec.ts'

/**
 * A restart that was put off. Another object for each, so that a message about an earlier one is recognized.
 */
export class Restarting {
  readonly child: Child
  /** Whether the restart counts against the budget. */
  readonly counts: boolean
  timer: Timer | undefined

  constructor(child: Child, counts: boolean) {
    this.child = child
    this.counts = counts
  }
}

/** One child. */
export interface Child {
  readonly spec: ChildSpec
  /** Undefined when it has ended, or was stopped, and is not restarted by itself. */
  place: AnyRef | Restarting | undefined
  /** It has ended, and the news waits its turn. */
  ended: ExitReason | undefined
  startedAtMs: number
  /** Restarts in a row, for the backoff. */
  failures: number
}

export function runningRef({ place }: Child): AnyRef | undefined {
  return place instanceof Restarting ? undefined : place
}

export function stateOf({ place }: Child): 'running' | 'restarting' | 'stopped' {
  if (place === undefined) return 'stopped'
  return place instanceof Restarting ? 'restarting' : 'running'
}

export class StaticChildren {
  /** In start order: a Map keeps it, and forgets in O(1). */
  readonly #byId = new Map<string, Child>()
  readonly #byRef = new Map<AnyRef, Child>()

  constructor(specs: readonly ChildSpec[]) {
    for (const spec of specs) this.add(newChild(spec))
  }

  add(child: Child): void {
    this.#byId.set(child.spec.id, child)
  }

  get(id: string): Child | undefined {
    return this.#byId.get(id)
  }

  behind(ref: AnyRef): Child | undefined {
    return this.#byRef.get(ref)
  }

  has(child: Child): boolean {
    return this.#byId.get(child.spec.id) === child
  }

  inStartOrder(): Child[] {
    return [...this.#byId.values()]
  }

  /** Those that restart together with `child`, in start order. */
  group(strategy: Strategy, child: Child): Child[] {
    if (strategy === 'oneForOne') return [child]
    const all = this.inStartOrder()
    return strategy === 'oneForAll' ? all : all.slice(all.indexOf(child))
  }

  /** Another significant child is running or restarting. */
  significantLeft(): boolean {
    return this.inStartOrder().some(({ spec, place }) => spec.significant && place !== undefined)
  }

  place(child: Child, place: AnyRef | Restarting | undefined): void {
    const { place: before } = child
    if (before instanceof Restarting) before.timer?.cancel()
    else if (before !== undefined) this.#byRef.delete(before)
    child.place = place
    child.ended = undefined
    if (place !== undefined && !(place instanceof Restarting)) this.#byRef.set(place, child)
  }

  /** A child is gone and not restarted: a temporary one is forgotten, of others the spec stays. */
  gone(child: Child): void {
    this.place(child, undefined)
    if (child.spec.restart === 'temporary') this.forget(child)
  }

  forget(child: Child): void {
    this.#byId.delete(child.spec.id)
  }

  /** At most `max` of them, in start order. */
  info(max = Number.POSITIVE_INFINITY): ChildInfo[] {
    return this.inStartOrder()
      .slice(0, max)
      .map(({ spec, place }) => ({
        id: spec.id,
        ref: place instanceof Restarting ? 'restarting' : place,
        kind: spec.definition.kind,
        restart: spec.restart,
      }))
  }

  counts(): ChildCounts {
    const all = this.inStartOrder()
    const supervisors = all.filter(({ spec }) => spec.definition.kind === 'supervisor').length
    return { specs: all.length, active: this.#byRef.size, supervisors, actors: all.length - supervisors }
  }
}

export function newChild(spec: ChildSpec): Child {
  return { spec, place: undefined, ended: undefined, startedAtMs: 0, failures: 0 }
}
