/** How evenly things happen over a span of time. */

/** Counts per bin; what lies beyond the last goes into it. */
export function histogram(timesMs: readonly number[], binMs: number, bins: number): number[] {
  const counts = Array.from({ length: bins }, () => 0)
  for (const time of timesMs) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(time / binMs)))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return counts
}

/** The fullest bin against the mean of all: 1 is flat. */
export function peakToMean(counts: readonly number[]): number {
  const sum = counts.reduce((total, count) => total + count, 0)
  return (Math.max(...counts) * counts.length) / sum
}

/** Adds bin by bin. */
export function sumOf(histograms: readonly (readonly number[])[]): number[] {
  const bins = Math.max(0, ...histograms.map(({ length }) => length))
  return Array.from({ length: bins }, (_, bin) =>
    histograms.reduce((sum, counts) => sum + (counts[bin] ?? 0), 0),
  )
}
