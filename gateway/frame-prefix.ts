/**
 * readPrefix: which message a frame of ours is, from its first bytes alone. A skipped publish is handed back as bytes,
 * and decoding whole frames for readers that are too slow already would cost too much.
 *
 * Relies on messages being encoded with `op`, `conversation`, `seq` first. Anything else is undefined.
 */

export interface Prefix {
  readonly conversation: string
  readonly seq: number
}

const PREFIX_BYTES = 96
const JSON_MESSAGE = /^\{"op":"message","conversation":"(\d{1,19})","seq":(\d{1,16})[,}]/

export function readPrefix(frame: Uint8Array, msgpack: boolean): Prefix | undefined {
  if (msgpack) return readPacked(frame)
  const match = JSON_MESSAGE.exec(Buffer.from(frame.subarray(0, PREFIX_BYTES)).toString('latin1'))
  return match === null ? undefined : { conversation: match[1] as string, seq: Number(match[2]) }
}

function readPacked(frame: Uint8Array): Prefix | undefined {
  const reader = new PackedReader(frame.subarray(0, PREFIX_BYTES))
  reader.skipMapHeader()
  if (reader.text() !== 'op' || reader.text() !== 'message' || reader.text() !== 'conversation')
    return undefined
  const conversation = reader.text()
  if (conversation === undefined || reader.text() !== 'seq') return undefined
  const seq = reader.number()
  return seq === undefined ? undefined : { conversation, seq }
}

const MAP16 = 0xde
const MAP32 = 0xdf
const STR8 = 0xd9
const DOUBLE = 0xcb
const UINT8 = 0xcc
const UINT64 = 0xcf

/** The few MessagePack types that the head of a message is made of. */
class PackedReader {
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  skipMapHeader(): void {
    const head = this.#byte()
    if (head === MAP16) this.#at += 2
    else if (head === MAP32) this.#at += 4
  }

  text(): string | undefined {
    const head = this.#byte()
    const length = head === STR8 ? this.#byte() : head >> 5 === 0b101 ? head & 0x1f : -1
    if (length < 0 || this.#at + length > this.#view.byteLength) return undefined
    const start = this.#view.byteOffset + this.#at
    this.#at += length
    return Buffer.from(this.#view.buffer as ArrayBuffer, start, length).toString('latin1')
  }

  number(): number | undefined {
    const head = this.#byte()
    if (head <= 0x7f) return head
    const bytes = head === DOUBLE ? 8 : head >= UINT8 && head <= UINT64 ? 1 << (head - UINT8) : 0
    if (bytes === 0 || this.#at + bytes > this.#view.byteLength) return undefined
    if (head === DOUBLE) return this.#view.getFloat64(this.#at)
    let value = 0
    for (let i = 0; i < bytes; i++) value = value * 256 + this.#byte()
    return value
  }

  #byte(): number {
    return this.#at < this.#view.byteLength ? this.#view.getUint8(this.#at++) : 0
  }
}
