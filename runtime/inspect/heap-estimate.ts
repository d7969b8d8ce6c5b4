/**
 * estimateBytes: about how much memory a value holds.
 *
 * An estimate for ranking actors, not an account: it looks at no more than `NODES_MAX` objects, of each
 * collection at the first few elements and takes the others for like them, counts what two actors share for
 * both, and sees neither closures nor private fields. The sizes are those of V8 without pointer compression.
 *
 * Runs no code of the value. Cost: in proportion to the `nodes` it reports. Only the keys of an object cannot
 * be had bit by bit: an object used as a table of many entries is counted once and then remembered, so it
 * cannot slow every look that follows.
 */

import { firstEntries, firstValues, kindOf, readOwn, sizeOf } from './safe-read.ts'

export interface Estimate {
  readonly bytes: number
  /** Values looked at: the work it took. */
  readonly nodes: number
}

const NODES_MAX = 200
const SAMPLE_MAX = 16
/** An object with more keys than this is a table. */
const TABLE_KEYS_MIN = 1_000

const POINTER_BYTES = 8
const OBJECT_BYTES = 24
const STRING_BYTES = 24
const COLLECTION_BYTES = 64
const MAP_ENTRY_BYTES = 40
const SET_ENTRY_BYTES = 28
const BYTES_OBJECT_BYTES = 96
const OPAQUE_BYTES = 64

/** How many keys a table had when it was met first. */
const tables = new WeakMap<object, number>()

export function estimateBytes(value: unknown, nodesMax = NODES_MAX): Estimate {
  const walk = new Walk(nodesMax)
  walk.run(value)
  return { bytes: Math.round(walk.bytes), nodes: walk.nodes }
}

class Walk {
  bytes = 0
  nodes = 0
  readonly #nodesMax: number
  readonly #seen = new Set<unknown>()
  readonly #waiting: unknown[] = []
  /** For how many values each of those stands. */
  readonly #weights: number[] = []

  constructor(nodesMax: number) {
    this.#nodesMax = nodesMax
  }

  run(root: unknown): void {
    this.#later(root, 1)
    while (this.#waiting.length > 0 && this.nodes < this.#nodesMax) {
      const value = this.#waiting.pop()
      const weight = this.#weights.pop() as number
      this.nodes++
      try {
        this.bytes += this.#own(value, weight) * weight
      } catch {
        this.bytes += OPAQUE_BYTES * weight // refuses even to be looked at
      }
    }
  }

  #later(value: unknown, weight: number): void {
    this.#waiting.push(value)
    this.#weights.push(weight)
  }

  /** What the value itself takes; what it refers to is put off. */
  #own(value: unknown, weight: number): number {
    if (typeof value === 'string') return STRING_BYTES + value.length
    const kind = kindOf(value)
    if (kind === 'primitive') return 0
    if (this.#seen.has(value)) return 0
    this.#seen.add(value)
    const object = value as object
    switch (kind) {
      case 'array':
        return this.#ofArray(object, weight)
      case 'map':
        return this.#ofMap(object, weight)
      case 'set':
        return this.#ofSet(object, weight)
      case 'bytes':
        return BYTES_OBJECT_BYTES + sizeOf(object, kind)
      case 'object':
      case 'error':
        return this.#ofObject(object, weight)
      default:
        return OPAQUE_BYTES
    }
  }

  #ofArray(array: object, weight: number): number {
    const size = sizeOf(array, 'array')
    const sampled = Math.min(size, SAMPLE_MAX)
    for (let index = 0; index < sampled; index++)
      this.#later(readOwn(array, index), (weight * size) / sampled)
    return OBJECT_BYTES + size * POINTER_BYTES
  }

  #ofMap(map: object, weight: number): number {
    const size = sizeOf(map, 'map')
    const scaled = (weight * size) / Math.min(size, SAMPLE_MAX)
    for (const [key, value] of firstEntries(map, SAMPLE_MAX)) {
      this.#later(key, scaled)
      this.#later(value, scaled)
    }
    return COLLECTION_BYTES + size * MAP_ENTRY_BYTES
  }

  #ofSet(set: object, weight: number): number {
    const size = sizeOf(set, 'set')
    const scaled = (weight * size) / Math.min(size, SAMPLE_MAX)
    for (const value of firstValues(set, SAMPLE_MAX)) this.#later(value, scaled)
    return COLLECTION_BYTES + size * SET_ENTRY_BYTES
  }

  #ofObject(object: object, weight: number): number {
    const known = tables.get(object)
    if (known !== undefined) return OBJECT_BYTES + known * MAP_ENTRY_BYTES
    const keys = Object.keys(object)
    if (keys.length >= TABLE_KEYS_MIN) {
      tables.set(object, keys.length)
      return OBJECT_BYTES + keys.length * MAP_ENTRY_BYTES
    }
    const sampled = Math.min(keys.length, SAMPLE_MAX)
    for (let i = 0; i < sampled; i++)
      this.#later(readOwn(object, keys[i] as string), (weight * keys.length) / sampled)
    return OBJECT_BYTES + keys.length * POINTER_BYTES
  }
}
