/**
 * Shapes: the key lists of the objects that one thread sends to one other, as numbers. The encoder's half.
 *
 * Guarantees: the reader knows a shape before the first object that uses it, because a frame carries the
 * shapes it introduces; and both ends agree after a frame was refused, because `forget` takes back what the
 * refused frame introduced.
 *
 * Bounded: once more than `KEYS_MAX` keys are known, the next frame tells the reader to start afresh.
 * Programs have few shapes; objects that serve as dictionaries have many, and this keeps them from filling
 * the memory of both ends.
 */

import { SHAPE_ID_MAX } from './wire.ts'

const KEYS_MAX = 8_192
const UNNUMBERED = -1

/** The keys so far of an object that is being written: a node of a trie. */
export class Shape {
  /** The number, when an object ended here; else -1. */
  id = UNNUMBERED
  readonly #key: string
  readonly #before: Shape | null
  // Most objects continue as the one before did: one comparison then replaces the look-up.
  #lastKey = ''
  #lastNext: Shape | null = null
  #next: Map<string, Shape> | null = null

  constructor(key: string, before: Shape | null) {
    this.#key = key
    this.#before = before
  }

  /** The shape with one key more. `made` counts a shape that was not known. */
  after(key: string, made: () => void): Shape {
    if (this.#lastNext !== null && this.#lastKey === key) return this.#lastNext
    this.#next ??= new Map()
    let next = this.#next.get(key)
    if (next === undefined) {
      next = new Shape(key, this)
      this.#next.set(key, next)
      made()
    }
    this.#lastKey = key
    this.#lastNext = next
    return next
  }

  keys(): string[] {
    const keys: string[] = []
    for (let shape: Shape = this; shape.#before !== null; shape = shape.#before) keys.push(shape.#key)
    return keys.reverse()
  }
}

export class Shapes {
  root = new Shape('', null)
  /** Introduced by the frame in work. */
  readonly fresh: Shape[] = []
  /** The frame in work tells the reader to forget all shapes. */
  restarts = false
  #numbered = 0
  #keys = 0
  readonly countKey = (): void => {
    this.#keys++
  }

  /** Before each frame. */
  begin(): void {
    if (this.#keys > KEYS_MAX) this.restart()
  }

  /** Starts over: the next frame that is accepted says so. */
  restart(): void {
    this.root = new Shape('', null)
    this.restarts = true
    this.#numbered = 0
    this.#keys = 0
  }

  /** Numbers a shape for the frame in work. False when the numbers have run out. */
  introduce(shape: Shape): boolean {
    if (this.#numbered > SHAPE_ID_MAX) return false
    shape.id = this.#numbered++
    this.fresh.push(shape)
    return true
  }

  /** The frame in work was accepted. */
  keep(): void {
    if (this.fresh.length > 0) this.fresh.length = 0
    this.restarts = false
  }

  /** The frame in work was not accepted: the reader will not see what it introduced. */
  forget(): void {
    this.#numbered -= this.fresh.length
    for (const shape of this.fresh) shape.id = UNNUMBERED
    if (this.fresh.length > 0) this.fresh.length = 0
  }
}
