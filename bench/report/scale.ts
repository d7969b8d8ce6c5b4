/**
 * Scales: from a figure to a place on an axis, and the figures that an axis names. Pure.
 */

export interface Scale {
  /** From 0 at the start of the axis to 1 at its end. */
  place(value: number): number
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
}

/** From here on a linear axis would press the small figures flat. */
const LOG_FROM_RATIO = 40
const TICKS = 5
const NINES = [0, 50, 90, 99, 99.9, 99.99, 99.999]

/** Linear from `min`, or logarithmic when figures above 0 lie far apart. */
export function scaleFor(values: readonly number[], { fromZero }: { readonly fromZero: boolean }): Scale {
  const [min, max] = [Math.min(...values), Math.max(...values)]
  if (min > 0 && max / min >= LOG_FROM_RATIO) return logScale(min, max)
  return linearScale(fromZero ? Math.min(0, min) : min, max)
}

export function linearScale(min: number, max: number): Scale {
  const step = niceStep((max - min || Math.abs(max) || 1) / TICKS)
  const start = Math.floor(min / step + 1e-9) * step
  const end = Math.max(Math.ceil(max / step - 1e-9) * step, start + step)
  const count = Math.round((end - start) / step)
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number((start + i * step).toPrecision(12)))
  return {
    place: (value) => (value - start) / (end - start),
    ticks: ticks.map((at) => ({ at, label: short(at) })),
  }
}

/** Whole powers of ten, and between them 2 and 5 where there are few. */
function logScale(min: number, max: number): Scale {
  const [low, high] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max) - 1e-9)]
  const steps = high - low <= 2 ? [1, 2, 5] : [1]
  const all = Array.from({ length: high - low + 1 }, (_, i) =>
    steps.map((step) => step * 10 ** (low + i)),
  ).flat()
  const start = Math.max(...all.filter((at) => at <= min))
  const end = Math.min(...all.filter((at) => at >= max * (1 - 1e-9)))
  const span = Math.log10(end / start) || 1
  return {
    place: (value) => Math.log10(Math.max(value, start) / start) / span,
    ticks: all.filter((at) => at >= start && at <= end).map((at) => ({ at, label: short(at) })),
  }
}

/** Each further nine takes the same room, so that the tail, which is looked for, is seen. */
export function percentileScale(max: number): Scale {
  const nines = (percentile: number): number => -Math.log10(1 - Math.min(percentile, 99.999_9) / 100)
  return {
    place: (percentile) => nines(percentile) / nines(max),
    ticks: NINES.filter((at) => at <= max).map((at) => ({ at, label: `${at}%` })),
  }
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10
  return step * power
}

/** 1,500 as 1.5k. */
function short(value: number): string {
  const of = (divisor: number, unit: string): string => `${Number((value / divisor).toPrecision(3))}${unit}`
  const size = Math.abs(value)
  if (size >= 1e6) return of(1e6, 'M')
  return size >= 1e3 ? of(1e3, 'k') : of(1, '')
}
