/** The vocabulary of the state machine: what may happen to it and what it asks the shell to do. */

import type { ClientFrame, ConversationEntry, GuildEntry, ServerFrame } from '../protocol/index.ts'
import type { Bucket } from './bucket.ts'
import type { ClientError } from './errors.ts'
import type { ClientEvents, HistoryPage, Sent } from './events.ts'
import type { Inbox } from './state-inbox.ts'
import type { Link } from './state-link.ts'
import type { Entry, Outbox } from './state-outbox.ts'
import type { Timeline } from './state-timeline.ts'

/** Where a conversation starts on a device that has no cursor for it: at its first message, or at what is new. */
export type HistoryStart = 'all' | 'new'

export interface Settings {
  readonly device: string
  readonly history: HistoryStart
  readonly channelHistory: HistoryStart
  readonly client?: string
}

/** What the store keeps between processes. */
export interface StoredCursors {
  readonly inbox: number
  readonly conversations: Readonly<Record<string, number>>
}

export interface HistoryQuery {
  readonly before?: number
  readonly after?: number
  readonly limit?: number
}

/** A request that is answered by its `ref`. Reads only, so each may be repeated after a reconnect. */
export interface PendingRequest {
  readonly purpose: 'gap' | 'sync' | 'app'
  readonly conversation: string
  /** Names the call of the app. */
  readonly call: number
  readonly query: HistoryQuery
  readonly cursorBefore: number
  /** When its answer is late. */
  deadline: number
  ref: number | null
}

export interface State {
  readonly settings: Settings
  readonly link: Link
  readonly outbox: Outbox
  readonly bucket: Bucket
  readonly inbox: Inbox
  readonly timelines: Map<string, Timeline>
  /** Timelines with something due. */
  readonly busy: Set<Timeline>
  readonly conversations: Map<string, ConversationEntry>
  readonly guilds: Map<string, GuildEntry>
  readonly requests: Set<PendingRequest>
  /** Conversations whose cursor did not fit into the last identify or resume. */
  readonly untold: Set<string>
  user: string | null
  limits: { frameBytes: number; bodyChars: number }
  nextRef: number
  loaded: boolean
  started: boolean
  /** Bound of a `close()` that lets the outbox drain. */
  closingAt: number | null
  closed: boolean
  saveAt: number | null
  /** When frames that wait for the rate limit go on. */
  pumpAt: number | null
}

export type Input =
  | { readonly type: 'start' }
  | { readonly type: 'loaded'; readonly cursors: StoredCursors | null; readonly outbox: readonly Entry[] }
  | { readonly type: 'tick' }
  | { readonly type: 'token'; readonly dial: number; readonly token: string }
  | { readonly type: 'tokenFailed'; readonly dial: number; readonly cause: unknown }
  | { readonly type: 'opened' }
  | { readonly type: 'frame'; readonly frame: ServerFrame }
  | { readonly type: 'lost'; readonly code: number; readonly reason: string }
  | { readonly type: 'send'; readonly entry: Entry }
  | { readonly type: 'handled'; readonly conversation: string; readonly seq: number; readonly mine: boolean }
  | { readonly type: 'read'; readonly conversation: string; readonly seq: number }
  | { readonly type: 'typing'; readonly conversation: string }
  | {
      readonly type: 'history'
      readonly call: number
      readonly conversation: string
      readonly query: HistoryQuery
    }
  | { readonly type: 'close'; readonly waitMs: number }

type Emit = {
  [K in keyof ClientEvents]: { readonly type: 'emit'; readonly name: K; readonly event: ClientEvents[K] }
}[keyof ClientEvents]

export type Effect =
  | Emit
  | { readonly type: 'fetchToken'; readonly dial: number }
  | { readonly type: 'open'; readonly url: string }
  /** Forget the socket and close it: no `lost` follows. */
  | { readonly type: 'drop'; readonly code: number }
  | { readonly type: 'write'; readonly frame: ClientFrame }
  | { readonly type: 'save'; readonly key: string; readonly value: string }
  | { readonly type: 'erase'; readonly key: string }
  | { readonly type: 'sent'; readonly id: string; readonly sent: Sent }
  | { readonly type: 'notSent'; readonly id: string; readonly error: ClientError }
  | { readonly type: 'page'; readonly call: number; readonly page: HistoryPage }
  | { readonly type: 'noPage'; readonly call: number; readonly error: ClientError }
  | { readonly type: 'closed' }

/** One step: the time, the chance, and what it asks for so far. */
export interface Turn {
  readonly now: number
  readonly random: () => number
  readonly effects: Effect[]
}
