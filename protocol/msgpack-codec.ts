/**
 * The codec of `guildhall.v1.msgpack`: binary frames, one MessagePack map each. No dependencies; runs in browsers.
 *
 * Its own reader and writer, because msgpackr (which packs between threads, and is the reference in the tests)
 * takes and makes what a contract with strangers cannot: it reads invalid UTF-8, extension types and integer keys,
 * renames `__proto__`, quotes the frame in its errors, and writes times as floating point, which clients with
 * typed integers refuse. The profile here is what JSON can say: maps with string keys, arrays, strings, numbers,
 * booleans, nil.
 */

import type { Codec } from './codec.ts'
import { DecodeError } from './decode-error.ts'
import { readMap } from './msgpack-reader.ts'
import { MsgpackWriter } from './msgpack-writer.ts'

export function msgpackCodec(valuesMax: number): Codec {
  const writer = new MsgpackWriter()
  return {
    subprotocol: 'guildhall.v1.msgpack',
    binary: true,
    encode: (frame) => writer.write(frame),
    decode: (data) => {
      if (typeof data === 'string') throw new DecodeError('it is text where MessagePack is spoken')
      return readMap(data, valuesMax)
    },
  }
}
