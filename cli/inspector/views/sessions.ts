/** Sessions, and where a user is. */

import type { SessionFigures, SessionPage, SlowFigures, Whereabouts } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { age, bytes, count, plural } from '../text/format.ts'
import { type Line, type Span, span, type Tone } from '../text/line.ts'
import { type Column, type Row, table } from '../text/table.ts'
import { gaps, number, pairs } from './common.ts'

const COLUMNS: readonly Column[] = [
  { title: 'USER', min: 10 },
  { title: 'DEVICE', min: 8 },
  { title: 'STATE' },
  { title: 'SESSION', min: 14 },
  { title: 'SILENT', align: 'right' },
  { title: 'BUFFERED', align: 'right' },
  { title: 'SKIPPED', align: 'right', drop: 1 },
  { title: 'RESUMES', align: 'right', drop: 3 },
  { title: 'TICKET', align: 'right', drop: 4 },
  { title: 'THR', align: 'right', drop: 2 },
  { title: 'ACTOR', drop: 3 },
  { title: 'CONN', align: 'right', drop: 5 },
  { title: 'CODEC', drop: 6 },
  { title: 'CRASHES', align: 'right', drop: 7 },
  { title: 'TENANT', min: 8, drop: 8 },
]
const TONES: Readonly<Record<SessionFigures['state'], Tone>> = {
  live: 'plain',
  starting: 'warn',
  replacing: 'warn',
  detached: 'dim',
}

export function sessionsView(page: SessionPage, { width }: Page): Line[] {
  if (page.rows.length === 0) return [['No session is like that.'], ...gaps(page, width)]
  const shown = page.rows.length < page.total ? `, the first ${count(page.rows.length)}:` : ''
  const head: Line = [span(plural(page.total, 'session'), 'bold'), shown]
  return [head, [], ...sessionTable(page.rows, width), ...gaps({ silent: page.silent }, width)]
}

function sessionTable(sessions: readonly SessionFigures[], width: number): Line[] {
  return table(COLUMNS, sessions.map(cellsOf), width)
}

function cellsOf(row: SessionFigures): Row {
  return [
    row.user,
    row.device,
    span(row.state, TONES[row.state]),
    row.session,
    silentCell(row),
    number(row.bufferedBytes, bytes(row.bufferedBytes), row.slow === undefined ? 'plain' : 'warn'),
    skippedCell(row.slow),
    number(row.resumes, String(row.resumes)),
    age(row.ticketAgeMs),
    String(row.thread),
    row.ref ?? span('none', 'warn'),
    row.connection === undefined ? '' : String(row.connection),
    row.codec ?? '',
    number(row.crashes, String(row.crashes), 'bad'),
    row.tenant,
  ]
}

function silentCell({ silentMs, ticketLeftMs }: SessionFigures): Span {
  if (ticketLeftMs !== undefined) return span(`ends ${age(ticketLeftMs)}`, 'warn')
  return silentMs === undefined ? span('?', 'dim') : span(age(silentMs))
}

function skippedCell(slow: SlowFigures | undefined): Span {
  if (slow === undefined) return span('·', 'dim')
  const skipped = slow.skipped.reduce((sum, { from, to }) => sum + to - from + 1, 0)
  return span(`${count(skipped)} + ${count(slow.queued)}`, 'bad')
}

export function whereView(where: Whereabouts, page: Page): Line[] {
  const { user, tenant, online, sessions } = where
  const detached = sessions.filter(({ state }) => state === 'detached').length
  const state = online ? span('online', 'good') : detached > 0 ? span('away', 'warn') : span('offline', 'dim')
  const facts = pairs(
    [
      ['tenant', tenant || undefined],
      ['node', page.node.node],
      ['thread', String(where.thread)],
      ['sessions', `${sessions.length}${detached > 0 ? `, ${detached} of them detached` : ''}`],
      ['last seen', lastSeen(where, page)],
      ['inbox', where.inboxHead === undefined ? undefined : plural(where.inboxHead, 'message')],
      ['conversations', where.conversations === undefined ? undefined : count(where.conversations)],
      ['guilds', where.guilds === undefined ? undefined : count(where.guilds)],
    ],
    page.width,
  )
  const table = sessions.length === 0 ? [] : [[], ...sessionTable(sessions, page.width)]
  return [[span(user, 'bold'), '  ', state], ...facts, ...table]
}

function lastSeen({ online, lastSeenMs }: Whereabouts, { nowMs }: Page): string | undefined {
  if (online || lastSeenMs === undefined) return undefined
  return `${age(nowMs - lastSeenMs)} ago`
}
