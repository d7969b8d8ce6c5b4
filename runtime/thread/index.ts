/** Scheduler threads: a node of several kernels that nothing takes down. */

export type { RuntimeEvent } from '../kernel/events.ts'
export {
  Node,
  type NodeSpawnOptions,
  type RingLoad,
  startNode,
  type ThreadInfo,
  type ThreadLoad,
} from './node.ts'
export type { NodeOptions } from './options.ts'
export type { ThreadState } from './threads.ts'
