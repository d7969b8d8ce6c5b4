/** Export and import of a MemoryData, in the same row order and with the same checks as every store. */

import { badRow, storeNotEmpty } from '../failures.ts'
import { type ImportRow, importRows } from '../import-rows.ts'
import { compareIds, compareUsers } from '../order.ts'
import type { ExportRow } from '../records.ts'
import type { MemoryData } from './memory-data.ts'

/** The rows of now: later writes do not show. */
export function dumpRows(data: MemoryData): ExportRow[] {
  return [
    { type: 'header', format: 'guildhall.export', version: 1 },
    ...[...data.conversations.values()]
      .sort((a, b) => compareIds(a.id, b.id))
      .map((record) => ({ type: 'conversation' as const, record, members: data.members(record.id) })),
    ...[...data.guilds.values()]
      .sort((a, b) => compareIds(a.id, b.id))
      .map((record) => ({
        type: 'guild' as const,
        record,
        members: data.guildMembers(record.id).all(),
        channels: data.channels(record.id).map(({ id }) => id),
      })),
    ...[...data.logs]
      .sort(([a], [b]) => compareIds(a, b))
      .flatMap(([, log]) => log.map((message) => ({ type: 'message' as const, message }))),
    ...[...data.inboxes]
      .sort(([a], [b]) => compareUsers(a, b))
      .flatMap(([user, inbox]) =>
        inbox.map((pointer, index) => ({ type: 'inbox' as const, user, n: index + 1, ...pointer })),
      ),
    ...cursorRows(data),
  ]
}

function cursorRows(data: MemoryData): ExportRow[] {
  const delivered = [...data.delivered].map(([key, value]) => {
    const [conversation = '', user = '', device = ''] = key.split('\0')
    return { type: 'cursor' as const, conversation, user, device, delivered: value }
  })
  const read = [...data.read].map(([key, value]) => {
    const [conversation = '', user = ''] = key.split('\0')
    return { type: 'read' as const, conversation, user, read: value }
  })
  return [
    ...delivered.sort(
      (a, b) =>
        compareIds(a.conversation, b.conversation) ||
        compareUsers(a.user, b.user) ||
        compareUsers(a.device, b.device),
    ),
    ...read.sort((a, b) => compareIds(a.conversation, b.conversation) || compareUsers(a.user, b.user)),
    ...[...data.seen]
      .sort(([a], [b]) => compareUsers(a, b))
      .map(([user, at]) => ({ type: 'lastSeen' as const, user, at })),
  ]
}

/** Fills `scratch` first, so that a bad row leaves nothing behind: the caller takes it over at the end. */
export async function loadRows(
  data: MemoryData,
  scratch: MemoryData,
  rows: AsyncIterable<ExportRow> | Iterable<ExportRow>,
): Promise<number> {
  if (data.lastId !== '0') throw storeNotEmpty(data.lastId)
  let count = 1
  for await (const { number, row } of importRows(rows)) {
    count = number
    const problem = loadRow(scratch, row)
    if (problem !== undefined) throw badRow(number, problem)
  }
  return count
}

/** What is wrong with it, if anything. */
function loadRow(data: MemoryData, row: ImportRow['row']): string | undefined {
  switch (row.type) {
    case 'conversation':
      if (data.conversations.has(row.record.id)) return `conversation ${row.record.id} is there twice`
      return void data.createConversation(row.record, row.members)
    case 'guild':
      return loadGuild(data, row)
    case 'message':
      return loadMessage(data, row)
    case 'inbox':
      return loadInbox(data, row)
    case 'cursor':
      return void data.delivered.set([row.conversation, row.user, row.device].join('\0'), row.delivered)
    case 'read':
      return void data.read.set([row.conversation, row.user].join('\0'), row.read)
    case 'lastSeen':
      return void data.seen.set(row.user, row.at)
  }
}

type RowOf<T extends ImportRow['row']['type']> = Extract<ImportRow['row'], { type: T }>

function loadGuild(data: MemoryData, { record, members, channels }: RowOf<'guild'>): string | undefined {
  if (data.guilds.has(record.id)) return `guild ${record.id} is there twice`
  const missing = channels.find((id) => data.conversations.get(id)?.guild !== record.id)
  if (missing !== undefined) return `channel ${missing} of guild ${record.id} is missing`
  data.createGuild(record)
  for (const user of members) data.addGuildMember(record.id, user)
  return undefined
}

function loadMessage(data: MemoryData, { message: row }: RowOf<'message'>): string | undefined {
  const { conversation, seq, ...message } = row
  const head = data.head(conversation)
  if (seq !== head + 1) return `message ${seq} of conversation ${conversation} follows ${head}`
  const { status } = data.append(conversation, message, [])
  return status === 'appended' ? undefined : `message ${seq} of conversation ${conversation} repeats an id`
}

function loadInbox(data: MemoryData, { user, n, conversation, seq }: RowOf<'inbox'>): string | undefined {
  const inbox = data.inboxes.get(user) ?? []
  if (n !== inbox.length + 1) return `inbox number ${n} follows ${inbox.length}`
  if (seq > data.head(conversation)) {
    return `inbox number ${n} points to message ${seq} of ${conversation}, which is missing`
  }
  inbox.push({ conversation, seq })
  data.inboxes.set(user, inbox)
  return undefined
}
