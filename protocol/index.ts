/**
 * guildhall/protocol: the wire contract v1: frames, limits, codecs, error and close codes.
 * Clients without dependencies import `light.ts` instead.
 */

export * from './client-frames.ts'
export * from './close-codes.ts'
export * from './codec.ts'
export * from './decode-error.ts'
export * from './errors.ts'
export * from './limits.ts'
export * from './parse-client-frame.ts'
export * from './parse-server-frame.ts'
export * from './schemas.ts'
export * from './server-frames.ts'
export * from './values.ts'
