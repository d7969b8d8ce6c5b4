/** What is stored, as plain data. Rows on disk are these, packed. */

import type { BodyKind, ConversationKind } from '../protocol/index.ts'

/** A user of a tenant, as one string: see `userKey`. Nothing crosses tenants because every key holds its tenant. */
export type UserKey = string & { readonly userKey?: never }

const TENANT_END = '\u001f'

/** Ids hold no control characters, so the separator is safe. The empty tenant adds nothing. */
export function userKey(tenant: string, user: string): UserKey {
  return tenant === '' ? user : `${tenant}${TENANT_END}${user}`
}

export function userOf(key: UserKey): string {
  return key.slice(key.indexOf(TENANT_END) + 1)
}

export function tenantOf(key: UserKey): string {
  const end = key.indexOf(TENANT_END)
  return end < 0 ? '' : key.slice(0, end)
}

/** One message of a conversation's log. */
export interface StoredMessage {
  readonly conversation: string
  readonly seq: number
  readonly messageId: string
  /** The client's id. */
  readonly id: string
  readonly author: UserKey
  readonly device: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly kind: BodyKind
  readonly body: string
  readonly replyTo?: number
}

/** What an owner asks to append: the store gives it its `seq`. */
export type NewMessage = Omit<StoredMessage, 'conversation' | 'seq'>

/** One number of a user's inbox, and the message behind it. */
export interface InboxMessage {
  readonly n: number
  readonly message: StoredMessage
}

/** What became of one new message. */
export type Appended =
  | {
      readonly status: 'appended' | 'duplicate'
      readonly seq: number
      readonly messageId: string
      readonly at: number
      /** The numbers it got in inboxes, in the order of the `inboxes` asked for; empty for a duplicate. */
      readonly inboxes: readonly number[]
    }
  /** The same author and id exist with another body, kind or replyTo. Nothing was written. */
  | { readonly status: 'conflict' }

/** A 1:1, a group, or a channel of a guild. */
export interface ConversationRecord {
  readonly id: string
  readonly tenant: string
  readonly kind: ConversationKind
  /** Groups only. */
  readonly title?: string
  /** Channels only: the guild and the channel's name. */
  readonly guild?: string
  readonly name?: string
  readonly createdAt: number
}

export interface GuildRecord {
  readonly id: string
  readonly tenant: string
  readonly name: string
  readonly owner: UserKey
  /** Anyone of the tenant may join by himself. */
  readonly open: boolean
  readonly createdAt: number
}

/** How far a device holds, and its user has read, a conversation. */
export interface CursorPair {
  readonly delivered: number
  readonly read: number
}

/** A page of a log, oldest first. `more` says that the direction asked for goes on. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly more: boolean
}

/** One line of an export. The first is the header. */
export type ExportRow =
  | { readonly type: 'header'; readonly format: 'guildhall.export'; readonly version: 1 }
  | {
      readonly type: 'conversation'
      readonly record: ConversationRecord
      readonly members: readonly UserKey[]
    }
  | {
      readonly type: 'guild'
      readonly record: GuildRecord
      readonly members: readonly UserKey[]
      readonly channels: readonly string[]
    }
  | { readonly type: 'message'; readonly message: StoredMessage }
  | {
      readonly type: 'inbox'
      readonly user: UserKey
      readonly n: number
      readonly conversation: string
      readonly seq: number
    }
  | {
      readonly type: 'cursor'
      readonly conversation: string
      readonly user: UserKey
      readonly device: string
      readonly delivered: number
    }
  | { readonly type: 'read'; readonly conversation: string; readonly user: UserKey; readonly read: number }
  | { readonly type: 'lastSeen'; readonly user: UserKey; readonly at: number }
