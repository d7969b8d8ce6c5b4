/**
 * The contract of the admin channel: what an operator's tool asks a running node, and what it is answered.
 *
 * Newline-delimited JSON over a Unix socket, or over TCP with TLS. A request is one line
 * `{ v, id, kind, token?, ...params }`; its answer one line `{ v, id, ok: true, value }` or
 * `{ v, id, ok: false, error: { code, message, retryAfterMs? } }`. A stream answers with lines `{ v, id, ok: true, event }`
 * and ends with one `{ v, id, ok: true, end }` or an error. Several requests may be open at once; ids are the caller's.
 *
 * Guarantees: fields are added only; what stands here keeps its meaning within a version. Nothing that reads changes the
 * node. Message bodies and state are in no answer but those of `state` and of `mailbox` with `depth`, for which the caller
 * must be allowed to write.
 *
 * Fields whose type allows undefined are left out of the JSON. Refs are text such as `<1.5.12>`; times are milliseconds
 * since 1970. All text comes from the node as it is: names may hold anything, so a terminal must not be shown them raw.
 *
 * Loads nothing but this folder, so that a command starts fast.
 */

import type {
  ActorDetails,
  ActorLinks,
  ActorMailbox,
  ActorState,
  DeadLetterRow,
  PsRow,
  ThreadFigures,
  TopRow,
  TreeRow,
} from './actor-rows.ts'
import type {
  BlastRadius,
  ConversationFigures,
  Finding,
  GuildFigures,
  SessionFigures,
  Whereabouts,
  Why,
} from './chat-rows.ts'
import type { CrashRow, RestartRow, ThreadEventRow, TraceEvent } from './event-rows.ts'

export const ADMIN_VERSION = 1

/** The socket's name in the data folder of a node. */
export const ADMIN_SOCKET = 'admin.sock'

export const REQUEST_BYTES_MAX = 64 * 1_024
/** Of the first request over TCP, with the token; what follows is read once it has been answered for. */
export const FIRST_REQUEST_BYTES_MAX = 8 * 1_024
/** A longer answer is refused with ANSWER_TOO_LARGE: ask for fewer rows. */
export const ANSWER_BYTES_MAX = 8 * 1_024 * 1_024
export const ROWS_MAX = 5_000
/** Rows of what has more than a line each, or costs more to find. */
export const LIMITS = { top: 500, events: 200, letters: 1_000, messages: 100, members: 1_000 } as const
/** Levels of a state or a message. */
export const DEPTH_MAX = 10

export const ADMIN_ERRORS = [
  /** No JSON, or a field that does not fit. The message names the field. */
  'BAD_REQUEST',
  /** The node speaks another version; the message names both. */
  'BAD_VERSION',
  'UNKNOWN_KIND',
  /** The request is longer than REQUEST_BYTES_MAX or FIRST_REQUEST_BYTES_MAX; the connection is closed. */
  'TOO_LARGE',
  'ANSWER_TOO_LARGE',
  /** No token, or one that is refused or has expired, which ends its streams too. TCP only. */
  'AUTH_FAILED',
  /** The caller may read, and this writes; or may not even read. */
  'FORBIDDEN',
  /** No such actor, name, user, session, guild, conversation, message or thread. */
  'NOT_FOUND',
  /** Too many connections, requests, streams or unread answers, or the budget is used up: again after retryAfterMs. */
  'BUSY',
  /** A thread gave no answer in time; the message says what it is busy with. */
  'TIMEOUT',
  /** The node starts or stops, or its store cannot be read. */
  'UNAVAILABLE',
  'INTERNAL',
] as const
export type AdminErrorCode = (typeof ADMIN_ERRORS)[number]

export interface AdminFailure {
  readonly code: AdminErrorCode
  readonly message: string
  readonly retryAfterMs?: number
}

/** An actor: a ref as text, a registered name, or its id or type in the tree when only one has it. */
export interface ActorTarget {
  readonly target: string
}

export interface UserTarget {
  readonly user: string
  /** Default: the tenant without a name. */
  readonly tenant?: string
}

/** Rows at the most, up to ROWS_MAX. */
interface Limited {
  readonly limit?: number
}

/** Which actors: all that are given must hold. */
export interface ActorFilter {
  /** Part of type or name, or a whole ref. */
  readonly match?: string
  readonly type?: string
  readonly thread?: number
}

/** All writes: `dryRun` answers what would be touched and does nothing. */
interface Write {
  readonly dryRun?: boolean
  /** Why: for the audit log, at most 200 characters. */
  readonly reason?: string
}

/** `handled` and `handlerMs` go by what happened since the caller's last look, the others by what is now. */
export const TOP_SORTS = ['handled', 'handlerMs', 'mailbox', 'age', 'heap', 'refused'] as const
export type TopSort = (typeof TOP_SORTS)[number]

/** What is asked and answered once: kind -> parameters and value. */
export interface AdminCalls {
  /** Who is this, and what may I do. Good as a first request: a token given here holds for the connection. */
  readonly hello: Call<
    {
      /** Who asks, as he calls himself, for the audit log. */
      readonly as?: string
    },
    Hello
  >

  // --- reading the runtime ---

  /** The supervision tree, depth first. Of many siblings of one type the first `fold` are shown (default 5). */
  readonly tree: Call<Limited & { readonly root?: string; readonly fold?: number }, Tree>
  /** Actors as they are, by thread and slot. `after` goes on where `next` of the last answer says. */
  readonly ps: Call<Limited & ActorFilter & { readonly after?: string }, Ps>
  /**
   * The busiest. Rates are since the last `top` of this connection; for the first one, or with `windowMs` (50 to 10,000),
   * over that window (default: since each actor's start). `follow` adds one actor, whatever its place.
   */
  readonly top: Call<
    Limited & ActorFilter & { readonly sort?: TopSort; readonly windowMs?: number; readonly follow?: string },
    Top
  >
  readonly info: Call<ActorTarget, ActorDetails>
  readonly links: Call<ActorTarget, ActorLinks>
  /** What waits. With `depth` the content too, so many levels deep; for those who may write. */
  readonly mailbox: Call<ActorTarget & Limited & { readonly depth?: number }, ActorMailbox>
  /** Its state, `depth` levels deep (default 3). For those who may write. */
  readonly state: Call<ActorTarget & { readonly depth?: number }, ActorState>
  readonly threads: Call<object, Threads>
  readonly restarts: Call<Since, { readonly restarts: readonly RestartRow[] }>
  readonly crashes: Call<Since, { readonly crashes: readonly CrashRow[] }>
  readonly threadEvents: Call<Since, { readonly events: readonly ThreadEventRow[] }>
  readonly deadletters: Call<Limited, DeadLetterPage>

  // --- reading the chat ---

  /** Sessions: of a user, of those online in a guild, those that read slowly, or any. */
  readonly sessions: Call<
    Limited & Partial<UserTarget> & { readonly guild?: string; readonly slow?: boolean },
    SessionPage
  >
  readonly where: Call<UserTarget, Whereabouts>
  readonly guild: Call<Limited & { readonly guild: string }, GuildFigures>
  readonly conversation: Call<Limited & { readonly conversation: string }, ConversationFigures>
  /** `message`: a message id, or `<conversation>:<seq>`. An id alone is looked for in the user's conversations. */
  readonly why: Call<UserTarget & { readonly message: string }, Why>
  readonly doctor: Call<object, { readonly findings: readonly Finding[] }>
  /** The figures of /metrics. `match`: part of the name. */
  readonly metrics: Call<
    { readonly match?: string },
    { readonly atMs: number; readonly metrics: readonly MetricRow[] }
  >

  // --- writing ---

  readonly kill: Call<Write & ActorTarget, Written>
  readonly suspend: Call<Write & ActorTarget, Written>
  readonly resume: Call<Write & ActorTarget, Written>
  /** Closes sockets and ends sessions: all of a user, or one session by the name or connection that `where` tells. */
  readonly kick: Call<Write & (UserTarget | { readonly session: string }), Written>
  /** Sends all clients away and stops the node. Answered when it has begun. */
  readonly drain: Call<Write, Written>
  readonly 'restart-thread': Call<Write & { readonly thread: number }, Written>
}

/** What goes on until it has ended or is cancelled: kind -> parameters, events, and the last word. */
export interface AdminStreams {
  /** Messages as they are sent and taken: who to whom, what type; never a body. */
  readonly trace: Stream<
    {
      /** Only from or to this actor, or actors of this type. One of both, or neither. */
      readonly target?: string
      readonly type?: string
      /** Ends after so many events (default 100, up to 10,000). */
      readonly max?: number
      /** Events per second (default 100, up to 1,000). */
      readonly perSecond?: number
    },
    TraceEvent,
    TraceEnd
  >
  /** A metric by its exact name, every `intervalMs` (default 1,000, from 100 on). `count` ends it. */
  readonly watch: Stream<
    { readonly metric: string; readonly intervalMs?: number; readonly count?: number },
    { readonly atMs: number; readonly metrics: readonly MetricRow[] },
    StreamEnd
  >
}

export type AdminCallKind = keyof AdminCalls
export type AdminStreamKind = keyof AdminStreams
export type AdminKind = AdminCallKind | AdminStreamKind

export type ParamsOf<Kind extends AdminKind> = Kind extends AdminCallKind
  ? AdminCalls[Kind]['params']
  : Kind extends AdminStreamKind
    ? AdminStreams[Kind]['params']
    : never
export type ValueOf<Kind extends AdminCallKind> = AdminCalls[Kind]['value']
export type EventOf<Kind extends AdminStreamKind> = AdminStreams[Kind]['event']
export type EndOf<Kind extends AdminStreamKind> = AdminStreams[Kind]['end']

interface Call<Params, Value> {
  readonly params: Params
  readonly value: Value
}
interface Stream<Params, Event, End extends StreamEnd> {
  readonly params: Params
  readonly event: Event
  readonly end: End
}

/** The line of a request. `cancel` ends the stream with the id `stream`, which then says `end`; it has no answer itself. */
export type AdminRequest =
  | ({
      readonly v: number
      readonly id: number
      readonly kind: AdminKind
      readonly token?: string
    } & Readonly<Record<string, unknown>>)
  | { readonly v: number; readonly id: number; readonly kind: 'cancel'; readonly stream: number }

/** The line of an answer. `id` is 0 where the request's own could not be read. */
export type AdminReply = { readonly v: number; readonly id: number } & (
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: true; readonly event: unknown }
  | { readonly ok: true; readonly end: StreamEnd }
  | { readonly ok: false; readonly error: AdminFailure }
)

export interface StreamEnd {
  readonly why: 'done' | 'cancelled' | 'stopping'
}

export interface TraceEnd extends StreamEnd {
  readonly shown: number
  /** Left out because of a limit, and not yet told as `skipped` of an event. */
  readonly skipped: number
  /** Threads that gave no answer. */
  readonly silent: readonly number[]
}

// --- values ---

export interface Hello {
  readonly node: string
  /** Of the product. */
  readonly version: string
  /** Versions of this contract that it speaks. */
  readonly speaks: readonly number[]
  readonly pid: number
  readonly startedAtMs: number
  readonly nowMs: number
  /** Scheduler threads. */
  readonly threads: number
  readonly state: 'starting' | 'open' | 'draining' | 'stopped'
  readonly may: 'read' | 'write'
}

/** Threads that gave no answer in time: what they have is missing. */
export interface Looked {
  readonly atMs: number
  readonly silent: readonly SilentThread[]
  /** Some rows are missing: beyond a limit, out of time, or on a silent thread. */
  readonly truncated: boolean
}

export interface SilentThread {
  readonly thread: number
  /** `session <1.5.12> handling 'frame' for 3.2 s`, as far as is known. */
  readonly busyWith: string | undefined
}

export interface Tree extends Looked {
  /** Actors alive on the threads that answered. */
  readonly actors: number
  readonly rows: readonly TreeRow[]
}

export interface Ps extends Looked {
  readonly rows: readonly PsRow[]
  readonly next: string | undefined
}

export interface Top extends Looked {
  /** What rates are over; undefined: since each actor's start. */
  readonly windowMs: number | undefined
  readonly actors: number
  readonly messagesPerSecond: number | undefined
  readonly rows: readonly TopRow[]
  readonly followed: TopRow | undefined
  readonly threads: readonly ThreadFigures[]
}

export interface Threads {
  readonly atMs: number
  /** The main thread is 0. */
  readonly threads: readonly ThreadFigures[]
}

export interface Since {
  readonly sinceMs?: number
  /** The newest so many. */
  readonly limit?: number
  /** Part of the actor's, supervisor's or child's name. */
  readonly match?: string
}

export interface DeadLetterPage {
  /** All there ever were. */
  readonly total: number
  readonly letters: readonly DeadLetterRow[]
  readonly silent: readonly SilentThread[]
}

export interface SessionPage extends Looked {
  /** All that fit, also those beyond the limit. */
  readonly total: number
  readonly rows: readonly SessionFigures[]
}

export interface MetricRow {
  readonly name: string
  readonly type: string
  /** `code="1000"`; empty for none. */
  readonly labels: string
  readonly value: number
}

export interface Written {
  /** False for a dry run. */
  readonly done: boolean
  /** One sentence: what was, or would be, done. */
  readonly effect: string
  readonly blast: BlastRadius
}
