/**
 * Incoming: what one other thread has sent to this one, from its ring into the kernel.
 *
 * Copies bytes out of shared memory before it reads them and frees their room at once: decoders must not see
 * shared memory, which may change under them, and the writer must not wait for the work that messages cause.
 *
 * Both ends have a generation, which grows when their thread is replaced. A `hello` says for whom what
 * follows is meant: frames for an earlier generation of this thread are skipped; frames of a later generation
 * of the writer wait in the ring until thread 0 has told of the death of the earlier one.
 */

import type { AnyRef } from '../actor/ref.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { CallHeader, Signal } from '../kernel/signals.ts'
import { Decoder } from './decoder.ts'
import * as frame from './frame.ts'
import { RingReader } from './ring.ts'

/** At most so much is read at a time, so that one busy sender does not keep a thread from its actors. */
const BATCH_BYTES = 64 * 1_024

/** What frames other than messages and signals are about. */
export interface IncomingEvents {
  event(event: unknown): void
  threadDown(thread: number, generation: number, gone: boolean): void
}

export class Incoming {
  /** The generation of the writer that this thread knows. */
  generation: number
  readonly #kernel: Kernel
  readonly #thread: number
  readonly #ownGeneration: number
  readonly #ring: RingReader
  readonly #decoder: Decoder
  readonly #events: IncomingEvents
  /** A private copy of the oldest frames. */
  #bytes = Buffer.alloc(0)
  #words = new Int32Array(0)
  /** What is read is meant for this generation. */
  #meant = false
  /** The oldest frame waits for news about its writer. */
  #held = false

  constructor(
    kernel: Kernel,
    thread: number,
    generations: { readonly own: number; readonly writer: number },
    buffer: SharedArrayBuffer,
    events: IncomingEvents,
  ) {
    this.#kernel = kernel
    this.#thread = thread
    this.#ownGeneration = generations.own
    this.generation = generations.writer
    this.#ring = new RingReader(buffer)
    this.#events = events
    this.#decoder = new Decoder((refThread, slot, incarnation) =>
      kernel.refs.of(refThread, slot, incarnation),
    )
  }

  /** True when there is something to read now. */
  get ready(): boolean {
    return !this.#held && this.#ring.available > 0
  }

  /** Reads one batch into the kernel. */
  drain(): void {
    if (!this.ready) return
    const end = this.#copyFrames()
    this.#ring.release(end)
    for (let start = 0; start < end; start += this.#words[start >> 2] as number) this.#read(start)
  }

  /** The writer's thread died: reads everything it had published, and goes on with its successor. */
  writerDied(nextGeneration: number): void {
    while (this.ready) this.drain()
    this.generation = nextGeneration
    this.#held = false
  }

  /** Copies whole frames; returns where they end. */
  #copyFrames(): number {
    const available = this.#ring.available
    if (this.#bytes.length === 0) this.#replaceBuffer(BATCH_BYTES)
    for (;;) {
      const size = Math.min(available, this.#bytes.length)
      this.#ring.copyTo(this.#bytes, size)
      const end = this.#endOfFrames(size)
      if (end > 0 || this.#held) return end
      this.#replaceBuffer(this.#words[frame.FRAME_LENGTH] as number) // one frame larger than a batch
    }
  }

  #endOfFrames(size: number): number {
    let end = 0
    while (end < size) {
      const header = end >> 2
      const next = end + (this.#words[header + frame.FRAME_LENGTH] as number)
      if (next > size) break
      if (this.#isHello(header) && (this.#words[header + frame.FRAME_TO_SLOT] as number) > this.generation) {
        this.#held = true
        break
      }
      end = next
    }
    return end
  }

  #isHello(header: number): boolean {
    return ((this.#words[header + frame.FRAME_KIND] as number) & frame.KIND_MASK) === frame.KIND_HELLO
  }

  #replaceBuffer(capacity: number): void {
    this.#bytes = Buffer.from(new ArrayBuffer(capacity))
    this.#words = new Int32Array(this.#bytes.buffer)
    this.#decoder.readFrom(this.#bytes)
  }

  #read(start: number): void {
    const words = this.#words
    const header = start >> 2
    const kind = words[header + frame.FRAME_KIND] as number
    if (kind & frame.FRAME_RESTARTS) this.#decoder.forgetShapes()
    if ((kind & frame.KIND_MASK) === frame.KIND_HELLO) {
      this.#meant = words[header + frame.FRAME_TO_INCARNATION] === this.#ownGeneration
      return
    }
    if (!this.#meant) return
    const shapes = words[header + frame.FRAME_SHAPES] as number
    if (shapes !== 0) this.#decoder.learnShapes(start + shapes)
    this.#decoder.at = start + frame.FRAME_HEADER_BYTES
    this.#handle(kind & frame.KIND_MASK, header)
  }

  #handle(kind: number, header: number): void {
    const decoder = this.#decoder
    switch (kind) {
      case frame.KIND_MESSAGE:
        return this.#receive(header, null)
      case frame.KIND_REQUEST:
        return this.#receive(header, {
          id: decoder.value() as number,
          chain: decoder.value() as CallHeader['chain'],
        })
      case frame.KIND_SIGNAL:
        return this.#kernel.receiveSignal(this.#thread, decoder.value() as Signal)
      case frame.KIND_EVENT:
        return this.#events.event(decoder.value())
      case frame.KIND_THREAD_DOWN:
        return this.#events.threadDown(
          this.#words[header + frame.FRAME_TO_SLOT] as number,
          this.#words[header + frame.FRAME_TO_INCARNATION] as number,
          this.#words[header + frame.FRAME_FROM_SLOT] === 1,
        )
      default:
        throw new Error(`Cannot read a frame from thread ${this.#thread}: unknown kind ${kind}`)
    }
  }

  #receive(header: number, call: CallHeader | null): void {
    const words = this.#words
    const { refs, thread } = this.#kernel
    const fromIncarnation = words[header + frame.FRAME_FROM_INCARNATION] as number
    const from: AnyRef | null =
      fromIncarnation === 0
        ? null
        : refs.of(this.#thread, words[header + frame.FRAME_FROM_SLOT] as number, fromIncarnation)
    const to = refs.of(
      thread,
      words[header + frame.FRAME_TO_SLOT] as number,
      words[header + frame.FRAME_TO_INCARNATION] as number,
    )
    this.#kernel.receive(from, this.#thread, to, this.#decoder.value(), call)
  }
}
