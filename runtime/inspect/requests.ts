/**
 * InspectRequest: what the inspector asks of one thread's kernel, and the answer to each. Plain data both
 * ways: it crosses by structured clone, and an operator's tool may print it as JSON. Refs travel as text.
 *
 * A request about one actor is answered with undefined (or false) when that actor is not alive on the asked
 * thread.
 */

import type { About } from '../actor/definition.ts'
import type { DeadLetter } from '../kernel/dead-letters.ts'
import type { TraceEvent } from '../kernel/tracing.ts'
import type { ActorFilter } from './actor-filter.ts'
import type { ActorInfo } from './actor-info.ts'
import type { ActorPage, RowsPage } from './actor-page.ts'
import type { Peek } from './peek.ts'
import type { Reach, ReachSpec } from './reach.ts'
import type { ScanPage, ScanSpec } from './scan.ts'
import type { ThreadSummary } from './thread-summary.ts'
import type { TreePage } from './tree-page.ts'

/**
 * An actor as it may be named in a request: as text, or as the numbers of a ref that has crossed a thread.
 */
export type RefLike =
  | string
  | { readonly thread: number; readonly slot: number; readonly incarnation: number }

export type InspectRequest =
  | { readonly kind: 'summary' }
  /** One page of actors, from a slot on. */
  | { readonly kind: 'page'; readonly from: number; readonly rows: number; readonly filter?: ActorFilter }
  /** One page of a pass over all actors for those that come first in some order. */
  | { readonly kind: 'scan'; readonly spec: ScanSpec }
  | { readonly kind: 'forgetSampler'; readonly sampler: string }
  /** The rows of some actors, from the first on, as many as a page may cost. */
  | { readonly kind: 'rows'; readonly refs: readonly string[] }
  /** One page of the tree: of siblings of one type `fold` have rows. */
  | { readonly kind: 'tree'; readonly from: number; readonly rows: number; readonly fold: number }
  /** Which actors end with some of them. */
  | { readonly kind: 'reach'; readonly spec: ReachRequestSpec }
  /** What its type tells of its state, or of a part of it. */
  | { readonly kind: 'about'; readonly ref: RefLike; readonly part?: string }
  | { readonly kind: 'info'; readonly ref: RefLike }
  /** Who holds a name. Ask thread 0, which decides names. */
  | { readonly kind: 'whereis'; readonly name: string }
  /** Without `depth` types only; with it content, so many levels deep. */
  | { readonly kind: 'peek'; readonly ref: RefLike; readonly messages: number; readonly depth?: number }
  | { readonly kind: 'deadLetters'; readonly limit: number }
  | { readonly kind: 'operate'; readonly verb: OperatorVerb; readonly ref: RefLike }
  | { readonly kind: 'trace'; readonly spec: TraceRequestSpec }
  /** Answered when the trace has ended, at the latest after `waitMs`. */
  | { readonly kind: 'traceFetch'; readonly id: number; readonly waitMs: number }
  | { readonly kind: 'traceStop'; readonly id: number }

/** The answer to each kind of request. */
export interface InspectAnswers {
  readonly summary: ThreadSummary
  readonly page: ActorPage
  readonly scan: ScanPage
  readonly forgetSampler: undefined
  readonly rows: RowsPage
  readonly tree: TreePage
  readonly reach: Reach
  readonly about: About | undefined
  readonly info: ActorInfo | undefined
  /** The holder's ref. */
  readonly whereis: string | undefined
  readonly peek: Peek | undefined
  readonly deadLetters: DeadLetterList
  /** False: no such actor. */
  readonly operate: boolean
  /** The trace's id on that thread. */
  readonly trace: number
  readonly traceFetch: TraceBatch
  readonly traceStop: undefined
}

export type InspectKind = InspectRequest['kind']

/** The request of one kind. */
export type RequestOf<Kind extends InspectKind> = Extract<InspectRequest, { readonly kind: Kind }>

export type OperatorVerb = 'kill' | 'suspend' | 'resume'

/** `ReachSpec` as it crosses. */
export interface ReachRequestSpec extends Omit<ReachSpec, 'starts'> {
  readonly starts: readonly { readonly ref: string; readonly from: string | undefined }[] | 'all'
}

/** `TraceSpec` as it crosses. */
export interface TraceRequestSpec {
  readonly ref?: RefLike
  readonly actor?: string
  readonly max: number
  readonly perSecond: number
}

/** `TraceEvent` as it crosses. */
export interface TraceRow extends Omit<TraceEvent, 'from' | 'to'> {
  readonly from: string | undefined
  readonly to: string
}

export interface TraceBatch {
  readonly events: readonly TraceRow[]
  /** Events since the last batch that found the buffer full. */
  readonly overflowed: number
  /** Nothing follows. */
  readonly ended: boolean
}

/** `DeadLetter` as it crosses. `to` is a ref or a name. */
export interface DeadLetterRow extends Omit<DeadLetter, 'to'> {
  readonly thread: number
  readonly to: string
}

export interface DeadLetterList {
  /** All there ever were. */
  readonly total: number
  /** The newest, oldest first. */
  readonly letters: readonly DeadLetterRow[]
}
