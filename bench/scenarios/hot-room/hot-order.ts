/** What the hot room is told to do, and what it tells. */

export type HotOrder =
  /** So many members in all, online; answered by `Grown`. */
  | { readonly do: 'grow'; readonly members: number }
  /** Messages to all of them; answered by a `HotReport`. */
  | { readonly do: 'heat'; readonly perSecond: number; readonly warmS: number; readonly seconds: number }

export interface Grown {
  readonly members: number
}

export interface HotReport {
  readonly offered: number
  readonly sent: number
  readonly errors: number
  /** Frames that members were due, and those that came: each once. */
  readonly due: number
  readonly received: number
  readonly closed: number
  /** Encoded Latencies, from when a message was due to its arrival at each member. */
  readonly times: string
}

export function isComplete({ offered, sent, errors, due, received, closed }: HotReport): boolean {
  return sent === offered && received === due && errors === 0 && closed === 0
}
