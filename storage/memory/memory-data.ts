/**
 * MemoryData: what a memory store holds, apart from its handles. Several stores over one MemoryData are the threads
 * of one node in simulation. Everything here is synchronous and total; handles add promises, faults and closing.
 */

import { compareIds, compareUsers } from '../order.ts'
import { type PageRange, pageBounds } from '../paging.ts'
import type {
  Appended,
  ConversationRecord,
  GuildRecord,
  InboxMessage,
  NewMessage,
  Page,
  StoredMessage,
  UserKey,
} from '../records.ts'
import { sameContent } from '../same-message.ts'
import { SortedUsers } from './sorted-users.ts'

/** Separates the parts of a compound key: no id, user or device holds it. */
const END = '\0'

export class MemoryData {
  readonly conversations = new Map<string, ConversationRecord>()
  readonly guilds = new Map<string, GuildRecord>()
  readonly logs = new Map<string, StoredMessage[]>()
  readonly inboxes = new Map<UserKey, { conversation: string; seq: number }[]>()
  /** By `conversation \0 user \0 device` and `conversation \0 user`. */
  readonly delivered = new Map<string, number>()
  readonly read = new Map<string, number>()
  readonly seen = new Map<UserKey, number>()
  readonly #dedupe = new Map<string, number>()
  readonly #dms = new Map<string, string>()
  readonly #members = new Map<string, SortedUsers>()
  readonly #conversationsOf = new Map<UserKey, Set<string>>()
  readonly #guildMembers = new Map<string, SortedUsers>()
  readonly #guildsOf = new Map<UserKey, Set<string>>()
  readonly #channels = new Map<string, Set<string>>()
  #lastId = '0'

  get lastId(): string {
    return this.#lastId
  }

  append(conversation: string, message: NewMessage, inboxes: readonly UserKey[]): Appended {
    const log = entry(this.logs, conversation, () => [])
    const dedupeKey = [conversation, message.author, message.id].join(END)
    const first = log[(this.#dedupe.get(dedupeKey) ?? 0) - 1]
    if (first !== undefined) return repeated(first, message)
    const seq = log.length + 1
    log.push({ ...message, conversation, seq })
    this.#dedupe.set(dedupeKey, seq)
    this.#noteId(message.messageId)
    const numbers = inboxes.map((user) => entry(this.inboxes, user, () => []).push({ conversation, seq }))
    return { status: 'appended', seq, messageId: message.messageId, at: message.at, inboxes: numbers }
  }

  head(conversation: string): number {
    return this.logs.get(conversation)?.length ?? 0
  }

  page(conversation: string, range: PageRange): Page<StoredMessage> {
    const log = this.logs.get(conversation) ?? []
    const { from, to, more } = pageBounds(log.length, range)
    return { items: log.slice(from - 1, Math.max(to, from - 1)), more }
  }

  inboxPage(user: UserKey, after: number, limit: number): Page<InboxMessage> {
    const inbox = this.inboxes.get(user) ?? []
    const { from, to, more } = pageBounds(inbox.length, { after, limit })
    const items = inbox.slice(from - 1, Math.max(to, from - 1)).flatMap(({ conversation, seq }, index) => {
      const message = this.logs.get(conversation)?.[seq - 1]
      return message === undefined ? [] : [{ n: from + index, message }]
    })
    return { items, more }
  }

  advance(cursors: Map<string, number>, key: readonly string[], seq: number): number {
    const now = Math.max(this.cursor(cursors, key), seq)
    if (now > 0) cursors.set(key.join(END), now)
    return now
  }

  cursor(cursors: ReadonlyMap<string, number>, key: readonly string[]): number {
    return cursors.get(key.join(END)) ?? 0
  }

  createConversation(record: ConversationRecord, members: readonly UserKey[]): void {
    this.conversations.set(record.id, record)
    this.#noteId(record.id)
    if (record.guild !== undefined)
      entry(this.#channels, record.guild, () => new Set<string>()).add(record.id)
    for (const user of members) this.#join(record.id, user)
    const [first, second = first] = members
    if (record.kind === 'dm' && first !== undefined && second !== undefined) {
      this.#dms.set(dmKey(first, second), record.id)
    }
  }

  openDm(
    record: ConversationRecord,
    members: readonly [UserKey, UserKey],
  ): { record: ConversationRecord; created: boolean } {
    const existing = this.conversations.get(this.#dms.get(dmKey(...members)) ?? '')
    if (existing !== undefined) return { record: existing, created: false }
    this.createConversation(record, members)
    return { record, created: true }
  }

  members(conversation: string): readonly UserKey[] {
    return this.#members.get(conversation)?.all() ?? []
  }

  isMember(conversation: string, user: UserKey): boolean {
    return this.#members.get(conversation)?.has(user) ?? false
  }

  addMember(conversation: string, user: UserKey): boolean {
    const record = this.conversations.get(conversation)
    return record !== undefined && record.kind !== 'channel' && this.#join(conversation, user)
  }

  removeMember(conversation: string, user: UserKey): boolean {
    if (this.#members.get(conversation)?.remove(user) !== true) return false
    this.#conversationsOf.get(user)?.delete(conversation)
    return true
  }

  conversationsOf(user: UserKey): readonly string[] {
    return sortedIds(this.#conversationsOf.get(user))
  }

  createGuild(record: GuildRecord, channel?: ConversationRecord): void {
    this.guilds.set(record.id, record)
    this.#noteId(record.id)
    if (channel !== undefined) this.createConversation(channel, [])
    this.addGuildMember(record.id, record.owner)
  }

  channels(guild: string): readonly ConversationRecord[] {
    return sortedIds(this.#channels.get(guild)).flatMap((id) => this.conversations.get(id) ?? [])
  }

  guildMembers(guild: string): SortedUsers {
    return this.#guildMembers.get(guild) ?? new SortedUsers()
  }

  addGuildMember(guild: string, user: UserKey): boolean {
    if (!this.guilds.has(guild)) return false
    entry(this.#guildsOf, user, () => new Set<string>()).add(guild)
    return entry(this.#guildMembers, guild, () => new SortedUsers()).add(user)
  }

  removeGuildMember(guild: string, user: UserKey): boolean {
    this.#guildsOf.get(user)?.delete(guild)
    return this.guildMembers(guild).remove(user)
  }

  guildsOf(user: UserKey): readonly string[] {
    return sortedIds(this.#guildsOf.get(user))
  }

  #join(conversation: string, user: UserKey): boolean {
    entry(this.#conversationsOf, user, () => new Set<string>()).add(conversation)
    return entry(this.#members, conversation, () => new SortedUsers()).add(user)
  }

  #noteId(id: string): void {
    if (compareIds(id, this.#lastId) > 0) this.#lastId = id
  }
}

function repeated(first: StoredMessage, message: NewMessage): Appended {
  if (!sameContent(first, message)) return { status: 'conflict' }
  return { status: 'duplicate', seq: first.seq, messageId: first.messageId, at: first.at, inboxes: [] }
}

function dmKey(a: UserKey, b: UserKey): string {
  return compareUsers(a, b) <= 0 ? a + END + b : b + END + a
}

function sortedIds(ids: Iterable<string> = []): readonly string[] {
  return [...ids].sort(compareIds)
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
