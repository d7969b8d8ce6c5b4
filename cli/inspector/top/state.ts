/**
 * What `top` knows and how it changes: with a key, with an answer of the node. Pure: `run.ts` brings keys and answers,
 * `view.ts` shows it.
 *
 * Rates are means over a sliding window of answers. An actor that was not among the busiest at some look counts as idle
 * for that one.
 */

import {
  type ActorDetails,
  TOP_SORTS,
  type Top,
  type TopRow,
  type TopSort,
} from '../../../gateway/admin/index.ts'
import type { Key } from '../terminal/keys.ts'

export interface TopState {
  /** The last answers, oldest first, enough for the largest window. */
  readonly samples: readonly Top[]
  readonly sort: TopSort
  /** Part of type or name, or a ref. */
  readonly filter: string
  /** The filter while it is being typed. */
  readonly typing: string | undefined
  readonly paused: boolean
  /** The ref under the cursor. */
  readonly selected: string | undefined
  readonly followed: Followed | undefined
  /** Answers that rates are means of. */
  readonly window: number
  readonly help: boolean
  /** Why there was no answer lately. */
  readonly trouble: string | undefined
  readonly done: boolean
}

export interface Followed {
  /** What the node is asked for: a name outlives a restart, a ref does not. */
  readonly target: string
  /** Under which it was known last. */
  readonly ref: string
  readonly label: string
  readonly details: ActorDetails | undefined
}

const WINDOWS = [1, 5, 15, 60] as const
const SAMPLES_MAX = 60
const PAGE = 10

/** What an operator may ask for on the command line. */
export type TopStart = Partial<Pick<TopState, 'sort' | 'filter' | 'window'>>

export function topState({ sort = 'handled', filter = '', window = 5 }: TopStart): TopState {
  return {
    samples: [],
    sort,
    filter,
    typing: undefined,
    paused: false,
    selected: undefined,
    followed: undefined,
    window,
    help: false,
    trouble: undefined,
    done: false,
  }
}

// --- what the node says ---

export function sampled(state: TopState, top: Top, details?: ActorDetails): TopState {
  const samples = [...state.samples, top].slice(-SAMPLES_MAX)
  return { ...state, samples, followed: seen(state.followed, details), trouble: undefined }
}

/** Details may be late: of somebody who was followed when they were asked for. */
function seen(followed: Followed | undefined, details: ActorDetails | undefined): Followed | undefined {
  if (followed === undefined || details === undefined || !isTarget(followed.target, details)) return followed
  return { ...followed, ref: details.ref, details }
}

function isTarget(target: string, { ref, name }: Pick<TopRow, 'ref' | 'name'>): boolean {
  return target === ref || target === name
}

export function failed(state: TopState, trouble: string): TopState {
  return { ...state, trouble }
}

// --- what is typed ---

export function pressed(state: TopState, key: Key): TopState {
  if (state.typing !== undefined) return typed(state, state.typing, key)
  if (state.help) return { ...state, help: false }
  return KEYS[key]?.(state) ?? chosenByNumber(state, key)
}

const KEYS: Readonly<Record<Key, (state: TopState) => TopState>> = {
  q: (state) => ({ ...state, done: true }),
  '?': (state) => ({ ...state, help: true }),
  h: (state) => ({ ...state, help: true }),
  ' ': (state) => ({ ...state, paused: !state.paused }),
  p: (state) => ({ ...state, paused: !state.paused }),
  '/': (state) => ({ ...state, typing: state.filter }),
  s: (state) => sortedBy(state, 1),
  right: (state) => sortedBy(state, 1),
  S: (state) => sortedBy(state, -1),
  left: (state) => sortedBy(state, -1),
  w: widened,
  up: (state) => moved(state, -1),
  k: (state) => moved(state, -1),
  down: (state) => moved(state, 1),
  j: (state) => moved(state, 1),
  pageUp: (state) => moved(state, -PAGE),
  pageDown: (state) => moved(state, PAGE),
  home: (state) => moved(state, Number.NEGATIVE_INFINITY),
  end: (state) => moved(state, Number.POSITIVE_INFINITY),
  enter: follow,
  f: follow,
  escape: stepBack,
}

function typed(state: TopState, typing: string, key: Key): TopState {
  if (key === 'enter') return { ...state, typing: undefined, filter: typing.trim() }
  if (key === 'escape') return { ...state, typing: undefined }
  if (key === 'backspace') return { ...state, typing: [...typing].slice(0, -1).join('') }
  if (key === 'ctrl-u') return { ...state, typing: '' }
  return [...key].length === 1 ? { ...state, typing: typing + key } : state
}

function chosenByNumber(state: TopState, key: Key): TopState {
  const sort = TOP_SORTS[Number(key) - 1]
  return sort === undefined ? state : { ...state, sort }
}

function sortedBy(state: TopState, step: number): TopState {
  const next = (TOP_SORTS.indexOf(state.sort) + step + TOP_SORTS.length) % TOP_SORTS.length
  return { ...state, sort: TOP_SORTS[next] ?? state.sort }
}

function widened(state: TopState): TopState {
  return { ...state, window: WINDOWS.find((each) => each > state.window) ?? WINDOWS[0] }
}

function moved(state: TopState, step: number): TopState {
  const rows = rowsOf(state)
  const at = rows.findIndex(({ ref }) => ref === state.selected)
  const next = at < 0 && step > 0 ? step - 1 : at + step
  return { ...state, selected: rows[Math.min(rows.length - 1, Math.max(0, next))]?.ref }
}

/** The one under the cursor, or the first; once more, no one any longer. */
function follow(state: TopState): TopState {
  const rows = rowsOf(state)
  const row = rows.find(({ ref }) => ref === state.selected) ?? rows[0]
  if (row === undefined) return state
  const target = row.name ?? row.ref
  if (state.followed?.target === target) return { ...state, followed: undefined }
  const label = `${row.name ?? row.type} ${row.ref}`
  const followed = { target, ref: row.ref, label, details: undefined }
  return { ...state, followed, selected: row.ref }
}

/** Escape undoes the last narrowing: the actor followed, then the cursor, then the filter. */
function stepBack(state: TopState): TopState {
  if (state.followed !== undefined) return { ...state, followed: undefined }
  if (state.selected !== undefined) return { ...state, selected: undefined }
  return { ...state, filter: '' }
}

// --- what follows from it ---

/** The filter in force: what is being typed counts at once. */
export function filterOf({ typing, filter }: TopState): string {
  return (typing ?? filter).trim()
}

/** The rows of the last answer with rates over the window, filtered and sorted, the greatest first. */
export function rowsOf(state: TopState): TopRow[] {
  const last = state.samples.at(-1)
  if (last === undefined) return []
  const means = meansOf(state)
  const rows = last.rows.filter((row) => matches(row, filterOf(state))).map(means)
  return rows.sort((a, b) => keyOf(b, state.sort) - keyOf(a, state.sort) || (a.ref < b.ref ? -1 : 1))
}

/** The one that is followed, at each look of those that are kept; undefined where it was not there. */
export function trailOf({ samples, followed }: TopState): (TopRow | undefined)[] {
  return samples.map(({ followed: row }) =>
    row !== undefined && followed !== undefined && isTarget(followed.target, row) ? row : undefined,
  )
}

function meansOf({ samples, window }: TopState): (row: TopRow) => TopRow {
  const looks = samples.slice(-window).filter(({ windowMs }) => windowMs !== undefined)
  const sums = new Map<string, { handled: number; busy: number }>()
  for (const { rows } of looks) {
    for (const { ref, handledPerSecond = 0, busy = 0 } of rows) {
      const sum = sums.get(ref)
      if (sum === undefined) sums.set(ref, { handled: handledPerSecond, busy })
      else {
        sum.handled += handledPerSecond
        sum.busy += busy
      }
    }
  }
  return (row) => {
    const sum = sums.get(row.ref)
    if (sum === undefined) return row
    return { ...row, handledPerSecond: sum.handled / looks.length, busy: sum.busy / looks.length }
  }
}

function matches({ ref, type, name }: TopRow, filter: string): boolean {
  if (filter === '') return true
  return ref === filter || type.includes(filter) || (name?.includes(filter) ?? false)
}

function keyOf(row: TopRow, sort: TopSort): number {
  switch (sort) {
    case 'handled':
      return row.handledPerSecond ?? row.handled
    case 'handlerMs':
      return row.busy ?? row.handlerMs
    case 'mailbox':
      return row.mailboxLength
    case 'age':
      return row.oldestAgeMs
    case 'heap':
      return row.heapBytes
    case 'refused':
      return row.refused
  }
}
