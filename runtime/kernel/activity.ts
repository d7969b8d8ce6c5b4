/**
 * Activity: tells a watchdog on another thread what this kernel is doing, by plain stores into shared memory.
 *
 * A reader may see the stores late or in another order; it looks for progress over seconds, where that does
 * not matter. Cost: two stores per turn and one per message.
 */

import {
  ACTIVITY_INCARNATION,
  ACTIVITY_LABEL_BITS,
  ACTIVITY_LAST_INCARNATION,
  ACTIVITY_MESSAGE,
  ACTIVITY_SLOT,
} from './activity-cells.ts'

// Copies, because V8 folds a module's own constants into the code that inlines these methods, and reads
// imported ones from memory.
const MESSAGE = ACTIVITY_MESSAGE
const SLOT = ACTIVITY_SLOT
const INCARNATION = ACTIVITY_INCARNATION
const LABEL_BITS = ACTIVITY_LABEL_BITS

export class Activity {
  // Not #private: V8 checks a private name at each use in code that is not inlined, and this is the hottest
  // code of all.
  declare readonly cells: Int32Array
  /** Turns begun, by which the scheduler decides when to look at the clock. */
  turn = 0
  /** Messages begun, and everything else that is progress. Wraps at 31 bits, to stay a small integer. */
  steps = 0
  #stepsAtRest = 0
  #stepsBefore = 0
  #others = 0

  constructor(cells: Int32Array) {
    this.cells = cells
  }

  /** An actor's turn begins. */
  beginTurn(slot: number, incarnation: number): void {
    this.turn = (this.turn + 1) | 0
    this.cells[SLOT] = slot
    this.cells[INCARNATION] = incarnation
  }

  /** It takes a message. */
  beginMessage(label: number): void {
    this.steps = (this.steps + 1) | 0
    this.cells[MESSAGE] = (this.steps << LABEL_BITS) | label
  }

  /** It begins or ends its life, for which its type's own label stands. */
  beginOther(label: number): void {
    this.#others++
    this.beginMessage(label)
  }

  /** Messages begun since the start. */
  get messages(): number {
    return this.#stepsBefore + ((this.steps - this.#stepsAtRest) | 0) - this.#others
  }

  /** No actor is in work. */
  rest(): void {
    this.cells[SLOT] = -1
    this.#stepsBefore += (this.steps - this.#stepsAtRest) | 0
    this.#stepsAtRest = this.steps
  }

  noteIncarnation(incarnation: number): void {
    this.cells[ACTIVITY_LAST_INCARNATION] = incarnation
  }
}
