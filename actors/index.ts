/** guildhall/actors: what a node does with messages. README.md is the map. */

export { Buckets, DURATION_MS } from './buckets.ts'
export * from './messages.ts'
export { CACHES, type Measures, POST_RESULTS, QUERIES } from './meter.ts'
export * from './services.ts'
export { shard } from './shard.ts'
export type { ServicesMsg } from './thread-services.ts'
export { OnlineUsers } from './users-state.ts'

/** The module that scheduler threads load to know the actor types that other threads start: `modules` of a node. */
export const actorsModule: string = import.meta.resolve('./shard.ts')
