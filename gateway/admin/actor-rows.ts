/** Rows about actors and the threads that they run on. Never a message body but in `ActorState` and `ActorMailbox`. */

export type RunState = 'idle' | 'queued' | 'running' | 'awaiting' | 'suspended' | 'starting' | 'stopping'

/** An actor in any list. */
export interface PsRow {
  readonly ref: string
  readonly thread: number
  readonly name: string | undefined
  readonly type: string
  readonly kind: 'actor' | 'supervisor'
  readonly parent: string | undefined
  readonly state: RunState
  readonly mailboxLength: number
  /** How long the oldest waiting message has waited at most. */
  readonly oldestAgeMs: number
  /** Messages taken since its start. */
  readonly handled: number
  /** Time in its handlers: an estimate. */
  readonly handlerMs: number
  /** The type of the message in work. */
  readonly current: string | undefined
  /** Memory of its state and mailbox: an estimate. */
  readonly heapBytes: number
  /** Messages refused by its mailbox, and messages of its own that were refused elsewhere. */
  readonly refused: number
  /** Messages that its full mailbox dropped for newer ones. */
  readonly dropped: number
}

/** One line of the tree, depth first. */
export type TreeRow =
  | {
      readonly kind: 'actor'
      readonly depth: number
      /** Its parent is dead, on a thread that gave no answer, or has no line of its own. */
      readonly orphan: boolean
      readonly actor: PsRow
      readonly supervisor: SupervisorFigures | undefined
      /** Its child id under its supervisor. */
      readonly id: string | undefined
    }
  /** Siblings of one type that are not shown one by one. */
  | {
      readonly kind: 'fold'
      readonly depth: number
      readonly parent: string | undefined
      readonly thread: number
      readonly type: string
      readonly count: number
      /** Of all of them together, and of the one with most. */
      readonly mailboxLength: number
      readonly mailboxMax: number
      readonly handled: number
      /** Those that are neither idle, queued nor running: kind of state -> how many. */
      readonly states: Readonly<Partial<Record<RunState, number>>>
    }

export interface SupervisorFigures {
  readonly form: 'static' | 'dynamic'
  readonly strategy: string
  readonly intensity: { readonly restarts: number; readonly periodMs: number }
  /** Restarts that count against the intensity now. */
  readonly restarts: number
  readonly children: readonly {
    readonly id: string | undefined
    readonly state: 'running' | 'restarting' | 'stopped'
    readonly ref: string | undefined
  }[]
  /** All of them; `children` names the first 50, of `info` 100. */
  readonly childrenCount: number
}

/** Rates are per second; undefined where there was no earlier look. */
export interface TopRow extends PsRow {
  readonly handledPerSecond: number | undefined
  /** Part of the time in its handlers, from 0 to 1: an estimate. */
  readonly busy: number | undefined
}

/** How many, and the first 100. */
export interface Relatives {
  readonly count: number
  readonly first: readonly string[]
}

export interface ActorDetails extends PsRow {
  readonly mailboxLimit: number
  readonly onFull: 'refuse' | 'dropOldest' | 'close'
  readonly trapExit: boolean
  /** Types of the last messages taken, oldest first, at most 8. */
  readonly lastMessages: readonly string[]
  readonly groups: readonly string[]
  readonly openCalls: number
  readonly openTasks: number
  readonly links: Relatives
  /** Actors it monitors, and actors that monitor it. */
  readonly watching: Relatives
  readonly watchedBy: Relatives
  readonly supervisor: SupervisorFigures | undefined
  /** What its type tells of its state to any operator: `{ user: 'alice', phase: 'live' }`. No content. */
  readonly about: Readonly<Record<string, string | number | boolean>>
}

export interface ActorLinks {
  readonly ref: string
  readonly type: string
  readonly name: string | undefined
  /** How many there are of each kind; those named come first 100 of a kind. */
  readonly counts: Readonly<Record<Relation, number>>
  readonly related: readonly {
    readonly relation: Relation
    readonly ref: string
    /** Undefined when it is dead or on a silent thread. */
    readonly type: string | undefined
    readonly name: string | undefined
  }[]
}
export type Relation = 'parent' | 'child' | 'link' | 'watching' | 'watchedBy'

export interface ActorMailbox {
  readonly ref: string
  readonly mailboxLength: number
  readonly oldestAgeMs: number
  /** The first in line, oldest first. */
  readonly messages: readonly {
    readonly type: string
    /** A `call` has someone waiting for its answer; a `notice` is the runtime's own, such as `down`. */
    readonly kind: 'message' | 'call' | 'notice'
    /** One line; only with `depth`. */
    readonly content: string | undefined
  }[]
}

export interface ActorState {
  readonly ref: string
  readonly type: string
  /** One line. */
  readonly state: string
}

export interface DeadLetterRow {
  readonly atMs: number
  readonly thread: number
  /** A ref or a name. */
  readonly to: string
  readonly messageType: string
  /** `gone`: no such actor. `ended`: it waited when its actor ended. `dropped`: a full mailbox made room. */
  readonly why: 'gone' | 'ended' | 'dropped'
}

/** A thread, also one that gives no answer: then the last part is undefined. */
export interface ThreadFigures {
  readonly thread: number
  readonly state: 'main' | 'starting' | 'running' | 'stopping' | 'waiting' | 'gone' | 'stopped'
  readonly restarts: number
  readonly lastFault: string | undefined
  /** Part of the last second that its event loop was not idle, from 0 to 1. */
  readonly busy: number
  /** How long it took to answer; when it gave none, for how long it has made no progress. */
  readonly lagMs: number
  readonly heapBytes: number
  readonly heapLimitBytes: number
  /** The fullest ring to it and from it: bytes waiting of bytes that fit. */
  readonly ringIn: RingFill
  readonly ringOut: RingFill
  /** The actor in work at this moment, and its message. */
  readonly current: CurrentTurn | undefined
  /** False: no answer in time. */
  readonly answered: boolean
  readonly actors: number | undefined
  readonly runQueue: number | undefined
  /** Since the thread's start. */
  readonly messagesHandled: number | undefined
  readonly deadLetters: number | undefined
  readonly refused: number | undefined
  readonly timers: number | undefined
}

export interface RingFill {
  readonly usedBytes: number
  readonly sizeBytes: number
  /** The other end. */
  readonly peer: number
}

export interface CurrentTurn {
  readonly ref: string
  readonly actor: string
  readonly name: string | undefined
  /** Empty while the actor starts or stops. */
  readonly messageType: string
  /** For how long, as seen from outside, in steps of about 100 ms. */
  readonly forMs: number
}
