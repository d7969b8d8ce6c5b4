/**
 * RunQueue: the actors of one kernel that have something to do, first come, first served.
 *
 * Each actor stands in it at most once (its status says so), so its length is bounded by the number of
 * actors.
 */

import type { Cell } from './cell.ts'

const CAPACITY_MIN = 1_024

export class RunQueue {
  // Not #private: see `Activity`.
  slots: (Cell | undefined)[] = new Array(CAPACITY_MIN).fill(undefined)
  mask = CAPACITY_MIN - 1
  head = 0
  tail = 0

  get length(): number {
    return (this.tail - this.head) & this.mask
  }

  push(cell: Cell): void {
    const tail = this.tail
    this.slots[tail] = cell
    this.tail = (tail + 1) & this.mask
    if (this.tail === this.head) this.#grow()
  }

  /** The actor that has waited longest, or undefined. */
  shift(): Cell | undefined {
    const head = this.head
    if (head === this.tail) return undefined
    const cell = this.slots[head]
    this.slots[head] = undefined
    this.head = (head + 1) & this.mask
    return cell
  }

  #grow(): void {
    const old = this.slots
    const grown: (Cell | undefined)[] = new Array(old.length * 2).fill(undefined)
    for (let i = 0; i < old.length; i++) grown[i] = old[(this.head + i) & this.mask]
    this.head = 0
    this.tail = old.length
    this.slots = grown
    this.mask = grown.length - 1
  }
}
