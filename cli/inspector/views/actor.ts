/** One actor: everything about it, its mailbox, its state, its relatives. */

import type {
  ActorDetails,
  ActorLinks,
  ActorMailbox,
  ActorState,
  Relation,
  Relatives,
} from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { bytes, count, duration } from '../text/format.ts'
import { type Line, span } from '../text/line.ts'
import { table } from '../text/table.ts'
import { wrap } from '../text/wrap.ts'
import { aboutText, labelOf, pairs, stateCell } from './common.ts'

export function infoView(actor: ActorDetails, { width }: Page): Line[] {
  const { supervisor, about } = actor
  const limit = `${actor.mailboxLength} of ${count(actor.mailboxLimit)}, then ${actor.onFull}`
  return [
    [span(labelOf(actor), 'bold'), ' ', actor.ref, ' ', stateCell(actor.state)],
    ...pairs(
      [
        ['type', actor.kind === 'supervisor' ? `${actor.type} (supervisor)` : actor.type],
        ['about', aboutText(about) || undefined],
        ['thread', String(actor.thread)],
        ['parent', actor.parent],
        ['in work', actor.current],
        ['mailbox', limit],
        ['oldest waits', actor.oldestAgeMs > 0 ? duration(actor.oldestAgeMs) : undefined],
        ['handled', `${count(actor.handled)} messages in ${duration(actor.handlerMs)}`],
        ['last messages', actor.lastMessages.join(' → ') || 'none'],
        ['memory', `about ${bytes(actor.heapBytes)}`],
        ['refused', actor.refused > 0 ? count(actor.refused) : undefined],
        ['dropped', actor.dropped > 0 ? count(actor.dropped) : undefined],
        [
          'open',
          actor.openCalls + actor.openTasks > 0
            ? `${actor.openCalls} calls, ${actor.openTasks} tasks`
            : undefined,
        ],
        ['groups', actor.groups.join(', ') || undefined],
        ['links', relatives(actor.links)],
        ['watching', relatives(actor.watching)],
        ['watched by', relatives(actor.watchedBy)],
        ['traps exits', actor.trapExit ? 'yes' : undefined],
        ['strategy', supervisor?.strategy],
        [
          'restarts',
          supervisor &&
            `${supervisor.restarts} of ${supervisor.intensity.restarts} in ${duration(supervisor.intensity.periodMs)}`,
        ],
        ['children', supervisor && count(supervisor.childrenCount)],
      ],
      width,
    ),
    ...children(actor, width),
  ]
}

function children({ supervisor }: ActorDetails, width: number): Line[] {
  if (supervisor === undefined || supervisor.children.length === 0) return []
  const rows = supervisor.children.map(({ id, state, ref }) => [
    id ?? '',
    span(state, state === 'running' ? 'dim' : 'bad'),
    ref ?? '',
  ])
  return [[], ...table([{ title: 'CHILD', min: 10 }, { title: 'STATE' }, { title: 'REF' }], rows, width)]
}

function relatives({ count: many, first }: Relatives): string | undefined {
  if (many === 0) return undefined
  const left = many - first.length
  return `${count(many)}: ${first.join(' ')}${left > 0 ? ` and ${count(left)} more` : ''}`
}

export function mailboxView(mailbox: ActorMailbox, { width }: Page): Line[] {
  const { ref, mailboxLength, oldestAgeMs, messages } = mailbox
  const head: Line = [
    span(ref, 'bold'),
    '  ',
    mailboxLength === 0
      ? 'nothing waits'
      : `${count(mailboxLength)} waiting, the oldest for at most ${duration(oldestAgeMs)}`,
  ]
  if (messages.length === 0) return [head]
  const rows = messages.map(({ type, kind, content }, index) => [
    String(index + 1),
    type,
    span(kind, kind === 'call' ? 'accent' : 'dim'),
    content ?? '',
  ])
  const hasContent = messages.some(({ content }) => content !== undefined)
  const columns = [
    { title: '#', align: 'right' as const },
    { title: 'MESSAGE', min: 8 },
    { title: 'KIND' },
    ...(hasContent ? [{ title: 'CONTENT', min: 20 }] : []),
  ]
  const left = mailboxLength - messages.length
  return [
    head,
    [],
    ...table(columns, rows, width),
    ...(left > 0 ? [[span(`… ${count(left)} more`, 'dim')]] : []),
  ]
}

export function stateView({ ref, type, state }: ActorState, { width }: Page): Line[] {
  return [[span(type, 'bold'), ' ', ref], ...wrap(state, width).map((part): Line => [part])]
}

const RELATIONS: Readonly<Record<Relation, string>> = {
  parent: 'parent',
  child: 'child',
  link: 'link',
  watching: 'watches',
  watchedBy: 'watched by',
}

export function linksView({ ref, type, name, counts, related }: ActorLinks, { width }: Page): Line[] {
  const head: Line = [span(labelOf({ name, type }), 'bold'), ' ', ref]
  if (related.length === 0) return [[...head, '  has nobody']]
  const rows = related.map((row) => [
    span(RELATIONS[row.relation], 'dim'),
    row.ref,
    row.type === undefined
      ? span('gone, or its thread gives no answer', 'bad')
      : labelOf({ name: row.name, type: row.type }),
    span(row.type ?? '', 'dim'),
  ])
  const columns = [
    { title: 'RELATION' },
    { title: 'REF' },
    { title: 'NAME', min: 12 },
    { title: 'TYPE', min: 8, drop: 1 },
  ]
  const total = Object.values(counts).reduce((sum, each) => sum + each, 0)
  const left = total - related.length
  return [
    head,
    [],
    ...table(columns, rows, width),
    ...(left > 0 ? [[span(`… ${count(left)} more`, 'dim')]] : []),
  ]
}
