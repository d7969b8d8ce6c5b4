/** Storage: the ports, their implementations and the suite that all of them pass. */

export * from './errors.ts'
export * from './ports.ts'
export * from './records.ts'
