/**
 * Ring: bytes from one thread to one other, in shared memory, without locks.
 *
 * Guarantees: the reader sees exactly the bytes that were published, in order; what was published stays
 * readable after the writer's death. Nothing is published in part: a thread that dies while it copies has
 * published nothing of that batch.
 *
 * Memory ordering
 * - The writer copies bytes with plain stores, then stores the tail with `Atomics.store`. The reader loads
 *   the tail with `Atomics.load` before it copies bytes out. That pair synchronizes, so the reader sees every
 *   byte below the tail.
 * - The reader stores the head with `Atomics.store` after it has copied; the writer loads it with
 *   `Atomics.load` before it reuses the room.
 *
 * Head and tail count bytes for ever and wrap at 2^32; the place in the buffer is the count modulo the
 * capacity, a power of two.
 */

/** A cache line each, so that the two ends do not take the line from one another. */
const HEAD = 0
const TAIL = 32
const DATA_OFFSET = 256

/** The shared memory of a ring. */
export function ringBuffer(capacity: number): SharedArrayBuffer {
  return new SharedArrayBuffer(DATA_OFFSET + capacity)
}

/** How full a ring is, as anyone who has its memory can see: a moment ago, by either end. */
export function ringFill(buffer: SharedArrayBuffer): {
  readonly usedBytes: number
  readonly sizeBytes: number
} {
  const positions = new Int32Array(buffer, 0, DATA_OFFSET / 4)
  const sizeBytes = buffer.byteLength - DATA_OFFSET
  // The head first: it never passes a tail that is read later.
  const head = Atomics.load(positions, HEAD)
  const used = (Atomics.load(positions, TAIL) - head) | 0
  return { usedBytes: Math.min(used, sizeBytes), sizeBytes }
}

export class RingWriter {
  readonly capacity: number
  readonly #positions: Int32Array
  readonly #bytes: Uint8Array
  #tail: number
  /** The reader's head when it was last looked at: there may be more room than it says, never less. */
  #knownHead: number

  constructor(buffer: SharedArrayBuffer) {
    this.capacity = buffer.byteLength - DATA_OFFSET
    this.#positions = new Int32Array(buffer, 0, DATA_OFFSET / 4)
    this.#bytes = new Uint8Array(buffer, DATA_OFFSET)
    this.#tail = Atomics.load(this.#positions, TAIL)
    this.#knownHead = Atomics.load(this.#positions, HEAD)
  }

  /**
   * True when `bytes` more fit below `limit` used bytes. Looks at the reader's progress only when it has to.
   */
  hasRoom(bytes: number, limit: number): boolean {
    if (((this.#tail - this.#knownHead) | 0) + bytes <= limit) return true
    return this.used + bytes <= limit
  }

  /** Bytes that the reader has not taken yet. */
  get used(): number {
    this.#knownHead = Atomics.load(this.#positions, HEAD)
    return (this.#tail - this.#knownHead) | 0
  }

  /** Publishes bytes, for which there must be room. */
  write(source: Uint8Array, start: number, end: number): void {
    const place = this.#tail & (this.capacity - 1)
    const first = Math.min(end - start, this.capacity - place)
    this.#bytes.set(source.subarray(start, start + first), place)
    if (start + first < end) this.#bytes.set(source.subarray(start + first, end), 0)
    this.#tail = (this.#tail + (end - start)) | 0
    Atomics.store(this.#positions, TAIL, this.#tail)
  }
}

export class RingReader {
  readonly capacity: number
  readonly #positions: Int32Array
  readonly #bytes: Uint8Array
  #head: number

  constructor(buffer: SharedArrayBuffer) {
    this.capacity = buffer.byteLength - DATA_OFFSET
    this.#positions = new Int32Array(buffer, 0, DATA_OFFSET / 4)
    this.#bytes = new Uint8Array(buffer, DATA_OFFSET)
    this.#head = Atomics.load(this.#positions, HEAD)
  }

  /** Bytes that wait. */
  get available(): number {
    return (Atomics.load(this.#positions, TAIL) - this.#head) | 0
  }

  /** Copies the oldest bytes out of shared memory without taking them. */
  copyTo(target: Uint8Array, size: number): void {
    const place = this.#head & (this.capacity - 1)
    const first = Math.min(size, this.capacity - place)
    target.set(this.#bytes.subarray(place, place + first))
    if (first < size) target.set(this.#bytes.subarray(0, size - first), first)
  }

  /** Gives the room of the oldest bytes back to the writer. */
  release(size: number): void {
    this.#head = (this.#head + size) | 0
    Atomics.store(this.#positions, HEAD, this.#head)
  }
}
