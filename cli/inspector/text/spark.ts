/** spark: the last of some values as a line of bars between their least and their greatest. Pure. */

const BARS = [...'▁▂▃▄▅▆▇█']

/** A value that is not known is a gap. `from` is the least that the scale begins at. */
export function spark(values: readonly (number | undefined)[], width: number, from?: number): string {
  const shown = values.slice(-width)
  const known = shown.filter((value) => value !== undefined)
  const least = from ?? Math.min(...known)
  const range = Math.max(...known) - least
  return shown
    .map((value) => {
      if (value === undefined) return ' '
      return BARS[range <= 0 ? 0 : Math.round(((value - least) / range) * (BARS.length - 1))] ?? ''
    })
    .join('')
}
