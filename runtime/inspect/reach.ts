/**
 * reachOf: which actors of one kernel end with some of them, before anything happens: children, whoever is linked and
 * does not trap exits, and the siblings that a supervisor stops along. What it cannot follow on this thread it names.
 *
 * Guarantees: changes nothing; holds the thread for about a millisecond at a time; looks at no more than `REACH_MAX`
 * actors and says so.
 *
 * Does not foresee what a supervisor does beyond its strategy, such as giving up; nor what actors decide that trap exits.
 */

import { setImmediate } from 'node:timers/promises'
import type { AnyRef } from '../actor/ref.ts'
import { sameRef } from '../actor/ref.ts'
import { type Cell, DEAD, STARTING } from '../kernel/cell.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { describeSupervisor, type SupervisorState } from '../supervisor/index.ts'
import { aboutOf } from './about.ts'

const REACH_MAX = 200_000
const SAMPLES_MAX = 20
const SLICE_MS = 1
/** Actors between two looks at the clock. */
const STEP = 50

/** Where to begin. */
export interface ReachStart {
  readonly ref: AnyRef
  /** The actor of another thread that ends and is linked with it; undefined: this one is what ends first. */
  readonly from: AnyRef | undefined
}

export interface ReachSpec {
  /** `all`: every actor of the thread. */
  readonly starts: readonly ReachStart[] | 'all'
  /** Figures of `about` to add up. */
  readonly sums: readonly string[]
  /** Texts of `about` of which the first few different ones are told. */
  readonly samples: readonly string[]
}

export interface Reach {
  readonly actors: number
  readonly types: Readonly<Record<string, number>>
  /** Direct children of those that end first. */
  readonly children: number
  /** Links of theirs with actors that live on. */
  readonly links: number
  /** Monitors of others on them. */
  readonly monitors: number
  readonly sums: Readonly<Record<string, number>>
  readonly samples: Readonly<Record<string, readonly string[]>>
  /** Linked actors of other threads, and who of this one they are linked with. */
  readonly beyond: readonly { readonly ref: string; readonly from: string }[]
  readonly complete: boolean
}

export async function reachOf(kernel: Kernel, spec: ReachSpec): Promise<Reach> {
  const walk = new Walk(kernel, spec)
  const { monotonic } = kernel.ports.clock
  for (let end = monotonic() + SLICE_MS; walk.step(STEP); ) {
    if (monotonic() < end) continue
    await setImmediate() // actors have their turns
    end = monotonic() + SLICE_MS
  }
  return walk.result()
}

class Walk {
  readonly #kernel: Kernel
  readonly #spec: ReachSpec
  readonly #ending = new Set<Cell>()
  readonly #waiting: Cell[] = []
  readonly #types: Record<string, number> = {}
  readonly #sums: Record<string, number> = {}
  readonly #samples = new Map<string, Set<string>>()
  readonly #beyond: { ref: string; from: string }[] = []
  #nextSlot: number | undefined
  #children = 0
  #links = 0
  #monitors = 0
  #complete = true

  constructor(kernel: Kernel, spec: ReachSpec) {
    this.#kernel = kernel
    this.#spec = spec
    if (spec.starts === 'all') this.#nextSlot = 0
    else for (const start of spec.starts) this.#begin(start)
  }

  /** False when nothing is left. */
  step(actors: number): boolean {
    for (let left = actors; left > 0; left--) {
      const cell = this.#waiting.pop() ?? this.#nextOfAll()
      if (cell === undefined) return false
      if ((cell.status & DEAD) === 0) this.#visit(cell)
    }
    return true
  }

  result(): Reach {
    const samples = Object.fromEntries(Array.from(this.#samples, ([key, values]) => [key, [...values]]))
    return {
      actors: this.#ending.size,
      types: this.#types,
      children: this.#children,
      links: this.#links,
      monitors: this.#monitors,
      sums: this.#sums,
      samples,
      beyond: this.#beyond,
      complete: this.#complete,
    }
  }

  #begin({ ref, from }: ReachStart): void {
    const cell = this.#kernel.cells.get(ref)
    if (cell === undefined) return
    if (from !== undefined) return this.#linked(cell, from)
    this.#children += cell.relations?.linkedChildren ?? 0
    this.#add(cell)
  }

  #nextOfAll(): Cell | undefined {
    const { cells } = this.#kernel
    while (this.#nextSlot !== undefined && this.#nextSlot < cells.slots) {
      const cell = cells.at(this.#nextSlot++)
      if (cell !== undefined && this.#add(cell)) return this.#waiting.pop()
    }
    return undefined
  }

  #add(cell: Cell): boolean {
    if (this.#ending.has(cell)) return false
    if (this.#ending.size >= REACH_MAX) {
      this.#complete = false
      return false
    }
    this.#ending.add(cell)
    this.#waiting.push(cell)
    return true
  }

  #visit(cell: Cell): void {
    const { relations, parentCell, ref } = cell
    this.#note(cell)
    this.#monitors += (relations?.watchers?.size ?? 0) + (relations?.remoteWatchers?.size ?? 0)
    for (let child = relations?.children ?? null; child !== null; child = child.nextSibling) this.#add(child)
    if (parentCell !== null) this.#linked(parentCell, ref)
    for (const link of relations?.links ?? []) this.#follow(cell, link)
    if (parentCell !== null) this.#siblings(cell, parentCell)
  }

  #follow(cell: Cell, link: AnyRef): void {
    if (link.thread !== this.#kernel.thread) {
      this.#beyond.push({ ref: link.toString(), from: cell.ref.toString() })
      return
    }
    const other = this.#kernel.cells.get(link)
    if (other !== undefined) this.#linked(other, cell.ref)
  }

  /** An actor that is linked with one that ends. */
  #linked(cell: Cell, from: AnyRef): void {
    const isChild = cell.parent !== undefined && sameRef(cell.parent, from)
    if (isChild || !cell.type.definition.trapExit) this.#add(cell)
    else this.#links++
  }

  /** Those that the supervisor of one that ends stops and starts along with it. */
  #siblings(cell: Cell, parent: Cell): void {
    if (parent.type.definition.kind !== 'supervisor' || parent.status & STARTING || this.#ending.has(parent))
      return
    const state = parent.state as SupervisorState
    if (state.spec.strategy === 'oneForOne') return
    const { strategy, children } = describeSupervisor(state)
    const refs = children.flatMap(({ ref }) => (typeof ref === 'object' ? [ref] : []))
    const place = refs.findIndex((ref) => sameRef(ref, cell.ref))
    for (const ref of strategy === 'oneForAll' ? refs : refs.slice(place + 1)) {
      const sibling = this.#kernel.cells.get(ref)
      if (ref.thread === this.#kernel.thread && sibling !== undefined) this.#add(sibling)
    }
  }

  #note(cell: Cell): void {
    const { name } = cell.type.definition
    this.#types[name] = (this.#types[name] ?? 0) + 1
    const { sums, samples } = this.#spec
    if (cell.type.definition.about === undefined || (sums.length === 0 && samples.length === 0)) return
    const about = aboutOf(cell)
    for (const key of sums) {
      const value = about[key]
      if (typeof value === 'number') this.#sums[key] = (this.#sums[key] ?? 0) + value
    }
    for (const key of samples) {
      const value = about[key]
      if (typeof value === 'string') this.#sample(key, value)
    }
  }

  #sample(key: string, value: string): void {
    const values = this.#samples.get(key) ?? new Set<string>()
    this.#samples.set(key, values)
    if (values.size < SAMPLES_MAX) values.add(value)
  }
}
