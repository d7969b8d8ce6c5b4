/**
 * Services: what all actors of one thread share and cannot send, such as the thread's handle on a store. An
 * actor near the top of the thread's tree provides it; those below take it from their context. So they run
 * unchanged over another implementation, in tests and in simulation.
 */

/** The key of a service. Compared by identity. */
export interface ServiceKey<T> {
  readonly name: string
  /** Exists in types only. */
  readonly provides?: T
}

/** Makes a key; `name` appears in errors. */
export function serviceKey<T>(name: string): ServiceKey<T> {
  return { name }
}
