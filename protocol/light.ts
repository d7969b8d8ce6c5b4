/**
 * guildhall/protocol/light: what a client without dependencies needs of the contract. Types, limits, close codes, the
 * JSON codec, and a check of server frames that generates no code.
 *
 * Guarantees that nothing is loaded from outside this folder: neither typebox nor msgpackr (a test holds it to that).
 */

export type {
  ClientFrame,
  ClientFrameOf,
  ClientOp,
  Cursors,
} from './client-frames.ts'
export * from './close-codes.ts'
export type { Codec } from './codec.ts'
export * from './decode-error.ts'
export * from './errors.ts'
export * from './json-codec.ts'
export * from './limits.ts'
export * from './parse-server-frame.ts'
export type {
  ChannelEntry,
  ConversationEntry,
  GuildEntry,
  Message,
  ServerFrame,
  ServerFrameOf,
  ServerOp,
} from './server-frames.ts'
export type { BodyKind, ConversationKind } from './values.ts'
