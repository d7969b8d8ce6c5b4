/**
 * Encoder: writes values into a growing buffer of frames, for one reader.
 *
 * Guarantees: what it accepts arrives deep-equal: -0, NaN, undefined, lone surrogates, typed arrays and
 * `__proto__` keys included. What is not data (functions, symbols, promises, instances of classes) and what
 * is nested too deep or cyclic is refused, and the buffer is as before. Refs and reply addresses cross as
 * what they are.
 *
 * Does not keep identity: an object that appears twice arrives as two. Symbol keys and extra properties of
 * arrays and the like are not data and stay behind; accessors arrive as their values.
 */

import { Ref } from '../actor/ref.ts'
import { PendingCall, RemoteReplyTo } from '../kernel/pending-call.ts'
import { Shapes } from './shapes.ts'
import * as wire from './wire.ts'

/** Why a value was refused. */
export class EncodeError extends Error {
  readonly code: 'MESSAGE_NOT_PORTABLE' | 'MESSAGE_TOO_LARGE'
  constructor(code: EncodeError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** What a kernel knows and an encoder needs. */
export interface Addresses {
  readonly thread: number
  /** A name for a call whose reply address leaves this thread. */
  expose(call: PendingCall): number
}

const CAPACITY_MIN = 32 * 1_024
/** Room asked for before a value of fixed size. */
const SCALAR_BYTES = 16
const NOT_LATIN1 = /[\u0100-\uffff]/

export class Encoder {
  readonly shapes = new Shapes()
  /** The buffer. Replaced when it grows. */
  bytes: Buffer
  /** The same bytes as words, for headers. */
  words: Int32Array
  /** Where the next byte goes. */
  at = 0
  readonly #addresses: Addresses
  readonly #frameMax: number
  #view: DataView
  /** No byte of the frame in work may lie at or beyond this: the buffer's end or the frame's limit. */
  #limit = 0
  #frameStart = 0
  #depth = 0

  constructor(addresses: Addresses, frameMax: number) {
    this.#addresses = addresses
    this.#frameMax = frameMax
    this.bytes = Buffer.from(new ArrayBuffer(CAPACITY_MIN))
    this.words = new Int32Array(this.bytes.buffer)
    this.#view = new DataView(this.bytes.buffer)
  }

  /** Begins a frame at `at` and leaves room for its header. */
  begin(headerBytes: number): void {
    this.#frameStart = this.at
    this.#depth = 0
    this.#limit = Math.min(this.bytes.length, this.#frameStart + this.#frameMax)
    this.shapes.begin()
    this.#room(headerBytes)
    this.at += headerBytes
  }

  /** Takes the frame in work back. */
  abandon(): void {
    this.at = this.#frameStart
    this.shapes.forget()
  }

  /** Writes the shapes that the frame in work has introduced. Returns where they begin, or 0 for none. */
  writeFreshShapes(): number {
    const { fresh } = this.shapes
    if (fresh.length === 0) return 0
    const start = this.at
    this.#depth = 0
    this.#lengthOf(wire.ARRAY, fresh.length)
    for (const shape of fresh) this.#array(shape.keys())
    return start
  }

  /** Pads the frame to a multiple of 8 bytes, so that the next header is aligned. */
  align(): void {
    this.#room(8)
    this.at = (this.at + 7) & ~7
  }

  /** Gives back a buffer that a burst has made large. Only while it is empty. */
  shrink(): void {
    if (this.bytes.length > CAPACITY_MIN * 8) this.#replaceBuffer(CAPACITY_MIN)
  }

  /** @throws EncodeError */
  value(value: unknown): void {
    switch (typeof value) {
      case 'string':
        return this.#string(value)
      case 'number':
        return this.#number(value)
      case 'object':
        if (value === null) return this.#tag(wire.NULL)
        return this.#object(value)
      case 'boolean':
        return this.#tag(value ? wire.TRUE : wire.FALSE)
      case 'undefined':
        return this.#tag(wire.UNDEFINED)
      case 'bigint':
        this.#tag(wire.BIGINT)
        return this.#string(value.toString())
      default:
        throw notPortable(`a ${typeof value}`)
    }
  }

  #tag(tag: number): void {
    this.#room(1)
    this.bytes[this.at++] = tag
  }

  #number(value: number): void {
    this.#room(SCALAR_BYTES)
    if ((value | 0) !== value || Object.is(value, -0)) {
      this.bytes[this.at] = wire.FLOAT64
      this.#view.setFloat64(this.at + 1, value, true)
      this.at += 9
    } else if (value >= 0 && value <= wire.SMALL_INT_MAX) {
      this.bytes[this.at++] = wire.SMALL_INT | value
    } else {
      this.bytes[this.at] = wire.INT32
      this.#view.setInt32(this.at + 1, value, true)
      this.at += 5
    }
  }

  #string(value: string): void {
    const { length } = value
    if (length > wire.SHORT_STRING_MAX) return this.#longString(value)
    this.#room(1 + wire.SHORT_STRING_MAX)
    const { bytes } = this
    let at = this.at
    bytes[at++] = wire.SHORT_STRING | length
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i)
      if (unit > 0xff) return this.#longString(value)
      bytes[at++] = unit
    }
    this.at = at
  }

  #longString(value: string): void {
    const wide = NOT_LATIN1.test(value)
    this.#lengthOf(wide ? wire.UTF16 : wire.LATIN1, value.length)
    const size = wide ? value.length * 2 : value.length
    this.#room(size)
    this.at += this.bytes.write(value, this.at, size, wide ? 'utf16le' : 'latin1')
  }

  #object(value: object): void {
    if (this.#depth >= wire.DEPTH_MAX) {
      throw notPortable(`a structure that is cyclic or nested deeper than ${wire.DEPTH_MAX} levels`)
    }
    this.#depth++
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype) this.#record(value as Record<string, unknown>, wire.RECORD)
    else if (prototype === Array.prototype) this.#array(value as unknown[])
    else if (prototype === Ref.prototype) this.#ref(value as Ref<never>)
    else this.#rarer(value, prototype)
    this.#depth--
  }

  #record(value: Record<string, unknown>, tag: number): void {
    this.#room(3)
    const start = this.at
    this.bytes[start] = tag
    this.at = start + 3
    let shape = this.shapes.root
    for (const key in value) {
      shape = shape.after(key, this.shapes.countKey)
      this.value(value[key])
    }
    if (shape.id < 0 && !this.shapes.introduce(shape)) throw tooLarge('it holds objects of too many shapes')
    this.bytes[start + 1] = shape.id & 0xff
    this.bytes[start + 2] = shape.id >>> 8
  }

  #array(value: readonly unknown[]): void {
    const { length } = value
    this.#lengthOf(wire.ARRAY, length)
    for (let i = 0; i < length; i++) {
      const element = value[i]
      if (element === undefined && !(i in value)) throw notPortable('an array with holes')
      this.value(element)
    }
  }

  #ref(ref: Ref<never>): void {
    this.#room(SCALAR_BYTES)
    this.bytes[this.at] = wire.REF
    this.#view.setUint16(this.at + 1, ref.thread, true)
    this.#view.setUint32(this.at + 3, ref.slot, true)
    this.#view.setUint32(this.at + 7, ref.incarnation, true)
    this.at += 11
  }

  #rarer(value: object, prototype: unknown): void {
    if (value instanceof PendingCall)
      return this.#replyTo(this.#addresses.thread, this.#addresses.expose(value))
    if (value instanceof RemoteReplyTo) return this.#replyTo(value.thread, value.id)
    if (prototype === null) return this.#record(value as Record<string, unknown>, wire.RECORD_NULL_PROTOTYPE)
    if (prototype === Map.prototype) return this.#map(value as Map<unknown, unknown>)
    if (prototype === Set.prototype) return this.#set(value as Set<unknown>)
    if (prototype === Date.prototype) return this.#date(value as Date)
    this.#binary(value, prototype)
  }

  #replyTo(thread: number, id: number): void {
    this.#room(SCALAR_BYTES)
    this.bytes[this.at] = wire.REPLY_TO
    this.#view.setUint16(this.at + 1, thread, true)
    this.#view.setUint32(this.at + 3, id, true)
    this.at += 7
  }

  #map(map: Map<unknown, unknown>): void {
    this.#lengthOf(wire.MAP, map.size)
    for (const [key, value] of map) {
      this.value(key)
      this.value(value)
    }
  }

  #set(set: Set<unknown>): void {
    this.#lengthOf(wire.SET, set.size)
    for (const member of set) this.value(member)
  }

  #date(date: Date): void {
    this.#room(SCALAR_BYTES)
    this.bytes[this.at] = wire.DATE
    this.#view.setFloat64(this.at + 1, date.getTime(), true)
    this.at += 9
  }

  #binary(value: object, prototype: unknown): void {
    const type = binaryTypeOf(prototype)
    if (type < 0) throw notPortable(`an instance of ${className(value)}`)
    const bytes = ArrayBuffer.isView(value)
      ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
      : new Uint8Array(value as ArrayBuffer)
    this.#room(6 + bytes.length)
    this.bytes[this.at++] = wire.BINARY
    this.#lengthOf(type, bytes.length)
    this.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  /** One byte and an unsigned 32-bit length. */
  #lengthOf(tag: number, length: number): void {
    this.#room(SCALAR_BYTES)
    this.bytes[this.at] = tag
    this.#view.setUint32(this.at + 1, length, true)
    this.at += 5
  }

  #room(bytes: number): void {
    if (this.at + bytes > this.#limit) this.#makeRoom(bytes)
  }

  #makeRoom(bytes: number): void {
    const end = this.at + bytes
    const frameEnd = this.#frameStart + this.#frameMax
    if (end > frameEnd) throw tooLarge(`it takes more than ${this.#frameMax} bytes`)
    if (end > this.bytes.length) this.#replaceBuffer(Math.max(this.bytes.length * 2, (end + 7) & ~7))
    this.#limit = Math.min(this.bytes.length, frameEnd)
  }

  #replaceBuffer(capacity: number): void {
    const old = this.bytes
    this.bytes = Buffer.from(new ArrayBuffer(capacity))
    this.words = new Int32Array(this.bytes.buffer)
    this.#view = new DataView(this.bytes.buffer)
    this.bytes.set(old.subarray(0, this.at))
  }
}

const BINARY_PROTOTYPES: readonly unknown[] = [
  ...wire.BINARY_TYPES.map((type) => type.prototype),
  Buffer.prototype,
  ArrayBuffer.prototype,
]

const binaryTypeOf = (prototype: unknown): number => BINARY_PROTOTYPES.indexOf(prototype)

function className(value: object): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'a class'
}

function notPortable(what: string): EncodeError {
  return new EncodeError('MESSAGE_NOT_PORTABLE', `it holds ${what}`)
}

function tooLarge(fact: string): EncodeError {
  return new EncodeError('MESSAGE_TOO_LARGE', fact)
}
