/**
 * treePage: the live actors of one kernel for the supervision tree, a page at a time: of many siblings of one type the
 * first few get a row, the others are counted together.
 *
 * Guarantees: a page ends at `rows` rows, or once it has cost half a millisecond. Every actor that lives through all
 * pages is in exactly one row or count. Cost: about 100 ns for each that is only counted.
 */

import type { AnyRef } from '../actor/ref.ts'
import type { Cell } from '../kernel/cell.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { PAGE_ROWS_MAX } from './actor-page.ts'
import { type ActorRow, type RunState, rowOf, stateOf } from './actor-row.ts'
import { PageMeter } from './page-meter.ts'

/** Siblings of one type, counted together. */
export interface Fold {
  /** Undefined: actors without a parent. */
  readonly parent: string | undefined
  readonly thread: number
  readonly type: string
  readonly count: number
  readonly mailboxLength: number
  /** Of the one with most. */
  readonly mailboxMax: number
  readonly handled: number
  /** How many are in each state; idle, queued and running ones are left out. */
  readonly states: Readonly<Partial<Record<RunState, number>>>
}

export interface TreePage {
  readonly rows: readonly ActorRow[]
  readonly folds: readonly Fold[]
  readonly next: number | undefined
  readonly work: number
}

const WORK_PER_SLOT = 1
const WORK_PER_ACTOR = 10
const WORK_PER_FOLD = 50

type Counts = { -readonly [Key in keyof Omit<Fold, 'states'>]: Fold[Key] } & {
  states: Partial<Record<RunState, number>>
  /** Those with a row. */
  shown: number
}

/** The actors from slot `from` on; the first `fold` of each group of siblings on this page get a row. */
export function treePage(kernel: Kernel, from: number, rowsMax: number, fold: number): TreePage {
  const { cells } = kernel
  kernel.scheduler.readClock() // ages are told as of now
  const limit = Math.min(rowsMax, PAGE_ROWS_MAX)
  const groups = new Map<AnyRef | undefined, Map<string, Counts>>()
  const meter = new PageMeter(kernel.ports.clock)
  const rows: ActorRow[] = []
  let slot = from
  for (; slot < cells.slots && rows.length < limit && !meter.isFull(); slot++) {
    meter.spend(WORK_PER_SLOT)
    const cell = cells.at(slot)
    if (cell === undefined) continue
    meter.spend(WORK_PER_ACTOR)
    const group = groupOf(groups, cell)
    if (group.shown < fold) {
      group.shown++
      const made = rowOf(kernel, cell)
      rows.push(made.row)
      meter.spend(made.work)
    } else count(group, cell)
  }
  const folds = foldsOf(groups)
  meter.spend(folds.length * WORK_PER_FOLD)
  return { rows, folds, next: slot < cells.slots ? slot : undefined, work: meter.work() }
}

function groupOf(groups: Map<AnyRef | undefined, Map<string, Counts>>, cell: Cell): Counts {
  const type = cell.type.definition.name
  let siblings = groups.get(cell.parent)
  if (siblings === undefined) {
    siblings = new Map()
    groups.set(cell.parent, siblings)
  }
  let group = siblings.get(type)
  if (group === undefined) {
    const { thread } = cell.ref
    const figures = { count: 0, mailboxLength: 0, mailboxMax: 0, handled: 0, states: {}, shown: 0 }
    group = { parent: cell.parent?.toString(), thread, type, ...figures }
    siblings.set(type, group)
  }
  return group
}

function count(group: Counts, cell: Cell): void {
  group.count++
  group.handled += cell.handled
  group.mailboxLength += cell.length
  if (cell.length > group.mailboxMax) group.mailboxMax = cell.length
  const state = stateOf(cell.status)
  if (state === 'idle' || state === 'queued' || state === 'running') return
  group.states[state] = (group.states[state] ?? 0) + 1
}

function foldsOf(groups: ReadonlyMap<AnyRef | undefined, ReadonlyMap<string, Counts>>): Fold[] {
  const folds: Fold[] = []
  for (const siblings of groups.values()) {
    for (const { shown: _, ...group } of siblings.values()) if (group.count > 0) folds.push(group)
  }
  return folds
}

/** A row that is not shown after all joins those that are only counted. */
export function foldOfRow({ parent, thread, type, mailboxLength, handled, state }: ActorRow): Fold {
  const states = state === 'idle' || state === 'queued' || state === 'running' ? {} : { [state]: 1 }
  return { parent, thread, type, count: 1, mailboxLength, mailboxMax: mailboxLength, handled, states }
}

export function addFolds(a: Fold, b: Fold): Fold {
  const states: Partial<Record<RunState, number>> = { ...a.states }
  for (const [state, count] of Object.entries(b.states) as [RunState, number][]) {
    states[state] = (states[state] ?? 0) + count
  }
  return {
    ...a,
    states,
    count: a.count + b.count,
    mailboxLength: a.mailboxLength + b.mailboxLength,
    mailboxMax: Math.max(a.mailboxMax, b.mailboxMax),
    handled: a.handled + b.handled,
  }
}
