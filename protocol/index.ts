/** guildhall/protocol: the wire contract v1: frames, limits, codecs, error and close codes. */

export * from './client-frames.ts'
export * from './close-codes.ts'
export * from './errors.ts'
export * from './server-frames.ts'
export * from './values.ts'
