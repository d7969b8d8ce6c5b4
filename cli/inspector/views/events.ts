/** What supervisors did, what became of threads, and messages that nobody handled. */

import type { DeadLetterPage, RestartRow, ThreadEventRow } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { age, clock, count } from '../text/format.ts'
import { type Line, type Span, span, type Tone } from '../text/line.ts'
import { type Column, table } from '../text/table.ts'
import { gaps } from './common.ts'

export interface Restarts {
  readonly restarts: readonly RestartRow[]
  readonly threadEvents: readonly ThreadEventRow[]
}

const EVENTS: Readonly<Record<RestartRow['event'], readonly [string, Tone]>> = {
  childExited: ['exited', 'plain'],
  restarted: ['restarted', 'good'],
  startFailed: ['start failed', 'bad'],
  gaveUp: ['gave up', 'bad'],
  killedAfterTimeout: ['killed: too slow to stop', 'warn'],
  autoShutdown: ['shut itself down', 'warn'],
}

const THREAD_EVENTS: Readonly<Record<ThreadEventRow['event'], readonly [string, Tone]>> = {
  stuck: ['stuck', 'bad'],
  heapLimit: ['heap limit', 'bad'],
  died: ['died', 'bad'],
  replaced: ['replaced', 'good'],
  gaveUp: ['gave up', 'bad'],
}

const COLUMNS: readonly Column[] = [
  { title: 'LAST' },
  { title: 'AGO', align: 'right', drop: 3 },
  { title: 'TIMES', align: 'right' },
  { title: 'SUPERVISOR', min: 12, drop: 1 },
  { title: 'CHILD', min: 12 },
  { title: 'EVENT' },
  { title: 'REASON', min: 30 },
  { title: 'THR', align: 'right', drop: 2 },
]

interface Happened {
  readonly key: string
  readonly atMs: number
  readonly thread: number
  readonly who: string
  readonly child: string
  readonly event: Span
  readonly reason: string
}

export function restartsView({ restarts, threadEvents }: Restarts, { width, nowMs }: Page): Line[] {
  const happened = [...restarts.map(ofSupervisor), ...threadEvents.map(ofThread)].sort(
    (a, b) => a.atMs - b.atMs,
  )
  if (happened.length === 0) return [['No restart is on record.']]
  const rows = folded(happened).map(([last, times]) => [
    clock(last.atMs),
    age(nowMs - last.atMs),
    times === 1 ? '' : span(`× ${count(times)}`, 'bold'),
    span(last.who, 'dim'),
    last.child,
    last.event,
    last.reason,
    String(last.thread),
  ])
  return table(COLUMNS, rows, width)
}

function ofSupervisor({ atMs, thread, supervisor, child, event, reason = '' }: RestartRow): Happened {
  const [text, tone] = EVENTS[event]
  const key = JSON.stringify([thread, supervisor, child, event, reason])
  return { key, atMs, thread, who: supervisor, child, event: span(text, tone), reason }
}

function ofThread({ atMs, thread, event, detail }: ThreadEventRow): Happened {
  const [text, tone] = THREAD_EVENTS[event]
  const key = JSON.stringify([thread, event, detail])
  return {
    key,
    atMs,
    thread,
    who: 'node',
    child: `thread ${thread}`,
    event: span(text, tone),
    reason: detail,
  }
}

/** Equal ones once, where the last of them stands. */
function folded(happened: readonly Happened[]): [Happened, number][] {
  const groups = new Map<string, [Happened, number]>()
  for (const each of happened) {
    const times = groups.get(each.key)?.[1] ?? 0
    groups.delete(each.key)
    groups.set(each.key, [each, times + 1])
  }
  return [...groups.values()]
}

const WHY = { gone: 'no such actor', ended: 'its actor ended', dropped: 'mailbox full' } as const

export function deadLettersView({ total, letters, silent }: DeadLetterPage, { width, nowMs }: Page): Line[] {
  if (total === 0) return [['No message was left unhandled.'], ...gaps({ silent }, width)]
  const rows = letters.map(({ atMs, to, messageType, why, thread }) => [
    clock(atMs),
    age(nowMs - atMs),
    messageType,
    to,
    span(WHY[why], why === 'dropped' ? 'bad' : 'plain'),
    String(thread),
  ])
  const columns: readonly Column[] = [
    { title: 'AT' },
    { title: 'AGO', align: 'right', drop: 1 },
    { title: 'MESSAGE', min: 12 },
    { title: 'TO', min: 12 },
    { title: 'WHY' },
    { title: 'THR', align: 'right', drop: 2 },
  ]
  const head: Line = [span(count(total), 'bold'), ` since the threads started; the last ${letters.length}:`]
  return [head, [], ...table(columns, rows, width), ...gaps({ silent }, width)]
}
