/** What `top` shows: the node, its threads, the busiest actors, and the one that is followed. Pure. */

import type { Top, TopRow, TopSort } from '../../../gateway/admin/index.ts'
import { visible } from '../../chat/visible.ts'
import type { Page } from '../output.ts'
import { bytes, count, percent, short } from '../text/format.ts'
import { type Line, lineWidth, type Span, span } from '../text/line.ts'
import { spark } from '../text/spark.ts'
import { type Column, type Row, table } from '../text/table.ts'
import { widthOf } from '../text/width.ts'
import {
  aboutText,
  ageCell,
  gaps,
  heading,
  labelOf,
  levelTone,
  mailboxCell,
  number,
  stateCell,
} from '../views/common.ts'
import { threadTable } from '../views/threads.ts'
import { nameOfSort } from './sorts.ts'
import { filterOf, rowsOf, sampled, type TopStart, type TopState, topState, trailOf } from './state.ts'

const BUSY = { warn: 0.3, bad: 0.7 }
/** Threads shown; the others are one line: `threads` has them all. */
const THREADS_MAX = 8
const SPARK_MAX = 40
/** What stands before the last messages. */
const LAST_BESIDE = 11

/** The whole screen. */
export function topScreen(state: TopState, page: Page, height: number): Line[] {
  if (state.help) return HELP
  const above = [...summary(state, page), ...followedLines(state, page)]
  const below = footer(state, page.width)
  const room = Math.max(1, height - above.length - 1 - below.length)
  const rows = actorTable(state, page.width, room)
  const filler = Array.from(
    { length: Math.max(0, height - above.length - rows.length - below.length) },
    () => [],
  )
  return [...above, ...rows, ...filler, ...below]
}

/** One look, for `--once`. */
export function topOnce(top: Top, asked: TopStart, page: Page): Line[] {
  const state = sampled(topState({ ...asked, window: 1 }), top)
  return [...summary(state, page), ...actorTable(state, page.width, top.rows.length)]
}

function summary(state: TopState, page: Page): Line[] {
  const top = state.samples.at(-1)
  if (top === undefined) return [heading(page), ['waiting for the first answer …'], []]
  const looks = state.samples.slice(-state.window).flatMap(({ messagesPerSecond: rate }) => rate ?? [])
  const rate = looks.reduce((sum, each) => sum + each, 0) / looks.length
  const shown = top.threads.slice(0, THREADS_MAX)
  const left = top.threads.length - shown.length
  return [
    heading(
      page,
      `${count(top.actors)} actors${filterOf(state) === '' ? '' : ' match'}`,
      looks.length === 0 ? '' : `${short(rate)} msg/s`,
      ...modes(state),
    ),
    ...threadTable(shown, page.width),
    ...(left > 0 ? [[span(`… ${left} more threads: guildhall threads`, 'dim')]] : []),
    ...gaps({ silent: top.silent }, page.width),
    [],
  ]
}

function modes(state: TopState): Span[] {
  const filter = filterOf(state)
  return [
    ...(state.paused ? [span(' PAUSED ', 'inverse')] : []),
    ...(filter === '' ? [] : [span(`filter ${filter}`, 'accent')]),
  ]
}

const NAME: Column = { title: 'ACTOR', min: 16 }

function columnsOf(sort: TopSort): Column[] {
  const of = (key: TopSort, drop?: number): Column => ({
    title: `${sort === key ? '▼' : ''}${nameOfSort(key).toUpperCase()}`,
    align: 'right',
    ...(drop === undefined || sort === key ? {} : { drop }),
  })
  return [
    { title: '' },
    NAME,
    { title: 'REF' },
    { title: 'TYPE', min: 8, drop: 6 },
    of('handled'),
    of('handlerMs'),
    of('mailbox'),
    of('age', 1),
    of('heap', 2),
    of('refused', 4),
    { title: 'STATE', drop: 3 },
    { title: 'IN WORK', min: 8, drop: 5 },
    { title: 'HANDLED', align: 'right', drop: 7 },
    { title: 'PARENT', drop: 8 },
  ]
}

/** Heading and at most `room` rows, scrolled so that the cursor is among them. */
function actorTable(state: TopState, width: number, room: number): Line[] {
  const all = rowsOf(state)
  const at = all.findIndex(({ ref }) => ref === state.selected)
  const from = Math.max(0, Math.min(at - room + 1, all.length - room))
  const rows = all.slice(from, from + room)
  if (rows.length === 0 && state.samples.length > 0) return [[span('No actor is like that.', 'dim')]]
  return table(
    columnsOf(state.sort),
    rows.map((row) => cellsOf(row, state)),
    width,
  )
}

function cellsOf(row: TopRow, { selected, followed }: TopState): Row {
  const isFollowed = followed !== undefined && (followed.target === row.ref || followed.target === row.name)
  const { handledPerSecond: rate, busy } = row
  return [
    span(row.ref === selected ? '▸' : isFollowed ? '●' : ' ', 'accent'),
    span(labelOf(row), row.ref === selected ? 'inverse' : isFollowed ? 'accent' : 'plain'),
    row.ref,
    span(row.type, 'dim'),
    rate === undefined ? span('?', 'dim') : number(rate, short(rate)),
    busy === undefined ? span('?', 'dim') : number(busy, percent(busy), levelTone(busy, BUSY)),
    mailboxCell(row.mailboxLength),
    ageCell(row.oldestAgeMs),
    bytes(row.heapBytes),
    number(row.refused, short(row.refused), 'warn'),
    stateCell(row.state),
    row.current ?? '',
    number(row.handled, short(row.handled)),
    row.parent ?? '',
  ]
}

function followedLines(state: TopState, { width }: Page): Line[] {
  const { followed } = state
  if (followed === undefined) return []
  const trail = trailOf(state)
  const now = trail.at(-1)
  const { details } = followed
  const head: Line = [
    span('● ', 'accent'),
    span(now === undefined ? followed.label : `${labelOf(now)} ${now.ref}`, 'bold'),
    '  ',
    now === undefined ? whyMissing(state, trail) : stateCell(now.state),
    ...(now?.current === undefined ? [] : ['  in work ', span(now.current, 'bold')]),
    ...(details === undefined ? [] : [span(`  ${aboutText(details.about)}`, 'dim')]),
  ]
  const wide = Math.min(SPARK_MAX, width - 24)
  const line = (
    key: string,
    of: (row: TopRow) => number | undefined,
    text: (value: number) => string,
  ): Line => [
    '  ',
    span(key.padEnd(8), 'dim'),
    ' ',
    spark(
      trail.map((row) => row && of(row)),
      wide,
      0,
    ).padEnd(wide),
    ' ',
    now === undefined ? '' : text(of(now) ?? 0).padStart(9),
  ]
  return [
    head,
    line('msg/s', (row) => row.handledPerSecond, short),
    line('busy', (row) => row.busy, percent),
    line('mailbox', (row) => row.mailboxLength, count),
    line('memory', (row) => row.heapBytes, bytes),
    [
      '  ',
      span('last     ', 'dim'),
      details === undefined ? '' : lastOf(details.lastMessages, width - LAST_BESIDE),
    ],
    [],
  ]
}

/** As many of the last messages as there is room for, the newest at the end. */
function lastOf(messages: readonly string[], room: number): string {
  let shown = messages.at(-1) ?? ''
  for (const message of messages.slice(0, -1).reverse()) {
    const longer = `${message} → ${shown}`
    if (widthOf(visible(longer)) > room) break
    shown = longer
  }
  return shown
}

/** Why there is no row of the one that is followed. */
function whyMissing({ samples, followed }: TopState, trail: readonly (TopRow | undefined)[]): Span {
  const thread = Number(/^<(\d+)/.exec(followed?.ref ?? '')?.[1])
  if (samples.at(-1)?.silent.some((silent) => silent.thread === thread)) return span('no answer', 'bad')
  return trail.some((row) => row !== undefined) ? span('gone', 'bad') : span('…', 'dim')
}

function footer(state: TopState, width: number): Line[] {
  if (state.typing !== undefined)
    return [
      [
        span('filter: ', 'accent'),
        span(state.typing, 'bold'),
        span(' ', 'inverse'),
        span('  enter keeps it, esc drops it', 'dim'),
      ],
    ]
  if (state.trouble !== undefined) return [[span(`! ${state.trouble}`, 'bad')]]
  const keys: (readonly [string, string])[] = [
    ['q', 'quit'],
    ['/', 'filter'],
    ['s', `sort ${nameOfSort(state.sort)}`],
    ['space', state.paused ? 'go on' : 'pause'],
    ['enter', 'follow'],
    ['↑↓', 'select'],
    ['w', `mean of ${state.window}`],
    ['?', 'help'],
  ]
  const lineOf = (): Line => keys.flatMap(([key, what]) => [span(key, 'bold'), span(` ${what}  `, 'dim')])
  while (keys.length > 2 && lineWidth(lineOf()) > width + 2) keys.splice(-2, 1)
  return [lineOf()]
}

const HELP: Line[] = [
  [span('top: the busiest actors of a node', 'bold')],
  [],
  ['  q            quit; so does Ctrl-C'],
  ['  space, p     pause and go on; sorting and filtering work meanwhile'],
  ['  s →, S ←     sort by the next column, by the one before'],
  ['  1 … 6        sort by messages/s, busy, mailbox, wait, memory, refused'],
  ['  /            filter by part of name or type; enter keeps it, esc drops it'],
  ['  ↑ ↓ j k      move the cursor; so do PageUp, PageDown, Home, End'],
  ['  enter, f     follow the actor at the cursor; by its name, if it has one'],
  ['  w            rates as means over 1, 5, 15, 60 looks'],
  ['  esc          stop following, then drop the cursor, then the filter'],
  [],
  ['  MSG/S        messages taken per second'],
  ['  BUSY         part of its time in its handlers, estimated'],
  ['  MAILBOX      messages that wait'],
  ['  WAIT         how long the oldest of them has waited at most'],
  ['  MEMORY       of its state and mailbox, estimated'],
  ['  REFUSED      messages refused by it, and of its own refused elsewhere'],
  [],
  [span('any key goes back', 'dim')],
]
