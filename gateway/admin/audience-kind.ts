/** audienceOf: how a conversation's messages reach its members, as its owner decides it (actors/conversation-state.ts). */

import { INBOX_MEMBERS_MAX } from '../../protocol/index.ts'
import type { ConversationFigures } from './chat-rows.ts'

export function audienceOf(
  kind: ConversationFigures['kind'],
  members: number,
): ConversationFigures['audience'] {
  return kind === 'channel' || members > INBOX_MEMBERS_MAX ? 'topic' : 'inboxes'
}
