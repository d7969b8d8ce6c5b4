/** What the clients of the crash scenario are told to do, and what they tell. */

export interface CrashOrder {
  readonly perSecond: number
  /** From the first message due to the last. The fault comes somewhere within. */
  readonly seconds: number
  /** Messages due earlier are sent and verified, and count for no figure: code and caches are cold. */
  readonly warmS: number
}

/** When it happened, in milliseconds since 1970, with their fractions: clocks of processes start at different times. */
export interface Fault {
  readonly faultAt: number
}

export interface CrashReport {
  readonly offered: number
  readonly sent: number
  readonly delivered: number
  /** Sockets that ended, in all and by close code, and errors by code. */
  readonly closed: number
  readonly closes: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
  /** All sessions are identified again, in ms since the fault; undefined while one is not, or none was closed. */
  readonly resumedMs?: number | undefined
  readonly recoveryMs: number
  /** The greatest latency before the fault, in ms. */
  readonly worstBeforeMs: number
  /** When messages were due, in seconds since the fault, and the greatest latency of those of that moment, in ms. */
  readonly timeline: readonly (readonly [number, number])[]
}

/** Beyond it a message has been held up by the fault. */
const HELD_UP_MS = 250
const BUCKET_MS = 100

/** How a message fared; times on one clock, NaN for what did not happen. */
export interface Fate {
  readonly dueAt: number
  readonly sentAt: number
  readonly deliveredAt: number
}

/** When a message was through at both ends. */
function throughAt({ sentAt, deliveredAt }: Fate): number {
  return Math.max(sentAt, deliveredAt)
}

/**
 * From the fault until the last message that it held up was acknowledged and delivered: from then on everything flows again. Where none was
 * held up for so long, the worst latency of those due in the second after the fault.
 */
export function recoveryMs(fates: readonly Fate[], faultAt: number): number {
  let recovered = 0
  let worst = 0
  for (const fate of fates) {
    const through = throughAt(fate)
    if (through <= faultAt) continue
    const latency = through - fate.dueAt
    if (latency > HELD_UP_MS) recovered = Math.max(recovered, through - faultAt)
    if (fate.dueAt >= faultAt && fate.dueAt < faultAt + 1_000) worst = Math.max(worst, latency)
  }
  return recovered === 0 ? worst : recovered
}

export function timeline(fates: readonly Fate[], faultAt: number): (readonly [number, number])[] {
  const worst = new Map<number, number>()
  for (const fate of fates) {
    const bucket = Math.floor((fate.dueAt - faultAt) / BUCKET_MS)
    const latency = throughAt(fate) - fate.dueAt
    if (Number.isFinite(latency)) worst.set(bucket, Math.max(worst.get(bucket) ?? 0, latency))
  }
  return [...worst]
    .toSorted(([a], [b]) => a - b)
    .map(([bucket, latency]) => [(bucket * BUCKET_MS) / 1_000, Math.round(latency * 10) / 10])
}
