/**
 * RefTable: one object per actor that a thread has heard of, so that refs can be compared with `===` and used
 * as keys.
 *
 * Bounded by the number of slots of the other threads: a newer incarnation takes the place of an older one.
 */

import { type AnyRef, Ref } from '../actor/ref.ts'
import type { CellTable } from './cell-table.ts'

export class RefTable {
  readonly #thread: number
  readonly #cells: CellTable
  readonly #others: (AnyRef | undefined)[][] = []

  constructor(thread: number, cells: CellTable) {
    this.#thread = thread
    this.#cells = cells
  }

  /**
   * The ref with these numbers: the one object when the actor is known, a fresh one for an incarnation that
   * has been followed.
   */
  of(thread: number, slot: number, incarnation: number): AnyRef {
    if (thread === this.#thread) {
      const own = this.#cells.at(slot)?.ref
      return own?.incarnation === incarnation ? own : new Ref(thread, slot, incarnation)
    }
    this.#others[thread] ??= []
    const known = this.#others[thread] as (AnyRef | undefined)[]
    const ref = known[slot]
    if (ref !== undefined && ref.incarnation === incarnation) return ref
    const made: AnyRef = new Ref(thread, slot, incarnation)
    if (ref === undefined || incarnation > ref.incarnation) known[slot] = made
    return made
  }

  /** The one object for a ref that came from elsewhere in this process. */
  intern(ref: AnyRef): AnyRef {
    return this.of(ref.thread, ref.slot, ref.incarnation)
  }
}

const THREADS_MAX = 4_096

/**
 * A ref's incarnation as one number. A thread never gives out an incarnation twice, so the slot is not
 * needed.
 */
export const refKey = ({ thread, incarnation }: AnyRef): number => incarnation * THREADS_MAX + thread
export const threadOfKey = (key: number): number => key % THREADS_MAX
