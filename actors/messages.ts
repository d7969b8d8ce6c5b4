/** What the actors of a node say to each other. All of it is plain data and crosses threads. */

import type {
  ClientFrameOf,
  Cursors,
  Failure,
  ServerFrame,
  ServerFrameOf,
  Subprotocol,
} from '../protocol/index.ts'
import type { Down, Exit, Ref, ReplyTo } from '../runtime/index.ts'
import type { StoredMessage, UserKey } from '../storage/index.ts'

/** A socket, numbered from 1 by the gateway and never used again. 0: no socket, such as an HTTP request. */
export type Connection = number
/** A guild, or a conversation too large for inboxes: what sockets subscribe to. */
export type Topic = string

// --- gateway: the actor 'gateway' on thread 0, which owns the sockets ---

export type GatewayMsg =
  /**
   * One encoded frame for one socket. With `push` it may be skipped while the socket is congested; the session
   * hears of it by `writable`. Without, it is an answer and is written until the hard bound closes the socket.
   *
   * With `topic` it is something that was published there before, for one that joins. A socket that is in the topic all
   * the same, because its session was replaced and it was not, had it then and does not get it again.
   */
  | {
      readonly type: 'write'
      readonly connection: Connection
      readonly data: string | Uint8Array
      readonly push?: { readonly conversation: string; readonly seq: number }
      readonly topic?: Topic
    }
  | { readonly type: 'close'; readonly connection: Connection; readonly code: number }
  /**
   * `heads`: what the socket has. Where more was published it is told `lagged`: between a relay that crashed and its
   * successor nothing keeps the order.
   */
  | {
      readonly type: 'subscribe'
      readonly connection: Connection
      readonly topic: Topic
      readonly heads: readonly TopicHead[]
    }
  | { readonly type: 'unsubscribe'; readonly connection: Connection; readonly topic: Topic }
  /**
   * To all sockets of the topic but `except`. `conversation`, `seq` and `at` of a message; '' and 0 for other events.
   */
  | {
      readonly type: 'publish'
      readonly topic: Topic
      readonly except: Connection
      readonly conversation: string
      readonly seq: number
      readonly at: number
      readonly json: string | undefined
      readonly msgpack: Uint8Array | undefined
    }
  /** Answered when everything sent before by this actor has been handed to the socket. */
  | { readonly type: 'barrier'; readonly connection: Connection; readonly replyTo: ReplyTo<null> }
  /** Where a relay that begins takes the sockets of a topic to be. Kept for conversations not published to so far. */
  | { readonly type: 'baseline'; readonly topic: Topic; readonly heads: readonly TopicHead[] }
  /** Where the sockets of a topic are: the last seq published of each conversation, or its baseline. */
  | { readonly type: 'topicHeads'; readonly topic: Topic; readonly replyTo: ReplyTo<readonly TopicHead[]> }
  /**
   * The actors of a thread have started, some or all of them anew: what they were about to tell is lost. The
   * gateway has all sessions look at their inboxes and all topics checked.
   */
  | { readonly type: 'shardStarted'; readonly thread: number }

export interface TopicHead {
  readonly conversation: string
  readonly seq: number
}

// --- session: one per connection, child of 'sessions.t' ---

export interface SessionArg {
  readonly connection: Connection
  readonly user: UserKey
  readonly device: string
  readonly codec: Subprotocol
  readonly start:
    | {
        readonly kind: 'identify' | 'resume'
        readonly ref: number | undefined
        readonly cursors: Cursors
        /** For the `ready` or `resumed` frame. */
        readonly session: string
        readonly resume: string
      }
    /** In place of a session that crashed or died with its thread: says `resync`. */
    | { readonly kind: 'replace' }
}

export type SessionMsg =
  /** A whole frame of the client, as it came. */
  | { readonly type: 'frame'; readonly data: Uint8Array }
  /** The socket reads again. These were skipped. */
  | { readonly type: 'writable'; readonly lagged: readonly ServerFrameOf<'lagged'>[] }
  /** Hints may have been lost: look at the inbox. */
  | { readonly type: 'catchUp' }
  /** The socket is gone. */
  | { readonly type: 'closed' }
  | UserEvent
  /** Outcomes of the session's own asks and tasks. */
  | { readonly type: 'done'; readonly run: () => void }

/** What happens to a user, told to each of his sessions. */
export type UserEvent =
  /** `n` is 0 where no inbox has it. The session of connection `from` has sent it and does not show it. */
  | {
      readonly type: 'deliver'
      readonly n: number
      readonly message: StoredMessage
      readonly from: Connection
    }
  /** A frame for all sessions but that of connection `except`. */
  | {
      readonly type: 'event'
      readonly frame: ServerFrame
      readonly except: Connection
      /** He now may (join) or may not any more (leave) see a topic. */
      readonly join?: Topic
      readonly leave?: Topic
    }

// --- users: 'users.t', who is online ---

/** Whether a user has a connection, and when he left last, as far as that is not in the store yet. */
export interface Presence {
  readonly online: boolean
  readonly leftAt: number | undefined
}

export type UsersMsg =
  | {
      readonly type: 'online'
      readonly user: UserKey
      readonly connection: Connection
      readonly session: Ref<SessionMsg>
    }
  | { readonly type: 'offline'; readonly user: UserKey; readonly connection: Connection }
  /** One event for several users of this shard; `numbers[i]` is the inbox number of `users[i]`. */
  | {
      readonly type: 'deliver'
      readonly users: readonly UserKey[]
      readonly numbers: readonly number[]
      readonly message: StoredMessage
      readonly from: Connection
    }
  | {
      readonly type: 'event'
      readonly users: readonly UserKey[]
      readonly event: Extract<UserEvent, { type: 'event' }>
    }
  /** A delivery to them may have been lost: their sessions look at the inbox. */
  | { readonly type: 'catchUp'; readonly users: readonly UserKey[] }
  | { readonly type: 'presence'; readonly user: UserKey; readonly replyTo: ReplyTo<Presence> }

// --- owners, reached through their routers ---

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure }

export interface Posted {
  readonly seq: number
  readonly messageId: string
  readonly at: number
  readonly duplicate: boolean
}

/** Through 'conversations.t'. */
export type ConversationRequest =
  | {
      readonly type: 'post'
      readonly key: string
      readonly author: UserKey
      readonly device: string
      readonly connection: Connection
      readonly post: Pick<ClientFrameOf<'send'>, 'id' | 'body' | 'kind' | 'replyTo'>
      readonly replyTo: ReplyTo<Result<Posted>>
    }
  | {
      readonly type: 'ack' | 'read'
      readonly key: string
      readonly user: UserKey
      readonly device: string
      readonly connection: Connection
      readonly seq: number
      readonly replyTo: ReplyTo<Result<null>>
    }
  | {
      readonly type: 'typing'
      readonly key: string
      readonly user: UserKey
      readonly connection: Connection
      readonly replyTo: ReplyTo<Result<null>>
    }
  | {
      readonly type: 'addMember' | 'removeMember'
      readonly key: string
      readonly by: UserKey
      readonly user: UserKey
      readonly replyTo: ReplyTo<Result<null>>
    }
  /** A guild's membership changed: what is known about this user must be looked up again. */
  | { readonly type: 'forgetMember'; readonly key: string; readonly user: UserKey }

/** Through 'guilds.t'. */
export type GuildRequest =
  | {
      readonly type: 'addMember' | 'removeMember'
      readonly key: string
      readonly by: UserKey
      readonly user: UserKey
      readonly replyTo: ReplyTo<Result<null>>
    }
  | {
      readonly type: 'createChannel'
      readonly key: string
      readonly by: UserKey
      readonly name: string
      readonly replyTo: ReplyTo<Result<{ readonly id: string; readonly name: string }>>
    }

/** Through 'relays.t'. */
export type RelayRequest =
  | {
      readonly type: 'publish'
      readonly key: Topic
      readonly message: StoredMessage
      readonly from: Connection
    }
  /** The owner's head, repeated after a change, so that a lost last message is found. */
  | { readonly type: 'head'; readonly key: Topic; readonly conversation: string; readonly seq: number }
  /** Publications may have been lost: compare where the sockets are with the log. */
  | { readonly type: 'check'; readonly key: Topic }
  | { readonly type: 'event'; readonly key: Topic; readonly frame: ServerFrame; readonly except: Connection }
  /** Writes what the socket misses beyond `reached`, then subscribes it. */
  | {
      readonly type: 'join'
      readonly key: Topic
      readonly connection: Connection
      readonly codec: Subprotocol
      readonly reached: readonly TopicHead[]
      readonly replyTo: ReplyTo<null>
    }
  | {
      readonly type: 'leave'
      readonly key: Topic
      readonly connection: Connection
      readonly codec: Subprotocol
    }

/** From a router to an actor that asked to retire: nothing follows. */
export interface Retire {
  readonly type: 'retire'
}
/** From an owner to its router. */
export interface Idle {
  readonly type: 'idle'
  readonly key: string
  readonly self: Ref<never>
}
/** From a router to itself: the owner of the key has crashed. */
export interface Revive {
  readonly type: 'revive'
  readonly key: string
}
export type RouterMsg<Request> = Request | Idle | Revive | Exit

// --- api: 'api.t', what the HTTP API asks; any shard will do ---

/** A request of the HTTP API after authentication. `body` is parsed JSON and not yet checked. */
export interface ApiRequest {
  readonly user: UserKey
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below /v1, split at slashes and percent-decoded: ['conversations', '123', 'messages']. */
  readonly path: readonly string[]
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
}

export interface ApiResponse {
  readonly status: number
  /** Undefined for 204. Errors are `{ code, message }`. */
  readonly body: unknown
  readonly retryAfterMs?: number
}

export type ApiMsg =
  | { readonly type: 'request'; readonly request: ApiRequest; readonly replyTo: ReplyTo<ApiResponse> }
  /** Whether this thread's store takes writes now; answered with what it lacks. */
  | { readonly type: 'check'; readonly replyTo: ReplyTo<Result<null>> }
  /** The actor of one request has ended. */
  | Down

// --- sessions: 'sessions.t', where the gateway starts a session for each connection ---

export type SessionsMsg =
  | { readonly type: 'start'; readonly arg: SessionArg; readonly replyTo: ReplyTo<Ref<SessionMsg>> }
  | Exit
