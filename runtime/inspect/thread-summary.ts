/**
 * summarize: one kernel in a few numbers. Cheap enough to ask every second.
 */

import { getHeapStatistics } from 'node:v8'
import type { Kernel } from '../kernel/kernel.ts'
import { type MailboxCount, namedMailboxes } from './named-mailboxes.ts'

export interface TypeCount {
  readonly type: string
  readonly kind: 'actor' | 'supervisor'
  readonly live: number
}

export interface ThreadSummary {
  readonly thread: number
  /** Live actors. */
  readonly actors: number
  /** Actors that wait for their turn. */
  readonly runQueue: number
  readonly messagesHandled: number
  readonly deadLetters: number
  /** Messages refused: by full mailboxes here, and by the way from here to other threads. */
  readonly refused: number
  /** Timers running: of actors, calls and the runtime itself. */
  readonly timers: number
  /** JavaScript heap of this thread. Buffers are not counted. */
  readonly heapUsedBytes: number
  readonly heapLimitBytes: number
  /** Live actors by type; types without any are left out. */
  readonly types: readonly TypeCount[]
  /** What waits for actors that have a name. */
  readonly mailboxes: readonly MailboxCount[]
}

export function summarize(kernel: Kernel): ThreadSummary {
  const heap = getHeapStatistics()
  return {
    thread: kernel.thread,
    actors: kernel.cells.size,
    runQueue: kernel.queued,
    messagesHandled: kernel.messagesHandled,
    deadLetters: kernel.deadLetters.total,
    refused: kernel.refusals.total,
    timers: kernel.timers.size,
    heapUsedBytes: heap.used_heap_size,
    heapLimitBytes: heap.heap_size_limit,
    types: typesOf(kernel),
    mailboxes: namedMailboxes(kernel),
  }
}

function typesOf(kernel: Kernel): TypeCount[] {
  const counts: TypeCount[] = []
  for (const { definition, live } of kernel.types) {
    if (live > 0) counts.push({ type: definition.name, kind: definition.kind, live })
  }
  return counts
}
