/** What the suite writes: ids, messages and records that count up, so that a test reads without noise. */

import type { ConversationRecord, GuildRecord, NewMessage } from '../records.ts'

const FIRST_ID = 1_000_000_000_000_000_000n

/** A new Snowflake-like id for each call. */
function idMaker(): () => string {
  let next = FIRST_ID
  return () => String(next++)
}

export const nextId = idMaker()
let clients = 0

export function message(fields: Partial<NewMessage> = {}): NewMessage {
  clients += 1
  return {
    messageId: nextId(),
    id: `client-${clients}`,
    author: 'alice',
    device: 'phone',
    at: 1_700_000_000_000 + clients,
    kind: 'text',
    body: `message ${clients}`,
    ...fields,
  }
}

export function messages(count: number): NewMessage[] {
  return Array.from({ length: count }, () => message())
}

export function conversation(fields: Partial<ConversationRecord> = {}): ConversationRecord {
  return { id: nextId(), tenant: '', kind: 'group', createdAt: 1_700_000_000_000, ...fields }
}

export function guild(fields: Partial<GuildRecord> = {}): GuildRecord {
  return {
    id: nextId(),
    tenant: '',
    name: 'A guild',
    owner: 'alice',
    open: false,
    createdAt: 1_700_000_000_000,
    ...fields,
  }
}

export function channelOf(owner: GuildRecord, name = 'general'): ConversationRecord {
  return conversation({ kind: 'channel', guild: owner.id, name })
}

export async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
}
