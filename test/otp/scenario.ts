/**
 * Scenario: the one language in which this runtime and Erlang/OTP are told what to do. Plain data:
 * `erlang-terms.ts` writes it for Erlang.
 *
 * A scenario is either a set of actors that do what they are told and write down what they receive, or a
 * supervision tree of which children end and requests are made. Each step is carried out and left to settle
 * before the next one; its trace is a list of lines.
 */

import type { Difference } from './differences.ts'

/** How a step asks an actor or child to end. `shutdownX` is `{ shutdown: 'x' }`. */
export type Reason = 'normal' | 'shutdown' | 'shutdownX' | 'kill' | 'other'

// --- actors ---

export interface ActorSpec {
  readonly name: string
  readonly trapExit?: boolean
}

/** What an actor does inside one handler, one after the other. `to` names an actor. */
export type Op =
  | { readonly op: 'link' | 'unlink'; readonly to: string }
  /** Without a tag the monitor goes by the name of its target. */
  | { readonly op: 'monitor'; readonly to: string; readonly tag?: string }
  | { readonly op: 'demonitor'; readonly tag: string }
  | { readonly op: 'exit'; readonly to: string; readonly reason: Reason }
  | { readonly op: 'send'; readonly to: string; readonly value: number }
  /** Sends ops; a reply among them answers the call in which the teller stands. */
  | { readonly op: 'tell'; readonly to: string; readonly ops: readonly Op[] }
  | { readonly op: 'later'; readonly ms: number; readonly ops: readonly Op[] }
  | { readonly op: 'call'; readonly to: string; readonly timeoutMs: number; readonly ops: readonly Op[] }
  | { readonly op: 'reply'; readonly value: number }
  | ({ readonly op: 'spawn'; readonly link?: boolean; readonly monitor?: boolean } & ActorSpec)
  /** These two end the handler. */
  | { readonly op: 'crash' }
  | { readonly op: 'stop'; readonly reason: Exclude<Reason, 'kill'> }

export interface ActorAct {
  readonly actor: string
  readonly ops: readonly Op[]
}

/**
 * One actor acts; or several at the same time; or one is held back from taking anything while others act, and
 * then goes on. What they do to each other settles before the next step, timers included.
 */
export type ActorStep =
  | ActorAct
  | { readonly together: readonly ActorAct[] }
  | { readonly held: string; readonly steps: readonly ActorAct[] }

export interface ActorScenario {
  readonly kind: 'actors'
  readonly title: string
  /** Several actors act on one at the same time: only the order of each pair is compared. Default: false. */
  readonly anyOrderOfSenders?: boolean
  /** Why OTP does it differently, and has to: the test fails once both do the same. */
  readonly differs?: Difference
  readonly actors: readonly ActorSpec[]
  readonly steps: readonly ActorStep[]
}

// --- trees ---

export interface SupervisorSpec {
  /** `template`: dynamic children, OTP's simple_one_for_one; its one child is the template. */
  readonly strategy: 'oneForOne' | 'oneForAll' | 'restForOne' | 'template'
  readonly restarts: number
  /** Whole seconds, which is what OTP counts in. */
  readonly periodMs: number
  readonly autoShutdown?: 'never' | 'anySignificant' | 'allSignificant'
  readonly children: readonly ChildSpec[]
}

export interface ChildSpec {
  /** Unique in the whole tree. */
  readonly id: string
  readonly restart: 'permanent' | 'transient' | 'temporary'
  readonly shutdownMs: number
  readonly significant?: boolean
  /** Makes the child a supervisor; the fields below are then of no use. */
  readonly supervisor?: SupervisorSpec
  /** Incarnations, counted from 1, whose `init` crashes. */
  readonly failStarts?: readonly number[]
  /**
   * How `terminate` goes. `hangs`: unless the child ends by itself; `slow` takes `terminateMs`. Default:
   * `quick`.
   */
  readonly terminate?: 'quick' | 'hangs' | 'slow' | 'crashes'
  readonly terminateMs?: number
}

/** How a child ends by itself, or by a kill from outside. */
export type End = 'normal' | 'shutdown' | 'shutdownX' | 'crash' | 'kill'

export type TreeRequest =
  | { readonly do: 'startChild'; readonly supervisor: string; readonly child: ChildSpec }
  | {
      readonly do: 'startChild' | 'terminateChild'
      readonly supervisor: string
      readonly fromTemplate: string
    }
  | {
      readonly do: 'terminateChild' | 'restartChild' | 'deleteChild'
      readonly supervisor: string
      readonly id: string
    }

export type TreeStep =
  | TreeRequest
  | { readonly do: 'end'; readonly id: string; readonly how: End }
  /**
   * All these end, in this order, and then these requests arrive, before any supervisor hears of the first
   * end.
   */
  | {
      readonly do: 'endTogether'
      readonly ids: readonly string[]
      readonly how: End
      readonly requests: readonly TreeRequest[]
    }
  /** The parent of the whole tree orders it to shut down. */
  | { readonly do: 'stop' }
  | { readonly do: 'wait'; readonly ms: number }

export interface TreeScenario {
  readonly kind: 'tree'
  readonly title: string
  readonly tree: SupervisorSpec & { readonly id: string }
  readonly steps: readonly TreeStep[]
}

export type Scenario = ActorScenario | TreeScenario
