/** What the client tells the app, by event name. */

import type {
  BodyKind,
  ChannelEntry,
  ConversationEntry,
  GuildEntry,
  Message,
  ServerFrameOf,
} from '../protocol/index.ts'
import type { ClientError } from './errors.ts'

/** A message in its conversation. The same object on every client, `own` aside: true if this user wrote it, on any device. */
export type ChatMessage = Omit<Message, 'n'> & { readonly own: boolean }

/** The receipt of a send: the message is durable on the server. */
export type Sent = Omit<ServerFrameOf<'sent'>, 'op' | 'ref'>

export type StopReason = 'closed' | 'token' | 'replaced'

export type Status =
  | { readonly status: 'connecting' }
  | { readonly status: 'online'; readonly resumed: boolean }
  | { readonly status: 'offline'; readonly code: number; readonly reason: string; readonly retryInMs: number }
  | { readonly status: 'stopped'; readonly reason: StopReason }

export interface SendOptions {
  /** `cipher` for a body that only the members can read. Default `text`. */
  readonly kind?: BodyKind
  /** The `seq` of the message that this one answers. */
  readonly replyTo?: number
}

export interface HistoryPage {
  readonly messages: readonly ChatMessage[]
  readonly more: boolean
}

export interface ClientEvents {
  /** After `identify`; a resumed session gets `status` online only. */
  ready: { readonly user: string; readonly device: string }
  /** In order of `seq`, each once in this process, own sends included. */
  message: ChatMessage
  sent: Sent
  receipt: Omit<ServerFrameOf<'receipt'>, 'op'>
  typing: Omit<ServerFrameOf<'typing'>, 'op'>
  conversation:
    | { readonly change: 'added'; readonly conversation: ConversationEntry }
    | { readonly change: 'removed'; readonly conversation: { readonly id: string } }
  guild:
    | { readonly change: 'added'; readonly guild: GuildEntry }
    | { readonly change: 'removed'; readonly guild: { readonly id: string } }
  channel: { readonly change: 'added'; readonly guild: string; readonly channel: ChannelEntry }
  status: Status
  /** What went wrong and is not the answer to a call; the client goes on unless `status` says otherwise. */
  error: ClientError
}
