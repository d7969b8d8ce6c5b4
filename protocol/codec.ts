/**
 * Codec: frames to what a socket carries, and back.
 *
 * Guarantees
 * - Both codecs decode the same frame to deeply equal values: plain objects, arrays, strings, numbers, booleans, null.
 * - `decode` gives exactly one map or throws a DecodeError, whatever the bytes are: it never overflows the stack,
 *   never changes a prototype (a key `__proto__` is an ordinary own key), never repeats the input in an error.
 * - Its time is bounded by the limits of the frame: bytes (the gateway's), depth, values.
 *
 * Does not check what a frame means: `parseClientFrame` and `parseServerFrame` do.
 */

import type { ClientFrame } from './client-frames.ts'
import { jsonCodec } from './json-codec.ts'
import { FRAME_VALUES_MAX, type Subprotocol } from './limits.ts'
import { msgpackCodec } from './msgpack-codec.ts'
import type { ServerFrame } from './server-frames.ts'

export interface Codec {
  readonly subprotocol: Subprotocol
  /** Whether its frames are binary on the socket. */
  readonly binary: boolean
  encode(frame: ServerFrame | ClientFrame): string | Uint8Array
  /**
   * The payload of one socket frame; nothing of it is kept.
   * @throws DecodeError for anything that is not exactly one map.
   */
  decode(data: Uint8Array | string): unknown
}

/**
 * The codec of a subprotocol, without state of its own: one serves all sockets.
 * `valuesMax` bounds the values of a decoded frame. The default suits frames of clients; a client that trusts its
 * server passes Infinity, because `ready` grows with the conversations of the user.
 */
export function codecOf(subprotocol: Subprotocol, valuesMax: number = FRAME_VALUES_MAX): Codec {
  return subprotocol === 'guildhall.v1.json' ? jsonCodec(valuesMax) : msgpackCodec(valuesMax)
}
