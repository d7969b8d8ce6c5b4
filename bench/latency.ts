/**
 * Latencies: how long things took, as percentiles and as a curve.
 *
 * Without coordinated omission: a latency counts from when its message was due, not from when it left. A generator that was held
 * up by a slow server would otherwise send less while it is slow, and leave out the very figures that are looked for.
 *
 * Three significant digits from 1 us on (HdrHistogram), whatever the span. Constant memory.
 */
import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js'

export interface Percentiles {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** Percentile and milliseconds. */
export type CurvePoint = readonly [number, number]

const DIGITS = 3
const US_PER_MS = 1_000
/** Where a curve is read: half of what is left each time would do, these are the ones people name. */
const CURVE_PERCENTILES = [
  0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97, 98, 99, 99.5, 99.7, 99.9, 99.95, 99.99, 99.995,
  99.999,
]

export class Latencies {
  readonly #histogram: Histogram

  constructor(histogram: Histogram = build({ numberOfSignificantValueDigits: DIGITS })) {
    this.#histogram = histogram
  }

  /** What `encoded` gave, in another process. */
  static decode(text: string): Latencies {
    return new Latencies(decodeFromCompressedBase64(text) as Histogram)
  }

  get count(): number {
    return this.#histogram.totalCount
  }

  /** In milliseconds of one clock. Less than 1 us counts as 1 us. */
  record(dueAt: number, doneAt: number): void {
    this.#histogram.recordValue(Math.max(1, Math.round((doneAt - dueAt) * US_PER_MS)))
  }

  /** Takes over what another one has counted. */
  add(other: Latencies): void {
    this.#histogram.add(other.#histogram)
  }

  /** Leaves out what another one has counted, which this one has counted too. */
  subtract(other: Latencies): void {
    this.#histogram.subtract(other.#histogram)
  }

  /** In milliseconds. */
  at(percentile: number): number {
    return this.#histogram.getValueAtPercentile(percentile) / US_PER_MS
  }

  /** In milliseconds; undefined when nothing was counted, which is not 0 ms. */
  percentiles(): Percentiles | undefined {
    if (this.count === 0) return undefined
    const max = this.at(100)
    return { count: this.count, p50: this.at(50), p99: this.at(99), p999: this.at(99.9), max }
  }

  /** Up to the percentile that at least one latency lies above; further right there is only the maximum. */
  curve(): CurvePoint[] {
    if (this.count === 0) return []
    const known = CURVE_PERCENTILES.filter((percentile) => Math.round(this.count * (100 - percentile)) >= 100)
    return known.map((percentile) => [percentile, this.at(percentile)])
  }

  encoded(): string {
    return encodeIntoCompressedBase64(this.#histogram)
  }
}
