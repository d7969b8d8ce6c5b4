/**
 * Incidents: how often things went wrong: crashes by type of actor, what supervisors did, what befell threads.
 *
 * Bounded: types of actors are named in the code, and events by their kind. What is known beforehand begins at zero:
 * Prometheus does not see the step from nothing to one.
 */

import type { RuntimeEvent } from '../../runtime/index.ts'

type EventOf<Type extends RuntimeEvent['type']> = Extract<RuntimeEvent, { type: Type; event?: unknown }>

const SUPERVISOR_EVENTS: Readonly<Record<EventOf<'supervisor'>['event'], 0>> = {
  childExited: 0,
  restarted: 0,
  startFailed: 0,
  gaveUp: 0,
  killedAfterTimeout: 0,
  autoShutdown: 0,
}
const THREAD_EVENTS: Readonly<Record<EventOf<'thread'>['event'], 0>> = {
  stuck: 0,
  heapLimit: 0,
  died: 0,
  replaced: 0,
  gaveUp: 0,
}

export class Incidents {
  readonly crashes = new Map<string, number>()
  readonly supervisors = new Map<string, number>(Object.entries(SUPERVISOR_EVENTS))
  readonly threads = new Map<string, number>(Object.entries(THREAD_EVENTS))

  note(event: RuntimeEvent): void {
    if (event.type === 'crash') count(this.crashes, event.actor)
    else if (event.type === 'supervisor') count(this.supervisors, event.event)
    else count(this.threads, event.event)
  }

  /** Actors of these types live, so they may crash. */
  expect(types: Iterable<string>): void {
    for (const type of types) if (!this.crashes.has(type)) this.crashes.set(type, 0)
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
