/**
 * What operators may say to the inspector, and the bounds of all that they ask for.
 */

import { RuntimeError } from '../actor/errors.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { ActorFilter } from './actor-filter.ts'
import type { SilentThread } from './ask.ts'
import type { DeadLetterRow } from './requests.ts'
import type { ListPlace, SurveyOptions } from './survey.ts'

/** An actor as an operator names it: a ref, its text, or a registered name. */
export type Target = AnyRef | string

export interface AskOptions {
  /** From 1 to 60,000 ms. Default: 250. */
  readonly timeoutMs?: number
}

export interface SnapshotOptions extends AskOptions {
  /** Rows at the most, up to 1,000,000. Default: 10,000. */
  readonly maxActors?: number
}

export interface PeekOptions extends AskOptions {
  /** Messages at the most, up to 100. Default: 20. */
  readonly messages?: number
  /** Shows content and state, so many levels deep, from 1 to 20. Default: types only. */
  readonly depth?: number
}

export interface TraceOptions {
  /** Only messages from or to this actor. */
  readonly target?: Target
  /** Only messages from or to actors of this type. */
  readonly actor?: string
  /** Ends the trace after so many events, up to 100,000. Default: 100. */
  readonly max?: number
  /** Events per second over all threads, up to 100,000. Default: 1,000. */
  readonly perSecond?: number
}

export interface SurveyChoice extends AskOptions {
  readonly limit?: number
  readonly filter?: ActorFilter
  /** Only this thread. */
  readonly thread?: number
}

export interface RankingOptions extends SurveyChoice {
  /** What was done is told since the last look under this name; without it since each actor's start. */
  readonly sampler?: string
  /** An actor that is told whatever its place. */
  readonly follow?: string
}

export interface ListOptions extends SurveyChoice {
  readonly after?: ListPlace
}

export interface FoldedTreeOptions extends AskOptions {
  readonly limit?: number
  readonly fold?: number
}

export interface ReachOptions extends AskOptions {
  /** Figures of `about` to add up. */
  readonly sums?: readonly string[]
  /** Texts of `about` of which the first 20 different ones are told. */
  readonly samples?: readonly string[]
}

export interface DeadLetters {
  /** All there ever were on the threads that answered. */
  readonly total: number
  /** The newest, oldest first. */
  readonly letters: readonly DeadLetterRow[]
  readonly silent: readonly SilentThread[]
}

const TIMEOUT_MS_DEFAULT = 250
export const TIMEOUT_MS_MAX = 60_000
export const ACTORS_DEFAULT = 10_000
export const ACTORS_MAX = 1_000_000
export const PEEK_MESSAGES_DEFAULT = 20
export const PEEK_DEPTH_MAX = 20
export const LETTERS_DEFAULT = 100
export const LETTERS_MAX = 1_000
export const RANKING_DEFAULT = 50
export const LIST_DEFAULT = 1_000
export const FOLD_DEFAULT = 5
export const FOLD_MAX = 1_000
export const REACH_TIMEOUT_MS_DEFAULT = 2_000
export const TRACE_EVENTS_DEFAULT = 100
export const TRACE_EVENTS_MAX = 100_000
export const TRACE_PER_SECOND_DEFAULT = 1_000
export const TRACES_MAX = 16

export function timeoutOf({ timeoutMs = TIMEOUT_MS_DEFAULT }: AskOptions): number {
  return whole('timeoutMs', timeoutMs, TIMEOUT_MS_MAX)
}

export function limited(choice: SurveyChoice, limit: number, max: number): SurveyOptions {
  const { filter, thread } = choice
  return { filter, thread, limit: whole('limit', choice.limit ?? limit, max), timeoutMs: timeoutOf(choice) }
}

export function whole(option: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value
  throw new RuntimeError(
    'BAD_OPTION',
    `Cannot inspect: ${option} must be a whole number from 1 to ${max}, is ${String(value)}`,
    {
      context: { option },
    },
  )
}
