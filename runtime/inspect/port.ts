/**
 * InspectorPort: what the inspector needs of its node. The threaded node and the tests each bring their own.
 */

import type { InspectRequest } from './requests.ts'

/**
 * What a thread is busy with, as the watchdog reads it from shared memory: it needs no answer of the thread
 * itself.
 */
export interface ThreadActivity {
  /** `<1.5.12>` */
  readonly ref: string
  /** The actor's type. */
  readonly actor: string
  /** The type of the message in work; empty while the actor starts or stops. */
  readonly messageType: string
  /** When the watchdog first saw this turn, in ms since 1970. */
  readonly sinceMs: number
}

export interface InspectorPort {
  /** Every thread that runs a kernel, the main thread (0) included. */
  threads(): readonly number[]
  /**
   * Has `answer` called on that thread's own kernel and brings back what it returned, as plain data. Rejects
   * when it threw, when the thread is gone, and once `timeoutMs` have passed without an answer.
   */
  ask(thread: number, request: InspectRequest, timeoutMs: number): Promise<unknown>
  /**
   * What the thread is doing at this moment; undefined between turns, or when nothing is known. Never waits.
   */
  activity(thread: number): ThreadActivity | undefined
}
