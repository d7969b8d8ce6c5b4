/**
 * MsgpackWriter: plain values to MessagePack, in the shortest form of each.
 * Fields that are undefined are left out, as JSON does. Whole numbers are integers up to 2^53, so that typed clients
 * read times and counts as such. Not for cyclic values, bigint or binary: frames hold none.
 */

const SCRATCH_BYTES = 16 * 1_024
/** A scratch that one large frame has made longer than this is not kept. */
const SCRATCH_KEPT_BYTES_MAX = 1_024 * 1_024
const SHORT_CHARS = 48
const UTF8_BYTES_PER_CHAR_MAX = 3
const HEADER_BYTES_MAX = 9

const utf8 = new TextEncoder()

export class MsgpackWriter {
  #bytes = new Uint8Array(SCRATCH_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  /** The bytes are the caller's own. */
  write(value: unknown): Uint8Array {
    this.#at = 0
    this.#value(value)
    const written = this.#bytes.slice(0, this.#at)
    if (this.#bytes.length > SCRATCH_KEPT_BYTES_MAX) this.#resize(SCRATCH_BYTES)
    return written
  }

  #value(value: unknown): void {
    this.#reserve(HEADER_BYTES_MAX)
    switch (typeof value) {
      case 'string':
        return this.#string(value)
      case 'number':
        return this.#number(value)
      case 'boolean':
        return this.#byte(value ? 0xc3 : 0xc2)
      case 'object':
        if (value === null) return this.#byte(0xc0)
        return Array.isArray(value)
          ? this.#array(value)
          : this.#map(value as { readonly [name: string]: unknown })
      default:
        throw new TypeError(`Cannot encode a frame: it holds a ${typeof value}`)
    }
  }

  #map(map: { readonly [name: string]: unknown }): void {
    const names = Object.keys(map)
    let size = 0
    for (const name of names) if (map[name] !== undefined) size++
    this.#head(size, 0x80, 16, undefined, 0xde)
    for (const name of names) {
      const value = map[name]
      if (value === undefined) continue
      this.#string(name)
      this.#value(value)
    }
  }

  #array(items: readonly unknown[]): void {
    this.#head(items.length, 0x90, 16, undefined, 0xdc)
    for (const item of items) this.#value(item)
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.#byte(0xcb)
      this.#view.setFloat64(this.#at, value)
      this.#at += 8
    } else if (value >= 0) this.#unsigned(value)
    else this.#negative(value)
  }

  #unsigned(value: number): void {
    if (value < 0x80) this.#byte(value)
    else if (value < 0x1_00) this.#tagged8(0xcc, value)
    else if (value < 0x1_0000) this.#tagged16(0xcd, value)
    else if (value < 0x1_0000_0000) this.#tagged32(0xce, value)
    else this.#tagged64(0xcf, value)
  }

  #negative(value: number): void {
    if (value >= -0x20) this.#byte(value & 0xff)
    else if (value >= -0x80) this.#tagged8(0xd0, value)
    else if (value >= -0x8000) this.#tagged16(0xd1, value)
    else if (value >= -0x8000_0000) this.#tagged32(0xd2, value)
    else this.#tagged64(0xd3, value)
  }

  #string(text: string): void {
    this.#reserve(HEADER_BYTES_MAX + text.length * UTF8_BYTES_PER_CHAR_MAX)
    if (text.length <= SHORT_CHARS && this.#shortAscii(text)) return
    // Room for the longest header, then the text moves up to the one it needs.
    const start = this.#at
    const bytes = utf8.encodeInto(text, this.#bytes.subarray(start + HEADER_BYTES_MAX)).written
    this.#head(bytes, 0xa0, 32, 0xd9, 0xda)
    this.#bytes.copyWithin(this.#at, start + HEADER_BYTES_MAX, start + HEADER_BYTES_MAX + bytes)
    this.#at += bytes
  }

  /** Most strings are ids and names: a loop beats the call of the encoder. False, and nothing written, for others. */
  #shortAscii(text: string): boolean {
    const bytes = this.#bytes
    const start = this.#at
    const first = start + (text.length < 32 ? 1 : 2)
    for (let i = 0; i < text.length; i++) {
      const char = text.charCodeAt(i)
      if (char >= 0x80) return false
      bytes[first + i] = char
    }
    this.#head(text.length, 0xa0, 32, 0xd9, 0xda)
    this.#at = first + text.length
    return true
  }

  /** A length in the shortest of the forms that its type has. */
  #head(length: number, fixed: number, fixedBelow: number, tag8: number | undefined, tag16: number): void {
    if (length < fixedBelow) this.#byte(fixed | length)
    else if (tag8 !== undefined && length < 0x1_00) this.#tagged8(tag8, length)
    else if (length < 0x1_0000) this.#tagged16(tag16, length)
    else this.#tagged32(tag16 + 1, length)
  }

  #byte(value: number): void {
    this.#bytes[this.#at++] = value
  }

  #tagged8(tag: number, value: number): void {
    this.#byte(tag)
    this.#byte(value & 0xff)
  }

  #tagged16(tag: number, value: number): void {
    this.#byte(tag)
    this.#view.setUint16(this.#at, value)
    this.#at += 2
  }

  #tagged32(tag: number, value: number): void {
    this.#byte(tag)
    this.#view.setUint32(this.#at, value)
    this.#at += 4
  }

  #tagged64(tag: number, value: number): void {
    this.#byte(tag)
    this.#view.setInt32(this.#at, Math.floor(value / 0x1_0000_0000))
    this.#view.setUint32(this.#at + 4, value >>> 0)
    this.#at += 8
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes
    if (needed > this.#bytes.length) this.#resize(Math.max(needed, this.#bytes.length * 2))
  }

  #resize(length: number): void {
    const before = this.#bytes
    this.#bytes = new Uint8Array(length)
    if (length > before.length) this.#bytes.set(before)
    this.#view = new DataView(this.#bytes.buffer)
  }
}
