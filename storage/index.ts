/** Storage: the ports, their implementations and the suite that all of them pass. */

export * from './errors.ts'
export * from './lmdb/index.ts'
export * from './memory/index.ts'
export * from './ports.ts'
export * from './records.ts'
