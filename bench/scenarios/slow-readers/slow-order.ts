/** What the room of the slow-readers scenario is told to do, and what it tells. */

export interface FloodOrder {
  readonly perSecond: number
  readonly warmS: number
  readonly seconds: number
  /** So many of the members read no more than `slowPerSecond` while the flood lasts. */
  readonly slow: number
  readonly slowPerSecond: number
}

/** Printed when the last message was offered, before anybody catches up. */
export interface FloodOver {
  readonly floodMs: number
}

export interface FloodReport {
  readonly offered: number
  readonly sent: number
  readonly errors: number
  readonly closed: number
  /** Messages that the members together should hold, and those that they do not. */
  readonly due: number
  readonly missing: number
  /** What slow members read while the flood lasted, and what they pulled afterwards. */
  readonly readSlowly: number
  readonly pulled: number
  /** From the end of the flood until the slow members held everything. */
  readonly caughtUpMs: number
  /** Encoded Latencies of the members that are not slow. */
  readonly times: string
}
