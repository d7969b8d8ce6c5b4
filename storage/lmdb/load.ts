/**
 * Import: rows of an export into an empty store, in batches. Until the last row is in, a marker keeps the folder from
 * being used; a bad row removes what was written, so the folder is empty again.
 */

import { badRow, storeNotEmpty } from '../failures.ts'
import { type ImportRow, importRows } from '../import-rows.ts'
import type { ExportRow } from '../records.ts'
import type { LmdbDatabase } from './database.ts'
import { addGuildMember, createConversation, createGuild, readConversation } from './directory.ts'
import { keys, TABLES } from './keys.ts'
import { appendAll } from './log.ts'
import { packCounter, packPointer } from './rows.ts'
import type { Transaction } from './transaction.ts'
import type { GroupWriter } from './writer.ts'

const BATCH_ROWS = 500
const REMOVE_ROWS = 5_000

export async function loadRows(
  database: LmdbDatabase,
  writer: GroupWriter,
  rows: AsyncIterable<ExportRow> | Iterable<ExportRow>,
): Promise<{ rows: number }> {
  await writer.write('load rows', begin)
  try {
    const count = await loadBatches(writer, rows)
    await writer.write('load rows', (transaction) => transaction.remove(keys.importing))
    return { rows: count }
  } catch (error) {
    await removeAll(database, writer)
    throw error
  }
}

function begin(transaction: Transaction): void {
  const lastId = transaction.get(keys.lastId)
  if (lastId !== undefined) throw storeNotEmpty(lastId.toString('latin1', 0, lastId.length))
  transaction.put(keys.importing, packCounter(1))
}

async function loadBatches(
  writer: GroupWriter,
  rows: AsyncIterable<ExportRow> | Iterable<ExportRow>,
): Promise<number> {
  let count = 1
  let batch: ImportRow[] = []
  const flush = async () => {
    const full = batch
    batch = []
    await writer.write('load rows', (transaction) => {
      for (const { number, row } of full) loadRow(transaction, number, row)
    })
  }
  for await (const row of importRows(rows)) {
    count = row.number
    batch.push(row)
    if (batch.length >= BATCH_ROWS) await flush()
  }
  await flush()
  return count
}

function loadRow(transaction: Transaction, number: number, row: ImportRow['row']): void {
  switch (row.type) {
    case 'conversation':
      return loadConversation(transaction, number, row)
    case 'guild':
      return loadGuild(transaction, number, row)
    case 'message':
      return loadMessage(transaction, number, row)
    case 'inbox':
      return loadInbox(transaction, number, row)
    case 'cursor':
      return transaction.putCounter(keys.delivered(row.conversation, row.user, row.device), row.delivered)
    case 'read':
      return transaction.putCounter(keys.read(row.conversation, row.user), row.read)
    case 'lastSeen':
      return transaction.putCounter(keys.lastSeen(row.user), row.at)
  }
}

type RowOf<T extends ImportRow['row']['type']> = Extract<ImportRow['row'], { type: T }>

function loadConversation(transaction: Transaction, number: number, row: RowOf<'conversation'>): void {
  const { id } = row.record
  if (transaction.has(keys.conversation(id))) throw badRow(number, `conversation ${id} is there twice`)
  createConversation(transaction, row.record, row.members)
}

function loadGuild(transaction: Transaction, number: number, row: RowOf<'guild'>): void {
  const { id } = row.record
  if (transaction.has(keys.guild(id))) throw badRow(number, `guild ${id} is there twice`)
  for (const channel of row.channels) {
    if (readConversation(transaction, channel)?.guild !== id) {
      throw badRow(number, `channel ${channel} of guild ${id} is missing`)
    }
  }
  createGuild(transaction, row.record)
  for (const user of row.members) addGuildMember(transaction, id, user)
}

function loadMessage(transaction: Transaction, number: number, row: RowOf<'message'>): void {
  const { conversation, seq, ...message } = row.message
  const head = transaction.counter(keys.head(conversation))
  if (seq !== head + 1) {
    throw badRow(number, `message ${seq} of conversation ${conversation} follows ${head}`)
  }
  const [result] = appendAll(transaction, conversation, [message], [])
  if (result?.status !== 'appended') {
    throw badRow(number, `message ${seq} of conversation ${conversation} repeats an id`)
  }
}

function loadInbox(transaction: Transaction, number: number, row: RowOf<'inbox'>): void {
  const { user, n, conversation, seq } = row
  const head = transaction.counter(keys.inboxHead(user))
  if (n !== head + 1) throw badRow(number, `inbox number ${n} follows ${head}`)
  if (seq > transaction.counter(keys.head(conversation))) {
    throw badRow(number, `inbox number ${n} points to message ${seq} of ${conversation}, which is missing`)
  }
  transaction.put(keys.inbox(user, n), packPointer(conversation, seq))
  transaction.putCounter(keys.inboxHead(user), n)
}

/** The marker goes last. */
async function removeAll(database: LmdbDatabase, writer: GroupWriter): Promise<void> {
  for (const prefix of Object.values(TABLES)) {
    if (prefix === TABLES.meta) continue
    for (;;) {
      const found = database.keysOf(prefix, { limit: REMOVE_ROWS })
      if (found.length === 0) break
      await writer.write('remove an import', (transaction) => {
        for (const key of found) transaction.remove(key)
      })
    }
  }
  await writer.write('remove an import', (transaction) => {
    transaction.remove(keys.lastId)
    transaction.remove(keys.importing)
  })
}
