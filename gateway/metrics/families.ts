/**
 * Families: the metrics of a node in prom-client's registry, each a name, a type and how to read it.
 *
 * Why no Counter, Gauge or Histogram of prom-client: they keep their values in maps by label, which costs an object and a
 * hash at each count, and cannot be given what other threads have counted. Here counting is adding to a number somewhere,
 * and values are read when somebody scrapes; prom-client knows the names and writes the text.
 */

import { type Metric, Registry } from 'prom-client'

export type Labels = Readonly<Record<string, string | number>>
export type Sample = readonly [labels: Labels, value: number]
/** Cells as `Buckets` has them. */
export type HistogramSample = readonly [labels: Labels, cells: Float64Array]

interface Value {
  readonly labels: Labels
  readonly value: number
  readonly metricName?: string
}

export class Families<Source> {
  readonly #registry = new Registry()
  #source: Source | undefined

  get contentType(): string {
    return this.#registry.contentType
  }

  counter(name: string, help: string, read: (source: Source) => number | readonly Sample[]): void {
    this.#add(name, 'counter', help, (source) => valuesOf(read(source)))
  }

  /** Undefined: not known now; the metric is left out. */
  gauge(name: string, help: string, read: (source: Source) => number | readonly Sample[] | undefined): void {
    this.#add(name, 'gauge', help, (source) => valuesOf(read(source) ?? []))
  }

  /** `bounds` and sums are multiplied with `scale`, so that what is counted in ms may be told in seconds. */
  histogram(
    name: string,
    help: string,
    { bounds, scale = 1 }: { readonly bounds: readonly number[]; readonly scale?: number },
    read: (source: Source) => readonly HistogramSample[],
  ): void {
    this.#add(name, 'histogram', help, (source) =>
      read(source).flatMap(([labels, cells]) => histogramValues(name, labels, bounds, cells, scale)),
    )
  }

  /** All metrics as text, read from one source. */
  text(source: Source): Promise<string> {
    this.#source = source
    return this.#registry.metrics()
  }

  #add(name: string, type: string, help: string, read: (source: Source) => Value[]): void {
    const metric = { name, help, type, get: async () => ({ name, help, type, values: this.#read(read) }) }
    // What the registry asks of a metric; its type names prom-client's own classes only.
    this.#registry.registerMetric(metric as unknown as Metric)
  }

  #read(read: (source: Source) => Value[]): Value[] {
    return this.#source === undefined ? [] : read(this.#source)
  }
}

function valuesOf(read: number | readonly Sample[]): Value[] {
  if (typeof read === 'number') return [{ labels: {}, value: read }]
  return read.map(([labels, value]) => ({ labels, value }))
}

function histogramValues(
  name: string,
  labels: Labels,
  bounds: readonly number[],
  cells: Float64Array,
  scale: number,
): Value[] {
  let count = 0
  const buckets = [...bounds, Infinity].map((bound, at): Value => {
    count += cells[at] ?? 0
    const le = bound === Infinity ? '+Inf' : round(bound * scale)
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count }
  })
  const sum = round((cells[bounds.length + 1] ?? 0) * scale)
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

/** 0.0002 and not 0.00019999999999999998. */
function round(value: number): number {
  return Number(value.toPrecision(12))
}
