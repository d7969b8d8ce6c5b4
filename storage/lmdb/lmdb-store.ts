/**
 * openLmdbStore: all ports of storage over one LMDB folder. Each thread opens its own handle on the same path.
 *
 * Guarantees
 * - Every write is durable when its promise resolves, cursors and `lastSeen` too (see database.ts for how).
 * - Reads see everything that resolved before, on this thread and on others.
 * - A thread that ends and a process that is killed leave every batch whole or absent.
 *
 * Does not
 * - Keep a second process out: the node's main thread holds `lockFolder(path)`.
 * - Survive a thread that ends during `openLmdbStore` itself for sure: lmdb opens its tables under its write lock.
 *
 * Cost, on the reference box while it was busy with other work: a row read 2.5-4 us; one append 0.9 ms (p99 1.5-5); with
 * 2,000 conversations at once and 2 inboxes each 12,000-16,500 messages/s at 55 us of CPU each. There the disk is the
 * limit: a message dirties three pages of its own (its log, two inboxes), 12 KiB for 250 bytes.
 */

import { mkdir } from 'node:fs/promises'
import { StorageError } from '../errors.ts'
import { storeClosed } from '../failures.ts'
import type { Store } from '../ports.ts'
import type {
  Appended,
  ConversationRecord,
  CursorPair,
  ExportRow,
  GuildRecord,
  InboxMessage,
  NewMessage,
  Page,
  StoredMessage,
  UserKey,
} from '../records.ts'
import { LmdbDatabase } from './database.ts'
import * as directory from './directory.ts'
import { dumpRows } from './dump.ts'
import { idAt, keys, userAt } from './keys.ts'
import { loadRows } from './load.ts'
import * as log from './log.ts'
import { packCounter, unpackCounter } from './rows.ts'
import { GroupWriter } from './writer.ts'

/** Grows when rows change in a way that older code would misread. */
const FORMAT = 1
const MIB = 1_024 * 1_024
const MAP_SIZE_MB_DEFAULT = 1_024 * 1_024

export interface LmdbOptions {
  /** A folder; made when it is missing. */
  readonly path: string
  /**
   * How large the data may grow, in MiB. Default 1 TiB, so that the disk is the limit: address space is reserved, no
   * memory and no disk. At the limit writes are refused with `STORE_FULL`; raise it and open again.
   */
  readonly mapSizeMb?: number
}

/** @throws StorageError `STORE_UNAVAILABLE`: no permission, no room, made by a newer version, a broken import. */
export async function openLmdbStore({ path, mapSizeMb = MAP_SIZE_MB_DEFAULT }: LmdbOptions): Promise<Store> {
  const database = await openDatabase(path, mapSizeMb * MIB)
  try {
    checkUsable(database, path)
  } catch (error) {
    await database.close()
    throw error
  }
  return new LmdbStore(database)
}

async function openDatabase(path: string, limitBytes: number): Promise<LmdbDatabase> {
  try {
    await mkdir(path, { recursive: true })
    return await LmdbDatabase.open(path, limitBytes, new Map([[keys.format, packCounter(FORMAT)]]))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StorageError('STORE_UNAVAILABLE', `Cannot open the store in ${path}: ${reason}`, {
      context: { path },
      cause,
    })
  }
}

function checkUsable(database: LmdbDatabase, path: string): void {
  const format = log.readCounter(database, keys.format)
  if (format > FORMAT) {
    const message = `Cannot open the store in ${path}: its format is ${format}, this version reads up to ${FORMAT}; start a newer version of Guildhall, or import an export of it into a new folder`
    throw new StorageError('STORE_UNAVAILABLE', message, { context: { path, format, newest: FORMAT } })
  }
  if (database.get(keys.importing) !== undefined) {
    const message = `Cannot open the store in ${path}: an import into it did not end; delete the folder and import again`
    throw new StorageError('STORE_UNAVAILABLE', message, { context: { path } })
  }
}

class LmdbStore implements Store {
  readonly supports = { durability: true }
  readonly #database: LmdbDatabase
  readonly #writer: GroupWriter
  #closing: Promise<void> | undefined

  constructor(database: LmdbDatabase) {
    this.#database = database
    this.#writer = new GroupWriter(database)
  }

  append(
    conversation: string,
    messages: readonly NewMessage[],
    inboxes: readonly UserKey[],
  ): Promise<readonly Appended[]> {
    return this.#writer.write(
      'append',
      (transaction) => log.appendAll(transaction, conversation, messages, inboxes),
      weightOf(messages, inboxes.length),
    )
  }

  async head(conversation: string): Promise<number> {
    return log.readCounter(this.#rows('read a head'), keys.head(conversation))
  }

  async read(
    conversation: string,
    range: {
      readonly after?: number | undefined
      readonly before?: number | undefined
      readonly limit: number
    },
  ): Promise<Page<StoredMessage>> {
    return log.readPage(this.#rows('read messages'), conversation, range)
  }

  async inboxHead(user: UserKey): Promise<number> {
    return log.readCounter(this.#rows('read an inbox'), keys.inboxHead(user))
  }

  async readInbox(user: UserKey, after: number, limit: number): Promise<Page<InboxMessage>> {
    return log.readInboxPage(this.#rows('read an inbox'), user, after, limit)
  }

  advanceDelivered(conversation: string, user: UserKey, device: string, seq: number): Promise<number> {
    return this.#advance(keys.delivered(conversation, user, device), seq)
  }

  advanceRead(conversation: string, user: UserKey, seq: number): Promise<number> {
    return this.#advance(keys.read(conversation, user), seq)
  }

  async cursors(conversation: string, user: UserKey, device: string): Promise<CursorPair> {
    const rows = this.#rows('read cursors')
    return {
      delivered: log.readCounter(rows, keys.delivered(conversation, user, device)),
      read: log.readCounter(rows, keys.read(conversation, user)),
    }
  }

  createConversation(record: ConversationRecord, members: readonly UserKey[]): Promise<void> {
    return this.#writer.write('create a conversation', (transaction) =>
      directory.createConversation(transaction, record, members),
    )
  }

  openDm(
    record: ConversationRecord,
    members: readonly [UserKey, UserKey],
  ): Promise<{ readonly record: ConversationRecord; readonly created: boolean }> {
    return this.#writer.write('open a conversation', (transaction) =>
      directory.openDm(transaction, record, members),
    )
  }

  async conversation(id: string): Promise<ConversationRecord | undefined> {
    return directory.readConversation(this.#rows('read a conversation'), id)
  }

  async members(conversation: string): Promise<readonly UserKey[]> {
    return this.#users('read members', keys.members(conversation))
  }

  async isMember(conversation: string, user: UserKey): Promise<boolean> {
    return this.#rows('read a member').get(keys.member(conversation, user)) !== undefined
  }

  addMember(conversation: string, user: UserKey): Promise<boolean> {
    return this.#writer.write('add a member', (transaction) =>
      directory.addMember(transaction, conversation, user),
    )
  }

  removeMember(conversation: string, user: UserKey): Promise<boolean> {
    return this.#writer.write('remove a member', (transaction) =>
      directory.removeMember(transaction, conversation, user),
    )
  }

  async conversationsOf(user: UserKey): Promise<readonly string[]> {
    return this.#ids('read the conversations of a user', keys.memberships(user))
  }

  createGuild(record: GuildRecord, channel: ConversationRecord): Promise<void> {
    return this.#writer.write('create a guild', (transaction) =>
      directory.createGuild(transaction, record, channel),
    )
  }

  async guild(id: string): Promise<GuildRecord | undefined> {
    return directory.readGuild(this.#rows('read a guild'), id)
  }

  createChannel(record: ConversationRecord): Promise<void> {
    return this.createConversation(record, [])
  }

  async channels(guild: string): Promise<readonly ConversationRecord[]> {
    const rows = this.#rows('read channels')
    return this.#ids('read channels', keys.channels(guild)).flatMap(
      (id) => directory.readConversation(rows, id) ?? [],
    )
  }

  addGuildMember(guild: string, user: UserKey): Promise<boolean> {
    return this.#writer.write('add a guild member', (transaction) =>
      directory.addGuildMember(transaction, guild, user),
    )
  }

  removeGuildMember(guild: string, user: UserKey): Promise<boolean> {
    return this.#writer.write('remove a guild member', (transaction) =>
      directory.removeGuildMember(transaction, guild, user),
    )
  }

  async isGuildMember(guild: string, user: UserKey): Promise<boolean> {
    return this.#rows('read a guild member').get(keys.guildMember(guild, user)) !== undefined
  }

  async guildMemberCount(guild: string): Promise<number> {
    return log.readCounter(this.#rows('count guild members'), keys.guildCount(guild))
  }

  async guildMembers(guild: string, after: UserKey | undefined, limit: number): Promise<Page<UserKey>> {
    const prefix = keys.guildMembers(guild)
    const from = after === undefined ? prefix : keys.guildMember(guild, after)
    const users = this.#users('read guild members', prefix, from, limit + 1)
    return { items: users.slice(0, limit), more: users.length > limit }
  }

  async guildsOf(user: UserKey): Promise<readonly string[]> {
    return this.#ids('read the guilds of a user', keys.guildsOf(user))
  }

  setLastSeen(user: UserKey, at: number): Promise<void> {
    return this.#writer.write('set last seen', (transaction) =>
      transaction.putCounter(keys.lastSeen(user), at),
    )
  }

  async lastSeen(user: UserKey): Promise<number | undefined> {
    const key = keys.lastSeen(user)
    const bytes = this.#rows('read last seen').get(key)
    return bytes === undefined ? undefined : unpackCounter(key, bytes)
  }

  async lastId(): Promise<string> {
    const bytes = this.#rows('read the last id').get(keys.lastId)
    return bytes === undefined ? '0' : bytes.toString('latin1', 0, bytes.length)
  }

  check(): Promise<void> {
    return this.#writer.write('check', (transaction) =>
      transaction.putCounter(keys.probe, transaction.counter(keys.probe) + 1),
    )
  }

  dump(): AsyncIterable<ExportRow> {
    return dumpRows(this.#rows('export'), () => this.#closing !== undefined)
  }

  load(rows: AsyncIterable<ExportRow> | Iterable<ExportRow>): Promise<{ readonly rows: number }> {
    return loadRows(this.#database, this.#writer, rows)
  }

  close(): Promise<void> {
    this.#closing ??= this.#writer.close().finally(() => this.#database.close())
    return this.#closing
  }

  /** For one operation: all that it reads is of one moment. */
  #rows(operation: string): LmdbDatabase {
    if (this.#closing !== undefined) throw storeClosed(operation)
    this.#database.renew()
    return this.#database
  }

  #users(operation: string, prefix: string, from = prefix, limit?: number): UserKey[] {
    const range = limit === undefined ? { from } : { from, limit }
    return this.#rows(operation)
      .keysOf(prefix, range)
      .map((key) => userAt(key, prefix.length))
  }

  #ids(operation: string, prefix: string): string[] {
    return this.#rows(operation)
      .keysOf(prefix)
      .map((key) => idAt(key, prefix.length))
  }

  /** A cursor that is there already makes no row, and a batch without rows no transaction. */
  #advance(key: string, seq: number): Promise<number> {
    return this.#writer.write('advance a cursor', (transaction) => {
      const now = transaction.counter(key)
      if (now >= seq) return now
      transaction.putCounter(key, seq)
      return seq
    })
  }
}

/** Generous: characters of a body take up to 3 bytes, a message with its rows about 300 more, an inbox row 60. */
function weightOf(messages: readonly NewMessage[], inboxes: number) {
  let bytes = 0
  for (const { body } of messages) bytes += body.length * 3 + 300 + inboxes * 60
  return { rows: messages.length, bytes }
}
