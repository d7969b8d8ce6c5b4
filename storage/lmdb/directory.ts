/** Conversations, guilds and members as decisions over a transaction, and how their rows are read. */

import { compareUsers } from '../order.ts'
import type { ConversationRecord, GuildRecord, UserKey } from '../records.ts'
import { keys } from './keys.ts'
import type { RowReader } from './log.ts'
import { corrupt, packRecord, packText, unpackRecord } from './rows.ts'
import type { Transaction } from './transaction.ts'

const PRESENT = Buffer.from([1])

export function createConversation(
  transaction: Transaction,
  record: ConversationRecord,
  members: readonly UserKey[],
): void {
  transaction.put(keys.conversation(record.id), packRecord(record))
  transaction.noteId(record.id)
  if (record.guild !== undefined) transaction.put(keys.channel(record.guild, record.id), PRESENT)
  for (const user of members) join(transaction, record.id, user)
  if (record.kind === 'dm') indexDm(transaction, record.id, members)
}

export function openDm(
  transaction: Transaction,
  record: ConversationRecord,
  members: readonly [UserKey, UserKey],
): { record: ConversationRecord; created: boolean } {
  const known = transaction.get(dmKey(members[0], members[1]))
  const id = known?.toString('latin1', 0, known.length)
  const existing = id === undefined ? undefined : readConversation(transaction, id)
  if (existing !== undefined) return { record: existing, created: false }
  createConversation(transaction, record, members)
  return { record, created: true }
}

export function addMember(transaction: Transaction, conversation: string, user: UserKey): boolean {
  const record = readConversation(transaction, conversation)
  if (record === undefined || record.kind === 'channel') return false
  return join(transaction, conversation, user)
}

export function removeMember(transaction: Transaction, conversation: string, user: UserKey): boolean {
  if (!transaction.has(keys.member(conversation, user))) return false
  transaction.remove(keys.member(conversation, user))
  transaction.remove(keys.membership(user, conversation))
  return true
}

export function createGuild(
  transaction: Transaction,
  record: GuildRecord,
  channel?: ConversationRecord,
): void {
  transaction.put(keys.guild(record.id), packRecord(record))
  transaction.noteId(record.id)
  if (channel !== undefined) createConversation(transaction, channel, [])
  addGuildMember(transaction, record.id, record.owner)
}

export function addGuildMember(transaction: Transaction, guild: string, user: UserKey): boolean {
  const key = keys.guildMember(guild, user)
  if (transaction.has(key) || !transaction.has(keys.guild(guild))) return false
  transaction.put(key, PRESENT)
  transaction.put(keys.guildOf(user, guild), PRESENT)
  const countKey = keys.guildCount(guild)
  transaction.putCounter(countKey, transaction.counter(countKey) + 1)
  return true
}

export function removeGuildMember(transaction: Transaction, guild: string, user: UserKey): boolean {
  const key = keys.guildMember(guild, user)
  if (!transaction.has(key)) return false
  transaction.remove(key)
  transaction.remove(keys.guildOf(user, guild))
  const countKey = keys.guildCount(guild)
  transaction.putCounter(countKey, transaction.counter(countKey) - 1)
  return true
}

export function readConversation(reader: RowReader, id: string): ConversationRecord | undefined {
  const key = keys.conversation(id)
  const bytes = reader.get(key)
  return bytes === undefined ? undefined : recordOf<ConversationRecord>(key, bytes, id)
}

export function readGuild(reader: RowReader, id: string): GuildRecord | undefined {
  const key = keys.guild(id)
  const bytes = reader.get(key)
  return bytes === undefined ? undefined : recordOf<GuildRecord>(key, bytes, id)
}

/** The checksum vouches for the fields; the id for the place. */
function recordOf<T extends { readonly id: string }>(key: string, bytes: Buffer, id: string): T {
  const record = unpackRecord(key, bytes)
  const isIt = typeof record === 'object' && record !== null && 'id' in record && record.id === id
  if (!isIt) throw corrupt(key, 'it is the record of another id')
  return record as T
}

function join(transaction: Transaction, conversation: string, user: UserKey): boolean {
  const key = keys.member(conversation, user)
  if (transaction.has(key)) return false
  transaction.put(key, PRESENT)
  transaction.put(keys.membership(user, conversation), PRESENT)
  return true
}

function indexDm(transaction: Transaction, id: string, members: readonly UserKey[]): void {
  const [first, second = first] = members
  if (first !== undefined && second !== undefined) transaction.put(dmKey(first, second), packText(id))
}

/** The same for both orders. */
function dmKey(a: UserKey, b: UserKey): string {
  return compareUsers(a, b) <= 0 ? keys.dm(a, b) : keys.dm(b, a)
}
