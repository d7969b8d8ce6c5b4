/**
 * supervisorOf: what a row tells of a supervisor besides what it tells of every actor.
 */

import { type Cell, STARTING } from '../kernel/cell.ts'
import { describeSupervisor, type SupervisorInfo, type SupervisorState } from '../supervisor/index.ts'
import { clip } from './safe-read.ts'

/** `SupervisorInfo` as it crosses. */
export interface SupervisorRow extends Omit<SupervisorInfo, 'children'> {
  /** The first of its children, those of a static supervisor in start order. */
  readonly children: readonly ChildRow[]
}

export interface ChildRow {
  /** Its id, or the key of a dynamic child; undefined for one without a key. */
  readonly id: string | undefined
  readonly state: 'running' | 'restarting' | 'stopped'
  readonly ref: string | undefined
}

/** Undefined for an actor that is no supervisor, or has no state yet. */
export function supervisorOf(cell: Cell, childrenMax: number): SupervisorRow | undefined {
  if (cell.type.definition.kind !== 'supervisor' || cell.status & STARTING) return undefined
  // What is of this kind was made by `supervisor`, which alone decides what its state is.
  const { children, ...info } = describeSupervisor(cell.state as SupervisorState, childrenMax)
  return { ...info, children: children.map(rowOf) }
}

function rowOf({ id, ref }: SupervisorInfo['children'][number]): ChildRow {
  const state = ref === undefined ? 'stopped' : ref === 'restarting' ? ref : 'running'
  return {
    id: id === undefined ? id : clip(id),
    state,
    ref: state === 'running' ? ref?.toString() : undefined,
  }
}
