/**
 * Relations: the part of an actor that most actors never need, made when first needed.
 */

import type { ExitReason } from '../actor/exit-reason.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { ActorTimer } from './actor-timer.ts'
import type { Cell } from './cell.ts'
import type { RefusedNotice } from './envelope.ts'
import type { RemoteWatcher, Watch } from './watch.ts'

export class Relations {
  name: string | undefined = undefined
  /** Children linked to this actor, on the same thread: a list through `Cell.nextSibling`. */
  children: Cell | null = null
  /** How many those are. */
  linkedChildren = 0
  /** Every other link. */
  links: Set<AnyRef> | null = null
  /**
   * Links with actors of other threads that this one took back and the partner has not confirmed: see
   * `Links.unlink`.
   */
  unlinking: Map<number, number> | null = null
  /** Monitors that others have on this actor. */
  watchers: Set<Watch> | null = null
  /** Those of other threads, by thread and id. */
  remoteWatchers: Map<number, RemoteWatcher> | null = null
  /** Monitors that this actor has on others. */
  watching: Set<Watch> | null = null
  /** Running timers of `sendAfter`, a list through `ActorTimer.nextOfOwner`. */
  timers: ActorTimer | null = null
  /** Groups entered, with how often. */
  groups: Map<string, number> | null = null
  /** Tasks and asks started and not yet back. */
  openTasks = 0
  /** Actors it is having started on other threads. */
  openStarts = 0
  /** An exit that waits for the message in work. */
  exiting: ExitReason | undefined = undefined
  /** That exit is a kill. */
  killed = false
  /** How often a handler in work was given up: what settles for an earlier one is ignored. */
  abandoned = 0
  /** Refusals by other threads' mailboxes that the actor has not been told of yet, by receiver. */
  refusals: Map<AnyRef, RefusedNotice> | null = null
  /** Messages that other mailboxes and rings refused to take from this actor. */
  refusedElsewhere = 0
  /** Messages that this actor's full mailbox refused, and those it dropped. */
  refused = 0
  dropped = 0
}
