/**
 * CellTable: the live actors of one kernel by slot, and the refs by which this kernel knows actors elsewhere.
 */

import { type AnyRef, Ref } from '../actor/ref.ts'
import type { Cell } from './cell.ts'

/** Incarnations wrap to 1 here; a slot would have to be reused exactly then for an old ref to match. */
const INCARNATION_MAX = 0x7fff_ffff

export class CellTable {
  readonly #thread: number
  // Not #private: see `Activity`.
  readonly cells: (Cell | undefined)[] = []
  readonly #free: number[] = []
  #lastIncarnation: number
  #size = 0

  constructor(thread: number, lastIncarnation: number) {
    this.#thread = thread
    this.#lastIncarnation = lastIncarnation
  }

  get size(): number {
    return this.#size
  }

  get lastIncarnation(): number {
    return this.#lastIncarnation
  }

  /** Slots ever used: every live actor is below. */
  get slots(): number {
    return this.cells.length
  }

  /** An address for a new actor. Follow with `place`. */
  allocate(): AnyRef {
    const slot = this.#free.pop() ?? this.cells.push(undefined) - 1
    this.#lastIncarnation = this.#lastIncarnation === INCARNATION_MAX ? 1 : this.#lastIncarnation + 1
    return new Ref<never>(this.#thread, slot, this.#lastIncarnation)
  }

  place(cell: Cell): void {
    this.cells[cell.ref.slot] = cell
    this.#size++
  }

  remove(cell: Cell): void {
    this.cells[cell.ref.slot] = undefined
    this.#free.push(cell.ref.slot)
    this.#size--
  }

  /** The live actor behind a ref of this thread. */
  get(ref: AnyRef): Cell | undefined {
    const cell = this.cells[ref.slot]
    return cell !== undefined && cell.ref.incarnation === ref.incarnation ? cell : undefined
  }

  at(slot: number): Cell | undefined {
    return this.cells[slot]
  }
}
