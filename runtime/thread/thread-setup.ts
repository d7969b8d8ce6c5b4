/** What a scheduler thread is started with and what it says about its start. */

import type { ErrorData } from '../actor/exit-reason.ts'
import type { SharedBuffers } from './shared-memory.ts'

export interface ThreadSetup {
  readonly thread: number
  readonly buffers: SharedBuffers
  /** By thread. */
  readonly generations: readonly number[]
  /** Threads that were given up. */
  readonly gone: readonly number[]
  readonly modules: readonly string[]
}

/** The first thing a thread says. */
export type StartNews = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly error: ErrorData }
