/**
 * What a scheduler thread is told and what it says about its start. It loads its modules first, which takes
 * longest, and then waits to be told which thread it is: a spare one has that part behind it.
 */

import type { ErrorData } from '../actor/exit-reason.ts'
import type { SharedBuffers } from './shared-memory.ts'

export interface ThreadSetup {
  readonly thread: number
  readonly buffers: SharedBuffers
  /** By thread. */
  readonly generations: readonly number[]
  /** Threads that were given up. */
  readonly gone: readonly number[]
}

/** What a worker is created with. */
export interface WorkerSetup {
  readonly modules: readonly string[]
}

/** The order to be a thread. */
export interface BeginOrder {
  readonly kind: 'begin'
  readonly setup: ThreadSetup
}

/** The order to end, between two turns of the event loop. */
export interface EndOrder {
  readonly kind: 'end'
}

/** What a thread says of its start: modules loaded, kernel running, or why not. */
export type StartNews =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: ErrorData }
