/**
 * rowOf: one live actor as one row of a snapshot. Plain data, refs as text.
 *
 * Cost: bounded; `work` tells it in units of about 10 ns, so that a page of rows can be bounded too.
 */

import type { AnyRef } from '../actor/ref.ts'
import {
  AWAITING,
  type Cell,
  EXITING,
  QUEUED,
  RUNNING,
  STARTING,
  STOPPING,
  SUSPENDED,
} from '../kernel/cell.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { estimateBytes } from './heap-estimate.ts'
import { clip } from './safe-read.ts'
import { type SupervisorRow, supervisorOf } from './supervisor-row.ts'

/**
 * What an actor is doing; where several hold, the first of this order: stopping, starting, suspended,
 * awaiting, running, queued, idle.
 */
export type RunState = 'idle' | 'queued' | 'running' | 'awaiting' | 'suspended' | 'starting' | 'stopping'

/** How many, and the first few of them. */
export interface Relatives {
  readonly count: number
  readonly first: readonly string[]
}

export interface ActorRow {
  readonly ref: string
  readonly thread: number
  readonly name: string | undefined
  readonly type: string
  readonly kind: 'actor' | 'supervisor'
  readonly parent: string | undefined
  readonly state: RunState
  readonly mailboxLength: number
  /** How long the oldest waiting message has waited at most, in ms; 0 when none waits. */
  readonly oldestAgeMs: number
  /** Messages taken since its start. */
  readonly handled: number
  /** Time in its handlers in ms: an estimate from 1 turn in 32. */
  readonly handlerMs: number
  /** The type of the message in work; undefined between messages. */
  readonly current: string | undefined
  readonly links: Relatives
  /** Actors it monitors. */
  readonly watching: Relatives
  /** Actors that monitor it. */
  readonly watchedBy: Relatives
  /** Memory of its state and mailbox: see `estimateBytes` for what this is worth. */
  readonly heapBytes: number
  /** Messages refused by its mailbox, and messages of its own that were refused elsewhere. */
  readonly refused: number
  /** Messages its full mailbox dropped for newer ones. */
  readonly dropped: number
  /** Restarts within the period, strategy and first children of a supervisor. */
  readonly supervisor: SupervisorRow | undefined
}

/** Relatives named in a row. */
const NAMED_MAX = 5
const CHILDREN_MAX = 50
const CELL_BYTES = 200
const ENTRY_BYTES = 8
const MESSAGE_NODES_MAX = 20
const WORK_PER_ROW = 200
const WORK_PER_NODE = 30
const WORK_PER_CHILD = 30

export function rowOf(kernel: Kernel, cell: Cell): { readonly row: ActorRow; readonly work: number } {
  const { definition } = cell.type
  const { bytes, nodes } = memoryOf(cell)
  const row: ActorRow = {
    ref: cell.ref.toString(),
    thread: cell.ref.thread,
    name: cell.name,
    type: definition.name,
    kind: definition.kind,
    parent: cell.parent?.toString(),
    state: stateOf(cell.status),
    mailboxLength: cell.length,
    oldestAgeMs: kernel.scheduler.oldestAgeMs(cell),
    handled: cell.handled,
    handlerMs: kernel.scheduler.handlerMsOf(cell),
    current: currentOf(cell),
    links: linksOf(cell),
    watching: watchingOf(cell),
    watchedBy: watchedByOf(cell),
    heapBytes: bytes,
    refused: cell.relations?.refused ?? 0,
    dropped: cell.relations?.dropped ?? 0,
    supervisor: supervisorOf(cell, CHILDREN_MAX),
  }
  const children = row.supervisor?.children.length ?? 0
  return { row, work: WORK_PER_ROW + nodes * WORK_PER_NODE + children * WORK_PER_CHILD }
}

export function stateOf(status: number): RunState {
  if (status & (STOPPING | EXITING)) return 'stopping'
  if (status & STARTING) return 'starting'
  if (status & SUSPENDED) return 'suspended'
  if (status & AWAITING) return 'awaiting'
  if (status & RUNNING) return 'running'
  return status & QUEUED ? 'queued' : 'idle'
}

/** A handler in work is the one that took the last message. */
function currentOf(cell: Cell): string | undefined {
  if ((cell.status & (RUNNING | AWAITING)) === 0 || cell.status & (STARTING | STOPPING)) return undefined
  const [last] = cell.type.describeRecent(cell.recent & 0xff, 0)
  return last === undefined ? undefined : clip(last)
}

/** Messages that wait are taken for like the oldest. */
function memoryOf(cell: Cell): { bytes: number; nodes: number } {
  const state = estimateBytes(cell.state)
  if (cell.length === 0) return { bytes: CELL_BYTES + state.bytes, nodes: state.nodes }
  const oldest = estimateBytes(cell.peek(0), MESSAGE_NODES_MAX)
  const mailbox = cell.length * (ENTRY_BYTES + oldest.bytes)
  return { bytes: CELL_BYTES + state.bytes + mailbox, nodes: state.nodes + oldest.nodes }
}

/** Links to its parent and children come first. `max` bounds those that are named. */
export function linksOf(cell: Cell, max = NAMED_MAX): Relatives {
  const { parentCell, relations } = cell
  const children = relations?.linkedChildren ?? 0
  const count = (parentCell === null ? 0 : 1) + children + (relations?.links?.size ?? 0)
  return count === 0 ? NONE : { count, first: firstOf(linked(cell), max, (ref) => ref) }
}

export function watchingOf(cell: Cell, max = NAMED_MAX): Relatives {
  const watching = cell.relations?.watching
  if (watching === null || watching === undefined || watching.size === 0) return NONE
  return { count: watching.size, first: firstOf(watching, max, (watch) => watch.ref) }
}

export function watchedByOf(cell: Cell, max = NAMED_MAX): Relatives {
  const { watchers = null, remoteWatchers = null } = cell.relations ?? {}
  const count = (watchers?.size ?? 0) + (remoteWatchers?.size ?? 0)
  if (count === 0) return NONE
  const here = firstOf(watchers ?? [], max, (watch) => watch.watcher.ref)
  const elsewhere = firstOf(remoteWatchers?.values() ?? [], max - here.length, (remote) => remote.watcher)
  return { count, first: [...here, ...elsewhere] }
}

const NONE: Relatives = { count: 0, first: [] }

function* linked(cell: Cell): Generator<AnyRef> {
  if (cell.parentCell !== null) yield cell.parentCell.ref
  for (let child = cell.relations?.children ?? null; child !== null; child = child.nextSibling)
    yield child.ref
  yield* cell.relations?.links ?? []
}

function firstOf<T>(items: Iterable<T>, max: number, refOf: (item: T) => AnyRef): string[] {
  const first: string[] = []
  for (const item of items) {
    if (first.length >= max) break
    first.push(refOf(item).toString())
  }
  return first
}
