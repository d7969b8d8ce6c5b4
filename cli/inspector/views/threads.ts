/** Scheduler threads: how busy, how late, how full, and with what; above all those that make no progress. */

import type { CurrentTurn, RingFill, ThreadFigures, Threads } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { bytes, count, duration, percent, short } from '../text/format.ts'
import { type Line, type Span, span, type Tone } from '../text/line.ts'
import { type Column, type Row, table } from '../text/table.ts'
import { heading, levelTone, number, toned } from './common.ts'

const BUSY = { warn: 0.7, bad: 0.95 }
const LAG_MS = { warn: 50, bad: 500 }
const FULL = { warn: 0.5, bad: 0.8 }
/** A turn that lasts longer holds up everybody else on its thread. */
const TURN_MS = { warn: 100, bad: 1_000 }
const BAR = 8

const COLUMNS: readonly Column[] = [
  { title: 'THR', align: 'right' },
  { title: 'STATE' },
  { title: 'BUSY', align: 'right' },
  { title: '', drop: 6 },
  { title: 'LAG', align: 'right' },
  { title: 'HEAP', align: 'right' },
  { title: 'LIMIT', align: 'right', drop: 5 },
  { title: 'RING', align: 'right' },
  { title: 'ACTORS', align: 'right' },
  { title: 'QUEUE', align: 'right', drop: 1 },
  { title: 'HANDLED', align: 'right', drop: 2 },
  { title: 'LOST', align: 'right', drop: 3 },
  { title: 'REFUSED', align: 'right', drop: 4 },
  { title: 'RESTARTS', align: 'right', drop: 3 },
  { title: 'IN WORK', min: 14 },
]

export function threadsView({ threads }: Threads, page: Page): Line[] {
  return [
    heading(page),
    [],
    ...threadTable(threads, page.width),
    ...threads.flatMap((row) => troubles(row, page.width)),
  ]
}

export function threadTable(threads: readonly ThreadFigures[], width: number): Line[] {
  return table(COLUMNS, threads.map(cellsOf), width)
}

function cellsOf(row: ThreadFigures): Row {
  const full = Math.max(shareOf(row.ringIn), shareOf(row.ringOut))
  const heap = row.heapLimitBytes === 0 ? 0 : row.heapBytes / row.heapLimitBytes
  return [
    String(row.thread),
    stateCell(row),
    span(percent(row.busy), levelTone(row.busy, BUSY)),
    bar(row.busy),
    number(row.lagMs, duration(row.lagMs), row.answered ? levelTone(row.lagMs, LAG_MS) : 'bad'),
    span(bytes(row.heapBytes), levelTone(heap, FULL)),
    bytes(row.heapLimitBytes),
    number(full, percent(full), levelTone(full, FULL)),
    known(row.actors, count),
    known(row.runQueue, short),
    known(row.messagesHandled, short),
    known(row.deadLetters, short),
    known(row.refused, short, 'warn'),
    number(row.restarts, String(row.restarts), 'warn'),
    workCell(row.current),
  ]
}

function stateCell({ state, answered }: ThreadFigures): Span {
  if (!answered) return span('stuck', 'bad')
  return span(state, state === 'running' || state === 'main' ? 'plain' : 'warn')
}

function known(value: number | undefined, text: (value: number) => string, tone: Tone = 'plain'): Span {
  return value === undefined ? span('?', 'bad') : number(value, text(value), tone)
}

function shareOf({ usedBytes, sizeBytes }: RingFill): number {
  return sizeBytes === 0 ? 0 : usedBytes / sizeBytes
}

function bar(share: number): Span {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * BAR)
  return span('█'.repeat(filled) + '░'.repeat(BAR - filled), levelTone(share, BUSY))
}

function workCell(current: CurrentTurn | undefined): Span {
  if (current === undefined) return span('·', 'dim')
  return span(turnText(current), levelTone(current.forMs, TURN_MS))
}

function turnText({ actor, name, ref, messageType, forMs }: CurrentTurn): string {
  const what = messageType === '' ? 'start or stop' : `'${messageType}'`
  return `${name ?? actor} ${ref} ${what} ${duration(forMs)}`
}

/** In full what the table has no room for, and what to do about it. */
function troubles(row: ThreadFigures, width: number): Line[] {
  const { thread, answered, current, lagMs, lastFault } = row
  const lines: Line[] = []
  if (!answered) {
    const doing = current === undefined ? '' : `: ${turnText(current)}`
    lines.push(...toned(`! thread ${thread} makes no progress for ${duration(lagMs)}${doing}`, 'bad', width))
    lines.push([`  what would go with it: guildhall restart-thread ${thread} --dry-run`])
  }
  if (lastFault !== undefined)
    lines.push(...toned(`! thread ${thread} was replaced: ${lastFault}`, 'warn', width))
  return lines.length === 0 ? [] : [[], ...lines]
}
