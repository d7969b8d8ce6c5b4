/** Message log and inboxes over LMDB rows. Writes are decisions over a transaction, run by the group writer. */

import { type PageRange, pageBounds } from '../paging.ts'
import type { Appended, InboxMessage, NewMessage, Page, StoredMessage, UserKey } from '../records.ts'
import { sameContent } from '../same-message.ts'
import { keys } from './keys.ts'
import { corrupt, packMessage, packPointer, unpackCounter, unpackMessage, unpackPointer } from './rows.ts'
import type { Transaction } from './transaction.ts'

/** Anything that rows can be read from: what is committed, a batch, or a view. */
export interface RowReader {
  get(key: string): Buffer | undefined
}

export function appendAll(
  transaction: Transaction,
  conversation: string,
  messages: readonly NewMessage[],
  inboxes: readonly UserKey[],
): Appended[] {
  return messages.map((message) => append(transaction, conversation, message, inboxes))
}

function append(
  transaction: Transaction,
  conversation: string,
  message: NewMessage,
  inboxes: readonly UserKey[],
): Appended {
  const dedupeKey = keys.dedupe(conversation, message.author, message.id)
  const known = transaction.get(dedupeKey)
  if (known !== undefined) {
    return repeated(transaction, conversation, unpackCounter(dedupeKey, known), message)
  }
  const headKey = keys.head(conversation)
  const seq = transaction.counter(headKey) + 1
  transaction.put(keys.message(conversation, seq), packMessage(message))
  transaction.putCounter(dedupeKey, seq)
  transaction.putCounter(headKey, seq)
  transaction.noteId(message.messageId)
  const numbers = inboxes.map((user) => copyToInbox(transaction, user, conversation, seq))
  return { status: 'appended', seq, messageId: message.messageId, at: message.at, inboxes: numbers }
}

function copyToInbox(transaction: Transaction, user: UserKey, conversation: string, seq: number): number {
  const headKey = keys.inboxHead(user)
  const n = transaction.counter(headKey) + 1
  transaction.put(keys.inbox(user, n), packPointer(conversation, seq))
  transaction.putCounter(headKey, n)
  return n
}

function repeated(reader: RowReader, conversation: string, seq: number, message: NewMessage): Appended {
  const first = readMessage(reader, conversation, seq)
  if (!sameContent(first, message)) return { status: 'conflict' }
  return { status: 'duplicate', seq, messageId: first.messageId, at: first.at, inboxes: [] }
}

/** Rows are fetched one by one: a log has no gaps, and a missing row is damage, not the end. */
function readMessage(reader: RowReader, conversation: string, seq: number): StoredMessage {
  const key = keys.message(conversation, seq)
  const bytes = reader.get(key)
  if (bytes === undefined) throw corrupt(key, 'it is missing')
  return unpackMessage(key, conversation, seq, bytes)
}

export function readCounter(reader: RowReader, key: string): number {
  const bytes = reader.get(key)
  return bytes === undefined ? 0 : unpackCounter(key, bytes)
}

export function readPage(reader: RowReader, conversation: string, range: PageRange): Page<StoredMessage> {
  const { from, to, more } = pageBounds(readCounter(reader, keys.head(conversation)), range)
  const items: StoredMessage[] = []
  for (let seq = from; seq <= to; seq++) items.push(readMessage(reader, conversation, seq))
  return { items, more }
}

export function readInboxPage(
  reader: RowReader,
  user: UserKey,
  after: number,
  limit: number,
): Page<InboxMessage> {
  const { from, to, more } = pageBounds(readCounter(reader, keys.inboxHead(user)), { after, limit })
  const items: InboxMessage[] = []
  for (let n = from; n <= to; n++) {
    const { conversation, seq } = readPointer(reader, user, n)
    items.push({ n, message: readMessage(reader, conversation, seq) })
  }
  return { items, more }
}

function readPointer(reader: RowReader, user: UserKey, n: number) {
  const key = keys.inbox(user, n)
  const bytes = reader.get(key)
  if (bytes === undefined) throw corrupt(key, 'it is missing')
  return unpackPointer(key, bytes)
}
