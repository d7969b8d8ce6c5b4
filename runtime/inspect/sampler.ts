/**
 * Sampler: what each actor of a kernel had handled when someone last looked, so that the next look of the same one can
 * tell what has happened since.
 *
 * Bounded: `SAMPLERS_MAX` of a kernel, of which the one not used for longest goes first. Each costs 20 bytes per slot.
 */

import type { Cell } from '../kernel/cell.ts'
import type { Kernel } from '../kernel/kernel.ts'

export const SAMPLERS_MAX = 32
const SLOTS_MIN = 1_024

export interface Since {
  readonly handled: number
  readonly handlerMs: number
}

export class Sampler {
  // See `TraceCollector`: what belongs to a kernel must end with it.
  static readonly #ofKernel = new WeakMap<Kernel, Map<string, Sampler>>()
  /** Passes begun: what has happened since is known from the second on. */
  #passes = 0
  #incarnation = new Int32Array(SLOTS_MIN)
  #handled = new Float64Array(SLOTS_MIN)
  #handlerMs = new Float64Array(SLOTS_MIN)

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

  /** A pass over all actors begins. */
  begin(): void {
    this.#passes++
  }

  /**
   * What the actor has done since the last pass, or since it began; undefined in the first pass. Notes what it has done
   * by now.
   */
  since(cell: Cell, handlerMs: number): Since | undefined {
    const { slot, incarnation } = cell.ref
    if (slot >= this.#incarnation.length) this.#grow(slot)
    const known = this.#incarnation[slot] === incarnation
    const since = {
      handled: cell.handled - (known ? (this.#handled[slot] as number) : 0),
      handlerMs: Math.max(0, handlerMs - (known ? (this.#handlerMs[slot] as number) : 0)),
    }
    this.#incarnation[slot] = incarnation
    this.#handled[slot] = cell.handled
    this.#handlerMs[slot] = handlerMs
    return this.#passes > 1 ? since : undefined
  }

  #grow(slot: number): void {
    const length = 2 ** Math.ceil(Math.log2(slot + 1))
    const incarnation = new Int32Array(length)
    const handled = new Float64Array(length)
    const handlerMs = new Float64Array(length)
    incarnation.set(this.#incarnation)
    handled.set(this.#handled)
    handlerMs.set(this.#handlerMs)
    this.#incarnation = incarnation
    this.#handled = handled
    this.#handlerMs = handlerMs
  }
}
