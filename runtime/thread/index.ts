/** Scheduler threads: a node of several kernels that nothing takes down. */

export type { RuntimeEvent } from '../kernel/events.ts'
export {
  Node,
  type NodeSpawnOptions,
  startNode,
  type ThreadInfo,
} from './node.ts'
export type { NodeOptions } from './options.ts'
export type { RingLoad, ThreadLoad } from './thread-load.ts'
export type { ThreadState } from './threads.ts'
