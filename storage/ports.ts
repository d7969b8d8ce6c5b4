/**
 * The ports of storage: message log, inboxes, cursors, directory. Every implementation passes
 * `storage/conformance`.
 *
 * Callers give clean input: ids are Snowflakes in decimal, limits are within the protocol's. Expected failures
 * reject with a StorageError. A write is durable when its promise resolves, unless its comment says otherwise;
 * a write that rejects with anything but `STORE_UNCERTAIN` has not happened and never will.
 */

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
} from './records.ts'

/** The append-only history of every conversation, with the inboxes that it fills. */
export interface MessageLog {
  /**
   * Appends messages in order, numbers them gap-free from 1, and gives each a number in the inboxes of
   * `inboxes`, all in one step: after a crash there is either all of a message or nothing. Idempotent on
   * (conversation, author, id): the same again is a `duplicate` with the first result, another content under the
   * same id is a `conflict`; both also within one call and between calls in flight.
   * Only the conversation's owner calls it. Calls of one loop turn share one flush.
   */
  append(
    conversation: string,
    messages: readonly NewMessage[],
    inboxes: readonly UserKey[],
  ): Promise<readonly Appended[]>

  /** The last `seq`; 0 when there is none or the conversation is unknown. */
  head(conversation: string): Promise<number>

  /**
   * Oldest first, at most `limit`. With `after`: those that follow it; with `before`: the newest below it; with
   * neither: the newest. With both, `after` wins and `before` ends the range. An unknown conversation is an empty
   * page.
   */
  read(
    conversation: string,
    range: {
      readonly after?: number | undefined
      readonly before?: number | undefined
      readonly limit: number
    },
  ): Promise<Page<StoredMessage>>
}

/** One log per user over all 1:1s and small groups, numbered gap-free from 1. */
export interface Inbox {
  inboxHead(user: UserKey): Promise<number>
  /** Those after `after`, oldest first, at most `limit`. */
  readInbox(user: UserKey, after: number, limit: number): Promise<Page<InboxMessage>>
}

/** How far devices hold and users have read. Both only grow. */
export interface Cursors {
  /** Resolves once applied; durable with the next flush. Answers what holds now. */
  advanceDelivered(conversation: string, user: UserKey, device: string, seq: number): Promise<number>
  advanceRead(conversation: string, user: UserKey, seq: number): Promise<number>
  /** Zeros where nothing is known. */
  cursors(conversation: string, user: UserKey, device: string): Promise<CursorPair>
}

/** Conversations, guilds and who is in them. Joining and leaving twice is the same as once. */
export interface Directory {
  /** Creates a conversation under a new id. */
  createConversation(record: ConversationRecord, members: readonly UserKey[]): Promise<void>
  /** The 1:1 of two users, created under `record.id` when there is none. Two at once get the same one. */
  openDm(
    record: ConversationRecord,
    members: readonly [UserKey, UserKey],
  ): Promise<{ readonly record: ConversationRecord; readonly created: boolean }>
  conversation(id: string): Promise<ConversationRecord | undefined>
  /** Members of a 1:1 or group in the order of their keys; empty for channels and unknown ones. */
  members(conversation: string): Promise<readonly UserKey[]>
  isMember(conversation: string, user: UserKey): Promise<boolean>
  /** True when something changed. */
  addMember(conversation: string, user: UserKey): Promise<boolean>
  removeMember(conversation: string, user: UserKey): Promise<boolean>
  /** 1:1s and groups of a user, by id. */
  conversationsOf(user: UserKey): Promise<readonly string[]>

  /** Creates a guild with its first channel; the owner becomes a member. */
  createGuild(record: GuildRecord, channel: ConversationRecord): Promise<void>
  guild(id: string): Promise<GuildRecord | undefined>
  createChannel(record: ConversationRecord): Promise<void>
  channels(guild: string): Promise<readonly ConversationRecord[]>
  addGuildMember(guild: string, user: UserKey): Promise<boolean>
  removeGuildMember(guild: string, user: UserKey): Promise<boolean>
  isGuildMember(guild: string, user: UserKey): Promise<boolean>
  guildMemberCount(guild: string): Promise<number>
  /** Those after `after` in the order of their keys, at most `limit`. */
  guildMembers(guild: string, after: UserKey | undefined, limit: number): Promise<Page<UserKey>>
  guildsOf(user: UserKey): Promise<readonly string[]>

  /** Durable with the next flush. */
  setLastSeen(user: UserKey, at: number): Promise<void>
  lastSeen(user: UserKey): Promise<number | undefined>
}

/** A store: all ports over one set of files or one server. */
export interface Store extends MessageLog, Inbox, Cursors, Directory {
  readonly supports: {
    /** What was written is there after closing and opening again. */
    readonly durability: boolean
  }
  /** The greatest Snowflake ever stored, as id or message id; `'0'` in an empty store. Generators start above it. */
  lastId(): Promise<string>
  /** Writes and flushes a probe. Rejects when the store cannot take writes now. */
  check(): Promise<void>
  /** Everything, as rows that `load` takes; one consistent view. */
  dump(): AsyncIterable<ExportRow>
  /** Fills an empty store. Rejects with `STORE_NOT_EMPTY`, or `STORE_BAD_ROW` that names the row's number. */
  load(rows: AsyncIterable<ExportRow> | Iterable<ExportRow>): Promise<{ readonly rows: number }>
  /** Waits for what is in flight, then releases everything. Safe to call twice. */
  close(): Promise<void>
}
