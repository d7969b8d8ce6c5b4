/**
 * drain: sends all clients away before the node stops, spread over time so that they do not all come back at once.
 *
 * Guarantees: each client is told when to go by `reconnect`; who is still there at that time is closed with 1012; it ends
 * when all are gone, at the latest after the spread and `GRACE_MS`.
 */

import { CLOSE } from '../protocol/index.ts'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import type { Connections } from './connections.ts'

export interface DrainReceipt {
  readonly connections: number
  /** Clients that left by themselves when told. */
  readonly left: number
  /** Those closed with 1012. */
  readonly closed: number
  readonly durationMs: number
}

/** Few clients need not wait long: so much of the spread for each. */
const SPREAD_PER_CLIENT_MS = 5
/** Between the time to go and the close. */
const PATIENCE_MS = 250
const STEP_MS = 50
/** For the last close frames to be read. */
const GRACE_MS = 2_000

export async function drain(
  connections: Connections,
  clock: Clock,
  { url, drainMs }: { readonly url: string; readonly drainMs: number },
): Promise<DrainReceipt> {
  const startMs = clock.nowMs()
  const all = Array.from(connections.all.values())
  const spreadMs = Math.min(drainMs, all.length * SPREAD_PER_CLIENT_MS)
  const afterMs = (index: number): number => Math.floor((index * spreadMs) / all.length)
  all.forEach((connection, index) => {
    connections.send(connection, { op: 'reconnect', url, afterMs: afterMs(index) })
  })
  let next = 0
  let closed = 0
  const close = (connection: Connection): void => {
    if (connection.isOpen) closed++
    connections.close(connection, CLOSE.restart)
  }
  while (next < all.length && connections.all.size > 0) {
    await pause(clock, STEP_MS)
    const elapsedMs = clock.nowMs() - startMs
    while (next < all.length && afterMs(next) + PATIENCE_MS <= elapsedMs) close(all[next++] as Connection)
  }
  for (const connection of connections.all.values()) close(connection)
  const deadlineMs = clock.nowMs() + GRACE_MS
  while (connections.all.size > 0 && clock.nowMs() < deadlineMs) await pause(clock, STEP_MS)
  const durationMs = Math.round(clock.nowMs() - startMs)
  return { connections: all.length, left: all.length - closed, closed, durationMs }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}
