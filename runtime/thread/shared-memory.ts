/**
 * SharedMemory: all that the threads of a node share: a control block each, and a ring from each to each
 * other.
 *
 * It is made once and outlives every thread: a replaced thread goes on with the rings of its predecessor (see
 * `Incoming`). Size: threads x (threads - 1) rings.
 */

import { controlBuffer } from './control-block.ts'
import { ringBuffer } from './ring.ts'

/** What crosses to a new thread. */
export interface SharedBuffers {
  /** By thread. */
  readonly controls: readonly SharedArrayBuffer[]
  /** By writer, then reader. */
  readonly rings: readonly (readonly SharedArrayBuffer[])[]
}

export class SharedMemory {
  readonly buffers: SharedBuffers

  constructor(buffers: SharedBuffers) {
    this.buffers = buffers
  }

  /** Memory for a node of `threads` threads, the main thread included. */
  static allocate(threads: number, ringBytes: number): SharedMemory {
    const all = Array.from({ length: threads }, (_, thread) => thread)
    return new SharedMemory({
      controls: all.map(controlBuffer),
      rings: all.map((from) => all.map((to) => ringBuffer(from === to ? 0 : ringBytes))),
    })
  }

  get controls(): readonly SharedArrayBuffer[] {
    return this.buffers.controls
  }

  ring(from: number, to: number): SharedArrayBuffer {
    return this.buffers.rings[from]?.[to] as SharedArrayBuffer
  }
}
