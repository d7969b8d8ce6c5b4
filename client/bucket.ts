/**
 * Bucket: the client's own rate limit, below the server's, so that a burst waits here and is not closed with 4008.
 * It holds 10 s worth of frames and refills at 90 % of the allowed rate, because the two clocks differ.
 */

const SAFETY = 0.9
const BURST_MS = 10_000

export interface Bucket {
  perMs: number
  capacity: number
  tokens: number
  at: number
}

/** Without a limit until `limitBucket`. */
export function createBucket(): Bucket {
  return { perMs: 0, capacity: Number.POSITIVE_INFINITY, tokens: Number.POSITIVE_INFINITY, at: 0 }
}

/** Takes over the limit that `hello` names; what was already spent stays spent. 0 means no limit. */
export function limitBucket(bucket: Bucket, eventsPerMinute: number, now: number): void {
  if (eventsPerMinute <= 0) return
  refill(bucket, now)
  bucket.perMs = (eventsPerMinute / 60_000) * SAFETY
  bucket.capacity = Math.max(1, bucket.perMs * BURST_MS)
  bucket.tokens = Math.min(bucket.tokens, bucket.capacity)
}

/** Takes one token if there is one. */
export function takeToken(bucket: Bucket, now: number): boolean {
  refill(bucket, now)
  if (bucket.tokens < 1) return false
  bucket.tokens -= 1
  return true
}

/** For frames that must not wait (identify, heartbeat): may go below zero. */
export function spendToken(bucket: Bucket, now: number): void {
  refill(bucket, now)
  bucket.tokens -= 1
}

/** When the next token will be there; 1 ms later than computed, so that rounding cannot make a timer spin. */
export function nextTokenAt(bucket: Bucket, now: number): number {
  refill(bucket, now)
  return bucket.tokens >= 1 ? now : now + Math.ceil((1 - bucket.tokens) / bucket.perMs) + 1
}

function refill(bucket: Bucket, now: number): void {
  const grown = bucket.perMs * Math.max(0, now - bucket.at)
  bucket.tokens = Math.min(bucket.capacity, bucket.tokens + grown)
  bucket.at = now
}
