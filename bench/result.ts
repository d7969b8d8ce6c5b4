/**
 * The result of one run of a bench scenario: what `--json` writes and what the table prints.
 *
 * Guarantees
 * - A ratio above 1 always means that we are better, whichever direction is good for the metric.
 * - What was not measured is missing, never 0, and `note` says why.
 *
 * Does not know any scenario: metrics, units and targets come from the scenario's own list.
 */
import type { Machine } from './machine.ts'

/** Raise it when a reader of older files would misread a newer one. */
export const RESULT_SCHEMA = 1

/** Metric name to value, in the metric's own unit. */
export type Figures = Readonly<Record<string, number>>

/** What a metric has to reach: a multiple of a peer in the same run, or a value of its own. */
export type Target =
  | { readonly kind: 'ratio'; readonly peer: string; readonly atLeast: number }
  | { readonly kind: 'value'; readonly limit: number }

/** One line of a scenario's list of metrics. */
export interface MetricSpec {
  readonly name: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly target?: Target
  /** How it is measured, in one sentence: what one unit is, and how its completion is known. */
  readonly method: string
}

/** A figure over the rounds of a run. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** What one contestant brought home: a spread per metric, or the reason why it did not take part. */
export type Showing = { readonly spreads: Readonly<Record<string, Spread>> } | { readonly absent: string }

export interface Metric {
  readonly name: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  /** Ours: the median over the rounds. Missing when it was not measured. */
  readonly value?: number
  readonly peers: Figures
  readonly ratio: Figures
  /** Contestant to [min, max] over the rounds. */
  readonly range: Readonly<Record<string, readonly [number, number]>>
  readonly target?: Target
  /** Missing when there is no target, or when what it compares with is absent. */
  readonly met?: boolean
  /** Who has no figure, and why. */
  readonly note?: Readonly<Record<string, string>>
}

/** A line of a chart in the report. */
export interface Curve {
  /** Curves of one chart are drawn together. */
  readonly chart: string
  readonly name: string
  /** What runs to the right; percentiles are spread so that each further nine takes the same room. */
  readonly x: 'percentile' | 'connections' | 'members' | 'users' | 's'
  /** What runs upwards, such as `ms` or `MiB`. */
  readonly unit: string
  readonly points: readonly (readonly [number, number])[]
}

export interface Result {
  readonly schema: typeof RESULT_SCHEMA
  readonly scenario: string
  readonly machine: Machine
  readonly commit: string
  /** ISO 8601. Missing in files of before. */
  readonly measuredAt?: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** What ended the run: `completed`, or the limit that was hit. */
  readonly stoppedBy: string
  readonly metrics: readonly Metric[]
  /** Optional, so that files of before still read. */
  readonly curves?: readonly Curve[]
}

/** A figure that was measured once. */
function single(value: number): Spread {
  return { median: value, min: value, max: value }
}

/** Our showing of figures that were measured once. */
export function singles(figures: Figures): Showing {
  return {
    spreads: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, single(value)])),
  }
}

/** Compares our showing with that of every peer, metric by metric. */
export function compare(
  specs: readonly MetricSpec[],
  ours: Showing,
  peers: Readonly<Record<string, Showing>>,
): Metric[] {
  return specs.map((spec) => compareMetric(spec, ours, peers))
}

/** How many times better we are: above 1 we win, in both directions. */
export function ratio(better: 'higher' | 'lower', ours: number, peer: number): number {
  return better === 'higher' ? ours / peer : peer / ours
}

function compareMetric(spec: MetricSpec, ours: Showing, peers: Readonly<Record<string, Showing>>): Metric {
  const { name, unit, better, target } = spec
  const mine = spreadOf(ours, name)
  const figures: Record<string, number> = {}
  const ratios: Record<string, number> = {}
  const range: Record<string, readonly [number, number]> = {}
  const note: Record<string, string> = {}

  if (mine === undefined) note.ours = absence(ours)
  else range.ours = [mine.min, mine.max]
  for (const [peer, showing] of Object.entries(peers)) {
    const theirs = spreadOf(showing, name)
    if (theirs === undefined) {
      note[peer] = absence(showing)
      continue
    }
    figures[peer] = theirs.median
    range[peer] = [theirs.min, theirs.max]
    if (mine !== undefined) ratios[peer] = ratio(better, mine.median, theirs.median)
  }

  const met = target === undefined ? undefined : isMet(target, better, mine?.median, ratios)
  return {
    name,
    unit,
    better,
    ...(mine !== undefined && { value: mine.median }),
    peers: figures,
    ratio: ratios,
    range,
    ...(target !== undefined && { target }),
    ...(met !== undefined && { met }),
    ...(Object.keys(note).length > 0 && { note }),
  }
}

function spreadOf(showing: Showing, metric: string): Spread | undefined {
  return 'absent' in showing ? undefined : showing.spreads[metric]
}

function absence(showing: Showing): string {
  return 'absent' in showing ? showing.absent : 'does not measure this'
}

function isMet(
  target: Target,
  better: 'higher' | 'lower',
  value: number | undefined,
  ratios: Figures,
): boolean | undefined {
  if (target.kind === 'ratio') {
    const reached = ratios[target.peer]
    return reached === undefined ? undefined : reached >= target.atLeast
  }
  if (value === undefined) return undefined
  return better === 'higher' ? value >= target.limit : value <= target.limit
}
