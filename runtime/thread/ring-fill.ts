/**
 * ringFill: how full the rings into a thread are, read from shared memory without asking anyone.
 *
 * From 0 to 1, of the fullest one. Messages are refused from 7/8 on: the rest is for signals.
 */

import { RingReader } from './ring.ts'
import type { SharedMemory } from './shared-memory.ts'

export function ringFill(memory: SharedMemory, reader: number): number {
  let fullest = 0
  for (let writer = 0; writer < memory.controls.length; writer++) {
    if (writer === reader) continue
    const { available, capacity } = new RingReader(memory.ring(writer, reader))
    fullest = Math.max(fullest, available / capacity)
  }
  return fullest
}
