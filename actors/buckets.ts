/**
 * Buckets: a histogram as one array of numbers: what lies within each bound, what lies beyond the last, and the sum.
 *
 * Guarantees: `observe` allocates nothing. The cells are plain data that crosses threads, and those of two histograms
 * with the same bounds are merged by adding cell to cell.
 */

/** From 0.1 ms to 10 s, for everything that takes time; alerts at 500 and 1,000 ms need a bound there. */
export const DURATION_MS: readonly number[] = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000,
]

export class Buckets {
  readonly cells: Float64Array
  readonly #bounds: readonly number[]

  /** `bounds` grow. */
  constructor(bounds: readonly number[] = DURATION_MS) {
    this.#bounds = bounds
    this.cells = new Float64Array(bounds.length + 2)
  }

  get isEmpty(): boolean {
    return this.cells.every((cell) => cell === 0)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++
    const { cells } = this
    cells[bucket] = (cells[bucket] as number) + 1
    const sum = cells.length - 1
    cells[sum] = (cells[sum] as number) + value
  }
}
