/** Durations as people write them: 30s, 15m, 1h, 7d. */

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const
const TEN_YEARS_S = 3_650 * SECONDS.d

/** In seconds; undefined for anything but a whole number from 1 with its unit, at most ten years. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^([0-9]{1,9})([smhd])$/.exec(text) ?? []
  if (amount === undefined || unit === undefined) return undefined
  const seconds = Number(amount) * SECONDS[unit as keyof typeof SECONDS]
  return seconds >= 1 && seconds <= TEN_YEARS_S ? seconds : undefined
}
