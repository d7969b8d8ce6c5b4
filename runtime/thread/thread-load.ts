/**
 * ThreadLoad: what can be told of a thread without asking it: from the watchdog, from V8 and from the rings' memory.
 */

import { getHeapStatistics } from 'node:v8'
import type { ThreadActivity } from '../inspect/index.ts'
import type { Loads } from './loads.ts'
import { ringFill } from './ring.ts'
import type { SharedMemory } from './shared-memory.ts'
import type { ThreadState } from './threads.ts'

/** A thread as it is seen from outside, so that one that hangs is seen too. 0 is the main thread. */
export interface ThreadLoad {
  readonly thread: number
  readonly state: ThreadState | 'main'
  readonly restarts: number
  readonly lastFault: string | undefined
  /** Part of the last second in which its event loop was not idle, from 0 to 1. */
  readonly busy: number
  /** Of a scheduler thread at the last look, at most 100 ms ago, Buffers included. */
  readonly heapBytes: number
  /** Where it is replaced; for the main thread, where V8 ends the process. */
  readonly heapLimitBytes: number
  /** The fullest ring that leads to it, and the fullest that leads from it. */
  readonly ringIn: RingLoad
  readonly ringOut: RingLoad
  /** The actor in work. */
  readonly activity: ThreadActivity | undefined
}

export interface RingLoad {
  readonly usedBytes: number
  readonly sizeBytes: number
  /** The thread at the other end. */
  readonly peer: number
}

const MIB = 1_024 * 1_024

/** What is known of a scheduler thread's life. */
type Known = Pick<ThreadLoad, 'thread' | 'state' | 'restarts' | 'lastFault' | 'heapBytes'>

export function loadsOf(
  schedulers: readonly Known[],
  memory: SharedMemory,
  heapLimitMb: number,
  looks: { readonly busy: Loads; readonly activity: (thread: number) => ThreadActivity | undefined },
): ThreadLoad[] {
  const heap = getHeapStatistics()
  const main = {
    thread: 0,
    state: 'main',
    restarts: 0,
    lastFault: undefined,
    heapBytes: heap.used_heap_size,
  } as const
  return [main, ...schedulers].map(({ thread, state, restarts, lastFault, heapBytes }) => ({
    ...{ thread, state, restarts, lastFault, heapBytes },
    heapLimitBytes: thread === 0 ? heap.heap_size_limit : heapLimitMb * MIB,
    busy: looks.busy.busy(thread),
    ringIn: fullest(memory, thread, (peer) => memory.ring(peer, thread)),
    ringOut: fullest(memory, thread, (peer) => memory.ring(thread, peer)),
    activity: looks.activity(thread),
  }))
}

function fullest(
  { controls }: SharedMemory,
  thread: number,
  ringWith: (peer: number) => SharedArrayBuffer,
): RingLoad {
  let found: RingLoad = { usedBytes: 0, sizeBytes: 0, peer: 0 }
  for (let peer = 0; peer < controls.length; peer++) {
    if (peer === thread) continue
    const fill = ringFill(ringWith(peer))
    if (found.sizeBytes === 0 || fill.usedBytes > found.usedBytes) found = { ...fill, peer }
  }
  return found
}
