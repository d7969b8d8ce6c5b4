/**
 * Snowflakes: 64-bit ids as decimal strings: 42 bits of milliseconds since the epoch, 10 bits of node and thread,
 * 12 bits of a counter.
 *
 * Guarantees
 * - Ids of one generator grow, whatever the clock does: when it stands or steps back, the generator goes on from
 *   the last millisecond it used, and borrows the next one after 4,096 ids.
 * - All are greater than `above`, so a generator that follows another on the same thread repeats nothing that was
 *   stored.
 *
 * Does not make ids of different threads comparable by more than their milliseconds.
 */

import type { Ids } from './services.ts'

export const SNOWFLAKE_EPOCH_MS = 1_420_070_400_000
/** 6 bits of node and 4 of thread. */
const NODE_NUMBER_MAX = 63
const ID_THREAD_MAX = 15
const COUNTER_MAX = 4_095
/** Ids are signed 64-bit numbers elsewhere, so the 42nd bit stays unused: enough until 2084. */
const ELAPSED_MS_MAX = 2 ** 41 - 1

export interface SnowflakeOptions {
  /** Milliseconds since 1970. May step back. */
  readonly now: () => number
  /** From 0 to 63. */
  readonly node: number
  /** From 0 to 15. */
  readonly thread: number
  /** An id; all new ones are greater. */
  readonly above: string
}

/** @throws RangeError for a node or thread outside its range, or when `above` leaves no greater id. */
export function snowflakes({ now, node, thread, above }: SnowflakeOptions): Ids {
  requireRange('node number', node, NODE_NUMBER_MAX)
  requireRange('thread', thread, ID_THREAD_MAX)
  const place = BigInt(node * (ID_THREAD_MAX + 1) + thread) << 12n
  let elapsedMs = Number(BigInt(above) >> 22n)
  // The last id may be another thread's: its whole millisecond counts as used.
  let counter = above === '0' ? -1 : COUNTER_MAX
  requireTime(elapsedMs + 1)
  return {
    next() {
      const nowMs = now() - SNOWFLAKE_EPOCH_MS
      if (nowMs > elapsedMs) {
        elapsedMs = nowMs
        counter = 0
      } else if (counter < COUNTER_MAX) {
        counter++
      } else {
        elapsedMs++
        counter = 0
      }
      requireTime(elapsedMs)
      return String((BigInt(elapsedMs) << 22n) | place | BigInt(counter))
    },
  }
}

function requireRange(what: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return
  throw new RangeError(`Cannot make ids: the ${what} must be a whole number from 0 to ${max}, is ${value}`)
}

function requireTime(elapsedMs: number): void {
  if (elapsedMs <= ELAPSED_MS_MAX) return
  throw new RangeError(`Cannot make ids: ${elapsedMs} ms after the epoch do not fit into 41 bits`)
}
