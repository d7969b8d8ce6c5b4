/** One guild, one conversation. */

import type {
  ConversationFigures,
  GuildFigures,
  MemberRow,
  OwnerFigures,
} from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { age, count, date } from '../text/format.ts'
import { type Line, type Span, span, type Tone } from '../text/line.ts'
import { type Column, table } from '../text/table.ts'
import { aboutText, number, pairs } from './common.ts'

export function guildView(guild: GuildFigures, { width }: Page): Line[] {
  const online =
    guild.online === undefined ? 'too many to count who is online' : `${count(guild.online)} online`
  const facts = pairs(
    [
      ['owner', guild.owner],
      ['tenant', guild.tenant || undefined],
      ['open', guild.open ? 'yes, anyone may join' : 'no'],
      ['created', date(guild.createdAtMs)],
      ['members', `${count(guild.members)}, ${online}`],
      ['guild actor', ownerText(guild.guildActor)],
      ['relay', ownerText(guild.relay)],
    ],
    width,
  )
  const columns: readonly Column[] = [
    { title: 'CHANNEL', min: 12 },
    { title: 'CONVERSATION' },
    { title: 'HEAD', align: 'right' },
    { title: 'PUBLISHED', align: 'right' },
  ]
  const rows = guild.channels.map(
    ({ name, conversation, head, published }) => [
      name,
      conversation,
      number(head, count(head)),
      publishedCell(published, head),
    ],
    width,
  )
  return [
    [span(guild.name, 'bold'), '  guild ', guild.guild],
    ...facts,
    [],
    ...table(columns, rows, width),
    ...members(guild, undefined, width),
  ]
}

export function conversationView(talk: ConversationFigures, { width, nowMs }: Page): Line[] {
  const last = talk.lastMessageAtMs
  const facts = pairs(
    [
      ['guild', talk.guild],
      ['tenant', talk.tenant || undefined],
      ['created', date(talk.createdAtMs)],
      ['head', count(talk.head)],
      ['last message', last === undefined ? 'none' : `${age(nowMs - last)} ago`],
      ['members', count(talk.members)],
      ['delivery', talk.audience === 'inboxes' ? 'each member has it in his inbox' : 'published to a topic'],
      ['owner', ownerText(talk.owner)],
      ['relay', talk.relay && ownerText(talk.relay)],
      ['published', talk.relay && publishedCell(talk.published, talk.head)],
    ],
    width,
  )
  return [
    [
      span(talk.title ?? talk.kind, 'bold'),
      `  ${talk.title === undefined ? 'conversation' : talk.kind} `,
      talk.conversation,
    ],
    ...facts,
    ...members(talk, talk.head, width),
  ]
}

const TONES: Readonly<Record<OwnerFigures['state'], Tone>> = {
  running: 'plain',
  suspended: 'bad',
  idle: 'dim',
  crashed: 'bad',
  unknown: 'bad',
}

function ownerText({ state, ref, thread, mailboxLength = 0, about }: OwnerFigures): Span {
  const more = [mailboxLength > 0 ? `${count(mailboxLength)} waiting` : '', aboutText(about)].filter(Boolean)
  const text = [state, ...(ref === undefined ? [] : [ref]), `on thread ${thread}`].join(' ')
  return span([text, ...more].join(', '), TONES[state])
}

function publishedCell(published: number | undefined, head: number): Span {
  if (published === undefined) return span('nobody listens', 'dim')
  return published < head
    ? span(`${count(published)} (${count(head - published)} behind)`, 'bad')
    : span(count(published))
}

function members(
  { members: total, memberRows }: { readonly members: number; readonly memberRows: readonly MemberRow[] },
  head: number | undefined,
  width: number,
): Line[] {
  if (memberRows.length === 0) return []
  const columns: readonly Column[] = [
    { title: 'MEMBER', min: 12 },
    { title: 'SESSIONS', align: 'right' },
    ...(head === undefined
      ? []
      : [
          { title: 'READ', align: 'right' as const },
          { title: 'UNREAD', align: 'right' as const },
        ]),
  ]
  const rows = memberRows.map(
    ({ user, sessions, read = 0 }) => [
      user,
      number(sessions, String(sessions)),
      ...(head === undefined ? [] : [number(read, count(read)), number(head - read, count(head - read))]),
    ],
    width,
  )
  const left = total - memberRows.length
  return [[], ...table(columns, rows, width), ...(left > 0 ? [[span(`… ${count(left)} more`, 'dim')]] : [])]
}
