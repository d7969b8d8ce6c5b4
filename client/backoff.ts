/** How long to wait before the next attempt: 1-2-4-8-30 s with full jitter, so that a crowd does not return at once. */

const BOUNDS_MS = [1_000, 2_000, 4_000, 8_000, 30_000] as const

/** `attempt` counts failures from 0. Full jitter: any wait up to the bound is as likely. */
export function backoffMs(attempt: number, random: () => number): number {
  const bound = BOUNDS_MS[Math.min(attempt, BOUNDS_MS.length - 1)] ?? 30_000
  return random() * bound
}
