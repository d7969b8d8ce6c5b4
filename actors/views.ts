/** Views: stored records as clients see them. Users appear without their tenant. */

import type { ConversationEntry, Message, ServerFrameOf } from '../protocol/index.ts'
import { type ConversationRecord, type StoredMessage, type UserKey, userOf } from '../storage/index.ts'

/** A message as in pages. `n` is its number in the reader's inbox. */
export function messageView(message: StoredMessage, n?: number): Message {
  const { conversation, seq, messageId, id, author, device, at, body, kind, replyTo } = message
  return {
    conversation,
    seq,
    messageId,
    id,
    author: userOf(author),
    device,
    at,
    body,
    kind,
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(n === undefined ? {} : { n }),
  }
}

/** The same as a frame. `op`, `conversation` and `seq` come first: the gateway reads them from the encoded bytes. */
export function messageFrame(message: StoredMessage, n?: number): ServerFrameOf<'message'> {
  return { op: 'message', ...messageView(message, n) }
}

/** What a user sees of a 1:1 or group. `members` only where they have inboxes. */
export function conversationEntry(
  { id, kind, title }: ConversationRecord,
  head: number,
  read: number,
  members: readonly UserKey[] | undefined,
): ConversationEntry {
  return {
    id,
    kind,
    head,
    // Whoever has read it has it. What each device holds beyond, only the device knows.
    delivered: read,
    read,
    ...(members === undefined ? {} : { members: members.map(userOf) }),
    ...(title === undefined ? {} : { title }),
  }
}
