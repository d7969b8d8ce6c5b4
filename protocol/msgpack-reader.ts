/**
 * Reads one MessagePack map of the frame's profile (see `msgpack-codec.ts`) and refuses all else with a DecodeError.
 *
 * Bounded by construction: every value takes a byte, lengths are compared with the bytes that are left before
 * anything is allocated, depth and number of values have limits. Integers beyond 2^53 lose precision and stay beyond
 * 2^53, where the schemas refuse them.
 */

import { DecodeError } from './decode-error.ts'
import { FRAME_DEPTH_MAX } from './limits.ts'

export function readMap(bytes: Uint8Array, valuesMax: number): unknown {
  return new Reader(bytes, valuesMax).frame()
}

const TWO_32 = 0x1_0000_0000
const SHORT_BYTES = 40
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class Reader {
  readonly #bytes: Uint8Array
  readonly #valuesMax: number
  #at = 0
  #values = 0
  #depth = 0

  constructor(bytes: Uint8Array, valuesMax: number) {
    this.#bytes = bytes
    this.#valuesMax = valuesMax
  }

  frame(): unknown {
    const tag = this.#bytes[0] ?? 0
    if ((tag & 0xf0) !== 0x80 && tag !== 0xde && tag !== 0xdf) throw new DecodeError('it is not a map')
    const frame = this.#value()
    if (this.#at < this.#bytes.length) throw new DecodeError('bytes follow the map')
    return frame
  }

  #value(): unknown {
    const tag = this.#byte()
    if (tag < 0x80) return tag
    if (tag < 0x90) return this.#map(tag & 0x0f)
    if (tag < 0xa0) return this.#array(tag & 0x0f)
    if (tag < 0xc0) return this.#string(tag & 0x1f)
    if (tag >= 0xe0) return tag - 0x100
    return this.#tagged(tag)
  }

  #tagged(tag: number): unknown {
    switch (tag) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xca:
        return this.#float(4)
      case 0xcb:
        return this.#float(8)
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#unsigned(1 << (tag - 0xcc))
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.#signed(1 << (tag - 0xd0))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#unsigned(1 << (tag - 0xd9)))
      case 0xdc:
      case 0xdd:
        return this.#array(this.#unsigned(2 << (tag - 0xdc)))
      case 0xde:
      case 0xdf:
        return this.#map(this.#unsigned(2 << (tag - 0xde)))
      default:
        throw new DecodeError('it holds binary, an extension or an unused tag')
    }
  }

  #map(size: number): unknown {
    this.#enter(size, 2)
    const map: Record<string, unknown> = {}
    for (let i = 0; i < size; i++) {
      const key = this.#key()
      const value = this.#value()
      if (key === '__proto__') defineOwn(map, key, value)
      else map[key] = value
    }
    this.#depth--
    return map
  }

  #array(size: number): unknown {
    this.#enter(size, 1)
    const items: unknown[] = []
    for (let i = 0; i < size; i++) items.push(this.#value())
    this.#depth--
    return items
  }

  /** Counts a map or array of `size` entries that take at least `entryBytes` each. */
  #enter(size: number, entryBytes: number): void {
    this.#depth++
    this.#values += size
    if (this.#depth > FRAME_DEPTH_MAX) throw new DecodeError(`it is nested deeper than ${FRAME_DEPTH_MAX}`)
    if (size * entryBytes > this.#bytes.length - this.#at) throw endsEarly()
    if (this.#values > this.#valuesMax) throw new DecodeError(`it holds more than ${this.#valuesMax} values`)
  }

  #key(): string {
    const tag = this.#byte()
    if (tag >= 0xa0 && tag < 0xc0) return this.#string(tag & 0x1f)
    if (tag >= 0xd9 && tag <= 0xdb) return this.#string(this.#unsigned(1 << (tag - 0xd9)))
    throw new DecodeError('it holds a key that is not a string')
  }

  #string(length: number): string {
    const start = this.#take(length)
    return (length <= SHORT_BYTES ? this.#shortAscii(start, length) : undefined) ?? this.#utf8(start, length)
  }

  /** Most strings are names and short ids: a loop beats the call of the decoder. */
  #shortAscii(start: number, length: number): string | undefined {
    let text = ''
    for (let at = start; at < start + length; at++) {
      const char = this.#bytes[at] ?? 0
      if (char >= 0x80) return undefined
      text += String.fromCharCode(char)
    }
    return text
  }

  #utf8(start: number, length: number): string {
    try {
      return utf8.decode(this.#bytes.subarray(start, start + length))
    } catch {
      throw new DecodeError('it holds a string that is not valid UTF-8')
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw endsEarly()
    return byte
  }

  #unsigned(bytes: number): number {
    const start = this.#take(bytes)
    let value = 0
    for (let at = start; at < start + bytes; at++) value = value * 0x100 + (this.#bytes[at] ?? 0)
    return value
  }

  #signed(bytes: number): number {
    if (bytes === 8) return (this.#unsigned(4) | 0) * TWO_32 + this.#unsigned(4)
    const range = 2 ** (bytes * 8)
    const value = this.#unsigned(bytes)
    return value < range / 2 ? value : value - range
  }

  #float(bytes: 4 | 8): number {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#take(bytes), bytes)
    const value = bytes === 4 ? view.getFloat32(0) : view.getFloat64(0)
    if (!Number.isFinite(value)) throw new DecodeError('it holds a number that is not finite')
    return value
  }

  /** Passes over `bytes` and returns where they start. */
  #take(bytes: number): number {
    const start = this.#at
    if (bytes > this.#bytes.length - start) throw endsEarly()
    this.#at = start + bytes
    return start
  }
}

function endsEarly(): DecodeError {
  return new DecodeError('it ends before its map does')
}

/** Assigning to `__proto__` would change the map's prototype. JSON.parse makes an own property too. */
function defineOwn(map: object, key: string, value: unknown): void {
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
}
