/**
 * Rate: the token bucket of one socket as two small integers, so that it costs no object.
 *
 * Time runs in ticks of 100 ms, tokens in thousandths. `burst` tokens at most; `perPeriod` come back in `periodMs`.
 */

export const TICK_MS = 100
const THOUSANDTHS = 1_000

export interface RateLimit {
  /** Thousandths of a token that come back per tick. */
  readonly refill: number
  /** Thousandths at most. */
  readonly full: number
}

export function rateLimit(perPeriod: number, periodMs: number, burst: number): RateLimit {
  return {
    refill: Math.max(1, Math.round((perPeriod * THOUSANDTHS * TICK_MS) / periodMs)),
    full: burst * THOUSANDTHS,
  }
}

/** What the bucket holds after some ticks. */
export function refilled(limit: RateLimit, tokens: number, ticks: number): number {
  return Math.min(limit.full, tokens + ticks * limit.refill)
}

/** What is left after one frame; negative when it was one too many. */
export function spent(tokens: number): number {
  return tokens - THOUSANDTHS
}
