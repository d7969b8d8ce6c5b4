/**
 * RuntimeEvent: what a kernel reports to its node: crashes and what supervisors do about them. Holds names
 * and types, never bodies.
 */

import type { ExitReason } from '../actor/exit-reason.ts'
import type { AnyRef } from '../actor/ref.ts'

/** Why and in the middle of what an actor crashed, with the flight recorder's last message types. */
export interface CrashReport {
  readonly type: 'crash'
  readonly atMs: number
  readonly thread: number
  readonly ref: AnyRef
  readonly actor: string
  readonly name: string | undefined
  readonly parent: AnyRef | undefined
  readonly reason: ExitReason
  /** `init`, `handle`, `terminate`, or `signal` for an exit that came from elsewhere. */
  readonly during: 'init' | 'handle' | 'terminate'
  /** Types of the last messages taken, oldest first, at most 8; the last is the one in work at the crash. */
  readonly lastMessages: readonly string[]
  readonly handled: number
  /** Messages that were still waiting and are now dead letters. */
  readonly mailboxLength: number
}

/** A supervisor's own account. */
export interface SupervisorReport {
  readonly type: 'supervisor'
  readonly atMs: number
  readonly thread: number
  readonly ref: AnyRef
  readonly supervisor: string
  readonly event:
    | 'childExited'
    | 'restarted'
    | 'startFailed'
    | 'gaveUp'
    | 'killedAfterTimeout'
    | 'autoShutdown'
  readonly child: string
  readonly reason: ExitReason | undefined
}

/** A scheduler thread was lost, and when its successor was ready. */
export interface ThreadReport {
  readonly type: 'thread'
  readonly atMs: number
  readonly thread: number
  readonly event: 'stuck' | 'heapLimit' | 'died' | 'replaced' | 'gaveUp'
  /** For people: what the thread was doing, or the error it died of. */
  readonly detail: string
}

/**
 * A request or a message that found nobody is only counted and listed; what is reported is the start of such
 * a time.
 */
export type RuntimeEvent = CrashReport | SupervisorReport | ThreadReport
