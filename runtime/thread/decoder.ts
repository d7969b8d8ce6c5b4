/**
 * Decoder: reads what one thread's `Encoder` wrote. It trusts its input: both ends run the same code in one
 * process.
 */

import type { AnyRef } from '../actor/ref.ts'
import { RemoteReplyTo } from '../kernel/pending-call.ts'
import * as wire from './wire.ts'

/** The one object for a ref that came from elsewhere. */
export type RefOf = (thread: number, slot: number, incarnation: number) => AnyRef

type Build = (decoder: Decoder) => Record<string, unknown>

/** Strings up to this length are looked up among those seen before, rather than made. */
const CACHED_LENGTH_MAX = 24
const CACHE_SIZE = 1_024
/**
 * Compiling a shape costs about as much as reading 50 objects the slow way; objects that serve as
 * dictionaries never come so far.
 */
const USES_BEFORE_COMPILING = 50

/** A shape as the reader knows it. */
class KnownShape {
  readonly #keys: readonly string[]
  #build: Build
  #uses = 0

  constructor(keys: readonly string[]) {
    this.#keys = keys
    this.#build = this.#buildSlowly
  }

  read(decoder: Decoder): Record<string, unknown> {
    return this.#build(decoder)
  }

  readWithoutPrototype(decoder: Decoder): Record<string, unknown> {
    const made = Object.create(null) as Record<string, unknown>
    for (const key of this.#keys) made[key] = decoder.value()
    return made
  }

  readonly #buildSlowly = (decoder: Decoder): Record<string, unknown> => {
    if (++this.#uses > USES_BEFORE_COMPILING) this.#build = compile(this.#keys)
    const made: Record<string, unknown> = {}
    for (const key of this.#keys) {
      if (key === '__proto__') define(made, key, decoder.value())
      else made[key] = decoder.value()
    }
    return made
  }
}

export class Decoder {
  /** What is read. Must not be shared memory: neither Buffer nor V8 reads strings from it. */
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  readonly #refOf: RefOf
  #view: DataView = new DataView(this.bytes.buffer)
  #shapes: KnownShape[] = []
  readonly #strings: string[] = new Array(CACHE_SIZE).fill('')

  constructor(refOf: RefOf) {
    this.#refOf = refOf
  }

  /** Reads from this buffer from now on. */
  readFrom(bytes: Buffer): void {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  forgetShapes(): void {
    this.#shapes = []
  }

  /** Learns the shapes that begin at `at`. */
  learnShapes(at: number): void {
    this.at = at
    for (const keys of this.value() as string[][]) this.#shapes.push(new KnownShape(keys))
  }

  value(): unknown {
    const tag = this.bytes[this.at++] as number
    if (tag >= wire.SMALL_INT) return tag & wire.SMALL_INT_MAX
    if (tag >= wire.SHORT_STRING) return this.#shortString(tag & wire.SHORT_STRING_MAX)
    switch (tag) {
      case wire.RECORD:
        return this.#shape().read(this)
      case wire.REF:
        return this.#ref()
      case wire.INT32:
        this.at += 4
        return this.#view.getInt32(this.at - 4, true)
      case wire.FLOAT64:
        return this.#float64()
      case wire.TRUE:
        return true
      case wire.FALSE:
        return false
      case wire.NULL:
        return null
      case wire.UNDEFINED:
        return undefined
      case wire.ARRAY:
        return this.#array()
      default:
        return this.#rarer(tag)
    }
  }

  #rarer(tag: number): unknown {
    switch (tag) {
      case wire.LATIN1:
        return this.#longString('latin1', 1)
      case wire.UTF16:
        return this.#longString('utf16le', 2)
      case wire.REPLY_TO:
        this.at += 6
        return new RemoteReplyTo(
          this.#view.getUint16(this.at - 6, true),
          this.#view.getUint32(this.at - 4, true),
        )
      case wire.BINARY:
        return this.#binary()
      case wire.MAP:
        return this.#map()
      case wire.SET:
        return new Set(this.#array())
      case wire.DATE:
        return new Date(this.#float64())
      case wire.BIGINT:
        return BigInt(this.value() as string)
      case wire.RECORD_NULL_PROTOTYPE:
        return this.#shape().readWithoutPrototype(this)
      default:
        throw new Error(`Cannot read a frame: unknown tag ${tag} at ${this.at - 1}`)
    }
  }

  #shape(): KnownShape {
    this.at += 2
    const id = (this.bytes[this.at - 2] as number) | ((this.bytes[this.at - 1] as number) << 8)
    return this.#shapes[id] as KnownShape
  }

  #ref(): AnyRef {
    const at = this.at
    this.at += 10
    return this.#refOf(
      this.#view.getUint16(at, true),
      this.#view.getUint32(at + 2, true),
      this.#view.getUint32(at + 6, true),
    )
  }

  #uint32(): number {
    this.at += 4
    return this.#view.getUint32(this.at - 4, true)
  }

  #float64(): number {
    this.at += 8
    return this.#view.getFloat64(this.at - 8, true)
  }

  #shortString(length: number): string {
    const start = this.at
    this.at += length
    if (length > CACHED_LENGTH_MAX) return this.bytes.toString('latin1', start, this.at)
    const { bytes } = this
    let hash = length
    for (let i = start; i < start + length; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0
    const place = hash & (CACHE_SIZE - 1)
    const cached = this.#strings[place] as string
    if (cached.length === length && this.#matches(cached, start)) return cached
    const made = bytes.toString('latin1', start, this.at)
    this.#strings[place] = made
    return made
  }

  #matches(text: string, start: number): boolean {
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== this.bytes[start + i]) return false
    return true
  }

  #longString(encoding: 'latin1' | 'utf16le', unitBytes: number): string {
    const size = this.#uint32() * unitBytes
    this.at += size
    return this.bytes.toString(encoding, this.at - size, this.at)
  }

  #array(): unknown[] {
    const length = this.#uint32()
    const made: unknown[] = []
    for (let i = 0; i < length; i++) made.push(this.value())
    return made
  }

  #map(): Map<unknown, unknown> {
    const size = this.#uint32()
    const map = new Map<unknown, unknown>()
    for (let i = 0; i < size; i++) map.set(this.value(), this.value())
    return map
  }

  #binary(): unknown {
    const type = this.bytes[this.at++] as number
    const size = this.#uint32()
    const copy = new Uint8Array(size)
    copy.set(this.bytes.subarray(this.at, this.at + size))
    this.at += size
    if (type === wire.BINARY_BUFFER) return Buffer.from(copy.buffer)
    if (type === wire.BINARY_ARRAY_BUFFER) return copy.buffer
    const Type = wire.BINARY_TYPES[type] as new (buffer: ArrayBuffer) => unknown
    return new Type(copy.buffer)
  }
}

/**
 * A function that reads one object of a shape into a literal, which V8 makes several times faster than key by
 * key.
 */
function compile(keys: readonly string[]): Build {
  // Computed where it would set the prototype.
  const entries = keys.map(
    (key) => `${key === '__proto__' ? "['__proto__']" : JSON.stringify(key)}: d.value()`,
  )
  return new Function('d', `return { ${entries.join(', ')} }`) as Build
}

function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
}
