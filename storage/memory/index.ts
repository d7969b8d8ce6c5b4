/** The store in memory: simulation and tests. */

export { MemoryData } from './memory-data.ts'
export { memoryStore } from './memory-store.ts'
