/** Rows of the runtime as rows of the contract. */

import type {
  ActorInfo,
  ActorRow,
  SilentThread as RuntimeSilent,
  ThreadActivity,
} from '../../runtime/index.ts'
import type { ActorDetails, CurrentTurn, PsRow, SupervisorFigures } from './actor-rows.ts'
import type { SilentThread } from './contract.ts'

export function psRow(row: ActorRow): PsRow {
  const { ref, thread, name, type, kind, parent, state, mailboxLength, oldestAgeMs, handled, current } = row
  const { heapBytes, refused, dropped } = row
  const figures = { mailboxLength, oldestAgeMs, handled, handlerMs: rounded(row.handlerMs), current }
  return { ref, thread, name, type, kind, parent, state, ...figures, heapBytes, refused, dropped }
}

export function supervisorFigures({
  supervisor,
}: Pick<ActorRow, 'supervisor'>): SupervisorFigures | undefined {
  if (supervisor === undefined) return undefined
  const { form, strategy, intensity, restarts, children, counts } = supervisor
  const childrenCount = Math.max(children.length, counts.supervisors + counts.actors)
  return { form, strategy, intensity, restarts, children, childrenCount }
}

export function actorDetails(info: ActorInfo): ActorDetails {
  const { mailboxLimit, onFull, trapExit, lastMessages, groups, openCalls, openTasks, about } = info
  const { links, watching, watchedBy } = info
  const bounds = { mailboxLimit, onFull, trapExit, lastMessages, groups, openCalls, openTasks }
  return { ...psRow(info), ...bounds, links, watching, watchedBy, supervisor: supervisorFigures(info), about }
}

export function silentThreads(silent: readonly RuntimeSilent[]): SilentThread[] {
  return silent.map(({ thread, activity }) => ({
    thread,
    busyWith: activity === undefined ? undefined : busyWith(activity),
  }))
}

/** `session <1.5.12> handling 'frame' for 3.2 s` */
export function busyWith({ actor, ref, messageType, sinceMs }: ThreadActivity): string {
  const what = messageType === '' ? 'starting or stopping' : `handling '${messageType}'`
  return `${actor} ${ref} ${what} for ${(Math.max(0, Date.now() - sinceMs) / 1_000).toFixed(1)} s`
}

export function currentTurn(
  activity: ThreadActivity | undefined,
  name: string | undefined,
): CurrentTurn | undefined {
  if (activity === undefined) return undefined
  const { ref, actor, messageType, sinceMs } = activity
  return { ref, actor, name, messageType, forMs: Math.max(0, Date.now() - sinceMs) }
}

export function rounded(value: number, places = 3): number {
  const factor = 10 ** places
  return Math.round(value * factor) / factor
}
