/**
 * Totals: counters that survive the lives of the threads they are counted on.
 *
 * Guarantees: no total ever falls. A thread that is replaced begins at zero, and what its predecessor had counted, as
 * far as it was known, stays in the sum; a thread that gives no answer counts with what it said last.
 *
 * What a thread counted after the last time it was asked dies with it.
 */

/** A histogram's counts and sum, or one number. All of one key have the same length. */
export type Cells = Readonly<Record<string, Float64Array>>

interface Life {
  readonly epoch: string
  readonly cells: Cells
}

export class Totals {
  /** By whoever counts. */
  readonly #lives = new Map<string, Life>()
  /** What those have counted that are gone. */
  readonly #past = new Map<string, Float64Array>()

  /** `epoch` tells the lives of one source from each other. */
  note(source: string, epoch: string, cells: Cells): void {
    const before = this.#lives.get(source)
    if (before !== undefined && before.epoch !== epoch) addAll(this.#past, before.cells)
    this.#lives.set(source, { epoch, cells })
  }

  /** By key, over all sources. */
  sum(): ReadonlyMap<string, Float64Array> {
    const sums = new Map(Array.from(this.#past, ([key, cells]) => [key, cells.slice()] as const))
    for (const { cells } of this.#lives.values()) addAll(sums, cells)
    return sums
  }
}

function addAll(sums: Map<string, Float64Array>, cells: Cells): void {
  for (const [key, added] of Object.entries(cells)) {
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, added.slice())
    else for (const [at, value] of added.entries()) sum[at] = (sum[at] ?? 0) + value
  }
}
