/**
 * Sampler: what each actor of a kernel had handled when someone last looked, so that the next look of the same one can
 * tell what has happened since.
 *
 * Bounded: `SAMPLERS_MAX` of a kernel, of which the one not used for longest goes first. Each costs 20 bytes per slot.
 */

import type { Cell } from '../kernel/cell.ts'
import type { Kernel } from '../kernel/kernel.ts'

export const SAMPLERS_MAX = 32

export interface Since {
  readonly handled: number
  readonly handlerMs: number
}

export class Sampler {
  // See `TraceCollector`: what belongs to a kernel must end with it.
  static readonly #ofKernel = new WeakMap<Kernel, Map<string, Sampler>>()
  /** Passes begun: what has happened since is known from the second on. */
  #passes = 0
  #incarnation = new Int32Array(0)
  #handledBefore = new Float64Array(0)
  #handlerMsBefore = new Float64Array(0)
  /** Of the actor looked at last; plain numbers, since a pass looks at all of them and most are of no further interest. */
  handled = 0
  handlerMs = 0

  /** The one of this name, made when there is none. */
  static of(kernel: Kernel, name: string): Sampler {
    const all = Sampler.#ofKernel.get(kernel) ?? new Map<string, Sampler>()
    Sampler.#ofKernel.set(kernel, all)
    const sampler = all.get(name) ?? new Sampler()
    all.delete(name) // again as the last: the map is in the order of use
    all.set(name, sampler)
    if (all.size > SAMPLERS_MAX) all.delete(all.keys().next().value as string)
    return sampler
  }

  static forget(kernel: Kernel, name: string): void {
    Sampler.#ofKernel.get(kernel)?.delete(name)
  }

  /** A pass over all actors begins, of which there are up to so many. */
  begin(slots: number): void {
    this.#passes++
    if (slots > this.#incarnation.length) this.#grow(slots)
  }

  /** False in the first pass. */
  get knowsBefore(): boolean {
    return this.#passes > 1
  }

  /** What the actor has done since the last pass, or since it began, is in `handled` and `handlerMs` until the next look. */
  look(cell: Cell, handlerMs: number): void {
    const { slot, incarnation } = cell.ref
    if (slot >= this.#incarnation.length) this.#grow(slot + 1)
    const known = this.#incarnation[slot] === incarnation
    this.handled = cell.handled - (known ? (this.#handledBefore[slot] as number) : 0)
    this.handlerMs = Math.max(0, handlerMs - (known ? (this.#handlerMsBefore[slot] as number) : 0))
    this.#incarnation[slot] = incarnation
    this.#handledBefore[slot] = cell.handled
    this.#handlerMsBefore[slot] = handlerMs
  }

  #grow(slots: number): void {
    const length = 2 ** Math.ceil(Math.log2(slots))
    const incarnation = new Int32Array(length)
    const handled = new Float64Array(length)
    const handlerMs = new Float64Array(length)
    incarnation.set(this.#incarnation)
    handled.set(this.#handledBefore)
    handlerMs.set(this.#handlerMsBefore)
    this.#incarnation = incarnation
    this.#handledBefore = handled
    this.#handlerMsBefore = handlerMs
  }
}
