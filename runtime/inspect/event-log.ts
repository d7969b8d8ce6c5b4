/**
 * EventLog: the newest crash reports, supervisor reports and thread reports of a node.
 *
 * Bounded: 200 of each kind, so that a crash loop cannot push the loss of a thread out of sight. Older ones
 * are forgotten.
 */

import type { RuntimeEvent } from '../kernel/events.ts'

export const EVENTS_KEPT_MAX = 200

export type EventOf<Type extends RuntimeEvent['type']> = Extract<RuntimeEvent, { readonly type: Type }>

export interface EventQuery {
  /** Only events at or after this time, in ms since 1970. Default: all that are kept. */
  readonly sinceMs?: number
  /** The newest so many. Default: all that are kept. */
  readonly limit?: number
}

export class EventLog {
  readonly #kept: Record<RuntimeEvent['type'], RuntimeEvent[]> = { crash: [], supervisor: [], thread: [] }

  add(event: RuntimeEvent): void {
    const kept = this.#kept[event.type]
    kept.push(event)
    // Cut down now and then: a crash loop adds events as fast as it restarts.
    if (kept.length === EVENTS_KEPT_MAX * 2) kept.splice(0, EVENTS_KEPT_MAX)
  }

  /** Events of one kind, oldest first. */
  list<Type extends RuntimeEvent['type']>(
    type: Type,
    { sinceMs = 0, limit = EVENTS_KEPT_MAX }: EventQuery = {},
  ): EventOf<Type>[] {
    const found = this.#kept[type]
      .slice(-EVENTS_KEPT_MAX)
      .filter((event) => event.atMs >= sinceMs) as EventOf<Type>[]
    return limit > 0 ? found.slice(-limit) : []
  }
}
