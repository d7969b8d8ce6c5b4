/** Rows about users, sessions, conversations and messages. Never a message body. */

/** A session of the node: it outlives its socket by two minutes. */
export interface SessionFigures {
  /** As in the `ready` frame, and for `kick`. */
  readonly session: string
  readonly user: string
  /** Empty: the tenant without a name. */
  readonly tenant: string
  readonly device: string
  /** `detached`: its client is away and may come back. */
  readonly state: 'starting' | 'live' | 'replacing' | 'detached'
  /** The socket's number; undefined while detached. */
  readonly connection: number | undefined
  readonly codec: 'json' | 'msgpack' | undefined
  readonly thread: number
  /** Its actor. */
  readonly ref: string | undefined
  /** How long ago the client was last heard of, in steps of a second or more. */
  readonly silentMs: number | undefined
  /** Resumes so far. The present ticket was given out at the last one. */
  readonly resumes: number
  /** When the ticket was given out: the age of the session's present life. */
  readonly ticketAgeMs: number
  /** For a detached session: how long its ticket still works. */
  readonly ticketLeftMs: number | undefined
  /** Bytes that the socket has not read yet. */
  readonly bufferedBytes: number
  /** Reads too slowly: what was skipped, and what waits. */
  readonly slow: SlowFigures | undefined
  readonly crashes: number
}

export interface SlowFigures {
  /** Answers that wait, and their bytes. */
  readonly queued: number
  readonly queuedBytes: number
  /** Conversations of which pushes were skipped; the first 20. */
  readonly skipped: readonly { readonly conversation: string; readonly from: number; readonly to: number }[]
}

/** `where`: what the node knows of a user. */
export interface Whereabouts {
  readonly user: string
  readonly tenant: string
  readonly online: boolean
  /** The scheduler thread of all his sessions. */
  readonly thread: number
  readonly sessions: readonly SessionFigures[]
  /** When his last session ended; undefined when that is not known. */
  readonly lastSeenMs: number | undefined
  readonly inboxHead: number | undefined
  /** How many he is in. */
  readonly conversations: number | undefined
  readonly guilds: number | undefined
}

export interface GuildFigures {
  readonly guild: string
  readonly name: string
  readonly tenant: string
  readonly owner: string
  readonly open: boolean
  readonly createdAtMs: number
  readonly members: number
  /** Members with a live session here; undefined when there are too many members to look. */
  readonly online: number | undefined
  readonly channels: readonly {
    readonly conversation: string
    readonly name: string
    readonly head: number
    /** The last that the sockets of this node were sent; undefined when nobody listened. */
    readonly published: number | undefined
  }[]
  readonly relay: OwnerFigures
  readonly guildActor: OwnerFigures
  /** The first members, up to the limit. */
  readonly memberRows: readonly MemberRow[]
}

export interface ConversationFigures {
  readonly conversation: string
  readonly kind: 'dm' | 'group' | 'channel'
  readonly tenant: string
  readonly title: string | undefined
  readonly guild: string | undefined
  readonly createdAtMs: number
  /** The last seq of the log. */
  readonly head: number
  readonly lastMessageAtMs: number | undefined
  readonly members: number
  /** How messages reach the members. */
  readonly audience: 'inboxes' | 'topic'
  readonly owner: OwnerFigures
  /** For an audience by topic. */
  readonly relay: OwnerFigures | undefined
  readonly published: number | undefined
  /** The first members, up to the limit. */
  readonly memberRows: readonly MemberRow[]
}

/** The actor that is responsible for a key. */
export interface OwnerFigures {
  readonly thread: number
  /** `idle`: none runs; it is started when somebody asks. `unknown`: its thread gives no answer. */
  readonly state: 'running' | 'suspended' | 'idle' | 'crashed' | 'unknown'
  readonly ref: string | undefined
  readonly mailboxLength: number | undefined
  /** What it tells of itself: head, members, phase. */
  readonly about: Readonly<Record<string, string | number | boolean>>
}

export interface MemberRow {
  readonly user: string
  readonly sessions: number
  /** How far he has read; of conversations only. */
  readonly read: number | undefined
}

/** `why`: what became of a message for one user. */
export interface Why {
  readonly message: {
    readonly conversation: string
    readonly seq: number
    readonly messageId: string
    readonly author: string
    readonly atMs: number
    readonly kind: string
  }
  readonly user: string
  /** The first that holds, and in a sentence. */
  readonly verdict: WhyVerdict
  readonly text: string
  /** From the log to the device, in order; `undefined` where the question does not arise or nobody can tell. */
  readonly steps: readonly {
    readonly step: 'persisted' | 'routed' | 'pushed' | 'acknowledged' | 'read'
    readonly done: boolean | undefined
    readonly fact: string
  }[]
  readonly devices: readonly DeviceWhy[]
}

/** One session of the user. */
export interface DeviceWhy {
  readonly session: string
  readonly device: string
  readonly verdict: WhyVerdict
  readonly fact: string
  /** How far the device says that it holds the conversation. */
  readonly delivered: number
}

/** In the order in which they are looked for. */
export const WHY_VERDICTS = [
  /** He is no member, or was not when it was sent: it is not for him. */
  'notMember',
  /** No inbox number: it was sent before he joined. It is in the history. */
  'beforeJoining',
  /** The device, or another one, has said that it holds it. */
  'acknowledged',
  /** He wrote it himself on this device: it got `sent` and no `message`. */
  'ownMessage',
  /** No session here: it waits in the log. */
  'offline',
  /** The client is away and its session waits: it gets it when it resumes. */
  'detached',
  /** The session's actor starts, or starts anew. */
  'starting',
  /** The thread of an actor on the way makes no progress. */
  'threadStuck',
  /** An operator has suspended an actor on the way. */
  'suspended',
  /** The socket reads too slowly: it was skipped and is told by `lagged`, or waits for that. */
  'congested',
  /** The session has not got so far: it replays, pulls, or waits in a mailbox. */
  'behind',
  /** The socket is not subscribed to the topic. */
  'notSubscribed',
  /** The relay has not published it yet. */
  'relayBehind',
  /** It was handed to the socket; the device has not said so yet. */
  'pushed',
] as const
export type WhyVerdict = (typeof WHY_VERDICTS)[number]

/** One thing that `doctor` has looked at. */
export interface Finding {
  readonly check: string
  readonly level: 'ok' | 'warn' | 'fail'
  readonly fact: string
  /** What to do; empty where all is well. */
  readonly fix: string
}

/** What a write touches, or would. */
export interface BlastRadius {
  /** Actors that end, the target included; for `suspend` and `resume` the one. */
  readonly actors: number
  /** Of them, by type, the most frequent first, at most 20. */
  readonly types: readonly { readonly type: string; readonly count: number }[]
  /** Direct children; links and monitors that reach outside. */
  readonly children: number
  readonly links: number
  readonly monitors: number
  readonly sessions: number
  readonly conversations: number
  readonly guilds: number
  /** Users touched, at the least: members of the conversations, or users of the sessions where they are more. */
  readonly members: number
  /** The first of them. */
  readonly users: readonly string[]
  /** False: there was more than could be counted in time. */
  readonly complete: boolean
}
