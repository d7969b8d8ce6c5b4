/**
 * memoryStore: all ports of storage in plain Maps, for simulation and tests.
 *
 * Guarantees
 * - The same answers as every other store: it passes the same suite.
 * - No real time: a call takes effect at once and its promise settles in the microtasks of the same turn.
 *
 * Does not
 * - Keep anything when the process ends. While the MemoryData lives, a new handle finds everything.
 */

import type { StorageError } from '../errors.ts'
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
import { MemoryData } from './memory-data.ts'
import { dumpRows, loadRows } from './portability.ts'

export interface MemoryOptions {
  /**
   * Asked before every operation, by the method's name; what it answers is what the caller gets. The operation then
   * has not happened, except for `STORE_UNCERTAIN`: a write took effect and the caller does not know.
   */
  readonly fault?: (operation: keyof Store) => StorageError | undefined
}

/** Several handles on one `data` see the same; closing one leaves the others open. */
export function memoryStore(data: MemoryData = new MemoryData(), options: MemoryOptions = {}): Store {
  return new MemoryStore(data, options)
}

class MemoryStore implements Store {
  readonly supports = { durability: false }
  readonly #data: MemoryData
  readonly #fault: MemoryOptions['fault']
  #closed = false

  constructor(data: MemoryData, { fault }: MemoryOptions) {
    this.#data = data
    this.#fault = fault
  }

  append(
    conversation: string,
    messages: readonly NewMessage[],
    inboxes: readonly UserKey[],
  ): Promise<readonly Appended[]> {
    return this.#do('append', (data) =>
      messages.map((message) => data.append(conversation, message, inboxes)),
    )
  }

  head(conversation: string): Promise<number> {
    return this.#do('head', (data) => data.head(conversation))
  }

  read(
    conversation: string,
    range: {
      readonly after?: number | undefined
      readonly before?: number | undefined
      readonly limit: number
    },
  ): Promise<Page<StoredMessage>> {
    return this.#do('read', (data) => data.page(conversation, range))
  }

  inboxHead(user: UserKey): Promise<number> {
    return this.#do('inboxHead', (data) => data.inboxes.get(user)?.length ?? 0)
  }

  readInbox(user: UserKey, after: number, limit: number): Promise<Page<InboxMessage>> {
    return this.#do('readInbox', (data) => data.inboxPage(user, after, limit))
  }

  advanceDelivered(conversation: string, user: UserKey, device: string, seq: number): Promise<number> {
    return this.#do('advanceDelivered', (data) =>
      data.advance(data.delivered, [conversation, user, device], seq),
    )
  }

  advanceRead(conversation: string, user: UserKey, seq: number): Promise<number> {
    return this.#do('advanceRead', (data) => data.advance(data.read, [conversation, user], seq))
  }

  cursors(conversation: string, user: UserKey, device: string): Promise<CursorPair> {
    return this.#do('cursors', (data) => ({
      delivered: data.cursor(data.delivered, [conversation, user, device]),
      read: data.cursor(data.read, [conversation, user]),
    }))
  }

  createConversation(record: ConversationRecord, members: readonly UserKey[]): Promise<void> {
    return this.#do('createConversation', (data) => data.createConversation(record, members))
  }

  openDm(
    record: ConversationRecord,
    members: readonly [UserKey, UserKey],
  ): Promise<{ readonly record: ConversationRecord; readonly created: boolean }> {
    return this.#do('openDm', (data) => data.openDm(record, members))
  }

  conversation(id: string): Promise<ConversationRecord | undefined> {
    return this.#do('conversation', (data) => data.conversations.get(id))
  }

  members(conversation: string): Promise<readonly UserKey[]> {
    return this.#do('members', (data) => data.members(conversation))
  }

  isMember(conversation: string, user: UserKey): Promise<boolean> {
    return this.#do('isMember', (data) => data.isMember(conversation, user))
  }

  addMember(conversation: string, user: UserKey): Promise<boolean> {
    return this.#do('addMember', (data) => data.addMember(conversation, user))
  }

  removeMember(conversation: string, user: UserKey): Promise<boolean> {
    return this.#do('removeMember', (data) => data.removeMember(conversation, user))
  }

  conversationsOf(user: UserKey): Promise<readonly string[]> {
    return this.#do('conversationsOf', (data) => data.conversationsOf(user))
  }

  createGuild(record: GuildRecord, channel: ConversationRecord): Promise<void> {
    return this.#do('createGuild', (data) => data.createGuild(record, channel))
  }

  guild(id: string): Promise<GuildRecord | undefined> {
    return this.#do('guild', (data) => data.guilds.get(id))
  }

  createChannel(record: ConversationRecord): Promise<void> {
    return this.#do('createChannel', (data) => data.createConversation(record, []))
  }

  channels(guild: string): Promise<readonly ConversationRecord[]> {
    return this.#do('channels', (data) => data.channels(guild))
  }

  addGuildMember(guild: string, user: UserKey): Promise<boolean> {
    return this.#do('addGuildMember', (data) => data.addGuildMember(guild, user))
  }

  removeGuildMember(guild: string, user: UserKey): Promise<boolean> {
    return this.#do('removeGuildMember', (data) => data.removeGuildMember(guild, user))
  }

  isGuildMember(guild: string, user: UserKey): Promise<boolean> {
    return this.#do('isGuildMember', (data) => data.guildMembers(guild).has(user))
  }

  guildMemberCount(guild: string): Promise<number> {
    return this.#do('guildMemberCount', (data) => data.guildMembers(guild).size)
  }

  guildMembers(guild: string, after: UserKey | undefined, limit: number): Promise<Page<UserKey>> {
    return this.#do('guildMembers', (data) => {
      const users = data.guildMembers(guild).page(after, limit + 1)
      return { items: users.slice(0, limit), more: users.length > limit }
    })
  }

  guildsOf(user: UserKey): Promise<readonly string[]> {
    return this.#do('guildsOf', (data) => data.guildsOf(user))
  }

  setLastSeen(user: UserKey, at: number): Promise<void> {
    return this.#do('setLastSeen', (data) => {
      data.seen.set(user, at)
    })
  }

  lastSeen(user: UserKey): Promise<number | undefined> {
    return this.#do('lastSeen', (data) => data.seen.get(user))
  }

  lastId(): Promise<string> {
    return this.#do('lastId', (data) => data.lastId)
  }

  check(): Promise<void> {
    return this.#do('check', () => {})
  }

  async *dump(): AsyncGenerator<ExportRow> {
    for (const row of await this.#do('dump', dumpRows)) {
      if (this.#closed) throw storeClosed('dump')
      yield row
    }
  }

  async load(rows: AsyncIterable<ExportRow> | Iterable<ExportRow>): Promise<{ readonly rows: number }> {
    // The rows are checked against a scratch set first, because a bad one must leave nothing behind.
    const kept: ExportRow[] = []
    const count = await this.#do('load', (data) => loadRows(data, new MemoryData(), keeping(rows, kept)))
    await loadRows(this.#data, this.#data, kept)
    return { rows: count }
  }

  close(): Promise<void> {
    this.#closed = true
    return Promise.resolve()
  }

  async #do<T>(operation: keyof Store, work: (data: MemoryData) => T): Promise<Awaited<T>> {
    if (this.#closed) throw storeClosed(operation)
    const error = this.#fault?.(operation)
    if (error !== undefined && error.code !== 'STORE_UNCERTAIN') throw error
    const result = await work(this.#data)
    if (error !== undefined) throw error
    return result
  }
}

async function* keeping(
  rows: AsyncIterable<ExportRow> | Iterable<ExportRow>,
  kept: ExportRow[],
): AsyncGenerator<ExportRow> {
  for await (const row of rows) {
    kept.push(row)
    yield row
  }
}
