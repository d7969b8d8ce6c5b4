/**
 * Export: every row of one view, in the order in which an import can check it: conversations, guilds, messages,
 * inboxes, cursors. Streams: a page of keys is in memory at a time, and a guild's member list.
 */

import { storeClosed } from '../failures.ts'
import type { ExportRow } from '../records.ts'
import type { Entry, LmdbDatabase, View } from './database.ts'
import { readConversation, readGuild } from './directory.ts'
import { idAt, keys, numberAt, TABLES, userAt } from './keys.ts'
import type { RowReader } from './log.ts'
import { unpackCounter, unpackMessage, unpackPointer } from './rows.ts'

const PAGE_ROWS = 256
const ID_AT = 1
const AFTER_ID = 9
const NUMBER_BYTES = 7

export async function* dumpRows(database: LmdbDatabase, isClosed: () => boolean): AsyncGenerator<ExportRow> {
  const view = database.view()
  const rows = new ViewRows(database, view, isClosed)
  try {
    yield { type: 'header', format: 'guildhall.export', version: 1 }
    yield* conversations(rows)
    yield* guilds(rows)
    yield* messages(rows)
    yield* inboxes(rows)
    yield* cursors(rows)
  } finally {
    // Closing the store has ended the view already.
    if (!isClosed()) view.done()
  }
}

/** All reads of one export, refused once the store is closed. */
class ViewRows implements RowReader {
  readonly #database: LmdbDatabase
  readonly #view: View
  readonly #isClosed: () => boolean

  constructor(database: LmdbDatabase, view: View, isClosed: () => boolean) {
    this.#database = database
    this.#view = view
    this.#isClosed = isClosed
  }

  get(key: string): Buffer | undefined {
    this.#check()
    return this.#database.get(key, this.#view)
  }

  *entries(prefix: string): Generator<Entry> {
    for (let from = prefix; ; ) {
      this.#check()
      const page = this.#database.entriesOf(prefix, { from, limit: PAGE_ROWS, view: this.#view })
      yield* page
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE_ROWS) return
      from = last.key
    }
  }

  keysOf(prefix: string): string[] {
    this.#check()
    return this.#database.keysOf(prefix, { view: this.#view })
  }

  #check(): void {
    if (this.#isClosed()) throw storeClosed('go on with an export')
  }
}

function* conversations(rows: ViewRows): Generator<ExportRow> {
  for (const { key } of rows.entries(TABLES.conversations)) {
    const id = idAt(key, ID_AT)
    const record = readConversation(rows, id)
    if (record === undefined) continue
    yield { type: 'conversation', record, members: usersOf(rows, keys.members(id)) }
  }
}

function* guilds(rows: ViewRows): Generator<ExportRow> {
  for (const { key } of rows.entries(TABLES.guilds)) {
    const id = idAt(key, ID_AT)
    const record = readGuild(rows, id)
    if (record === undefined) continue
    const channels = rows.keysOf(keys.channels(id)).map((channel) => idAt(channel, AFTER_ID))
    yield { type: 'guild', record, members: usersOf(rows, keys.guildMembers(id)), channels }
  }
}

function* messages(rows: ViewRows): Generator<ExportRow> {
  for (const { key, value } of rows.entries(TABLES.messages)) {
    const message = unpackMessage(key, idAt(key, ID_AT), numberAt(key, AFTER_ID), value)
    yield { type: 'message', message }
  }
}

function* inboxes(rows: ViewRows): Generator<ExportRow> {
  for (const { key, value } of rows.entries(TABLES.inbox)) {
    const n = numberAt(key, key.length - NUMBER_BYTES)
    yield { type: 'inbox', user: userAt(key, ID_AT), n, ...unpackPointer(key, value) }
  }
}

function* cursors(rows: ViewRows): Generator<ExportRow> {
  for (const { key, value } of rows.entries(TABLES.delivered)) {
    const device = userAt(key, key.indexOf('\0', AFTER_ID) + 1)
    const at = { conversation: idAt(key, ID_AT), user: userAt(key, AFTER_ID), device }
    yield { type: 'cursor', ...at, delivered: unpackCounter(key, value) }
  }
  for (const { key, value } of rows.entries(TABLES.read)) {
    const at = { conversation: idAt(key, ID_AT), user: userAt(key, AFTER_ID) }
    yield { type: 'read', ...at, read: unpackCounter(key, value) }
  }
  for (const { key, value } of rows.entries(TABLES.lastSeen)) {
    yield { type: 'lastSeen', user: userAt(key, ID_AT), at: unpackCounter(key, value) }
  }
}

function usersOf(rows: ViewRows, prefix: string) {
  return rows.keysOf(prefix).map((key) => userAt(key, prefix.length))
}
