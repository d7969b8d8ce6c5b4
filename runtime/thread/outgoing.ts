/**
 * Outgoing: what one thread sends to one other. Frames are encoded into a private buffer and published to the
 * ring in batches.
 *
 * Guarantees
 * - What was accepted reaches the ring in the order of acceptance.
 * - Messages are refused while the ring is full up to `SIGNAL_SHARE`; the rest, and beyond it this buffer, is
 *   for signals, so while signals wait here, messages are refused and order holds.
 *
 * The buffer is bounded by the ring for messages, and for signals by the links, monitors and calls that they
 * are about.
 */

import type { Refusal } from '../actor/context.ts'
import { RuntimeError } from '../actor/errors.ts'
import type { AnyRef } from '../actor/ref.ts'
import type { RuntimeEvent } from '../kernel/events.ts'
import type { CallHeader, Signal } from '../kernel/signals.ts'
import type { ControlBlock } from './control-block.ts'
import { type Addresses, EncodeError, Encoder } from './encoder.ts'
import * as frame from './frame.ts'
import { RingWriter } from './ring.ts'

/** One part in 8 of the ring is never filled by messages. */
const SIGNAL_SHARE = 8
/** A batch is published early once it is this large, so that a reader that is awake can work meanwhile. */
const BATCH_BYTES = 16 * 1_024
/**
 * A reader that sleeps is woken before the end of the batch once so much lies ready: waking costs as much as
 * sending 50 messages.
 */
const WAKE_BYTES = 64 * 1_024

export class Outgoing {
  readonly #encoder: Encoder
  readonly #ring: RingWriter
  readonly #peer: ControlBlock
  readonly #messageLimit: number
  /** Published up to here; the encoder's end is where the unpublished frames end. */
  #start = 0
  /** Published since the reader was last woken. */
  #unannounced = 0

  constructor(buffer: SharedArrayBuffer, peer: ControlBlock, addresses: Addresses) {
    this.#ring = new RingWriter(buffer)
    this.#peer = peer
    this.#messageLimit = this.#ring.capacity - this.#ring.capacity / SIGNAL_SHARE
    // Half a ring, so that a signal of any accepted size finds room once the reader has caught up.
    this.#encoder = new Encoder(addresses, this.#ring.capacity / 2)
  }

  /** True while there is something to flush. */
  get waiting(): boolean {
    return this.#encoder.at > this.#start || this.#unannounced > 0
  }

  /** Hands over one actor message, or says why not. */
  message(
    from: AnyRef | null,
    to: AnyRef,
    message: unknown,
    call: CallHeader | null,
  ): Refusal['code'] | undefined {
    // Looked at before encoding, because under overload this is the common answer.
    if (!this.#hasRoom(frame.FRAME_HEADER_BYTES)) return 'RING_FULL'
    const start = this.#encoder.at
    try {
      this.#encode(call === null ? frame.KIND_MESSAGE : frame.KIND_REQUEST, message, call)
    } catch (error) {
      return encodeErrorOf(error).code
    }
    if (!this.#hasRoom(0)) {
      this.#encoder.abandon()
      return 'RING_FULL'
    }
    const { words } = this.#encoder
    const header = start >> 2
    words[header + frame.FRAME_TO_SLOT] = to.slot
    words[header + frame.FRAME_TO_INCARNATION] = to.incarnation
    words[header + frame.FRAME_FROM_SLOT] = from === null ? 0 : from.slot
    words[header + frame.FRAME_FROM_INCARNATION] = from === null ? 0 : from.incarnation
    this.#accept()
    return undefined
  }

  /**
   * Hands over a signal. Never refused for want of room. @throws RuntimeError when it holds what cannot
   * cross.
   */
  signal(signal: Signal): void {
    try {
      this.#encode(frame.KIND_SIGNAL, signal, null)
    } catch (error) {
      const failure = signalError(signal, encodeErrorOf(error))
      // The news of an end or of a failure must arrive, whatever an actor gave as its reason.
      const told = { error: failure.name, code: failure.code, message: failure.message }
      if ('reason' in signal) this.#encode(frame.KIND_SIGNAL, { ...signal, reason: told }, null)
      else if ('error' in signal) this.#encode(frame.KIND_SIGNAL, { ...signal, error: told }, null)
      else throw failure
    }
    this.#accept()
  }

  /** Hands over an event, which may be lost: false when there is no room for it, or it cannot cross. */
  event(event: RuntimeEvent): boolean {
    try {
      this.#encode(frame.KIND_EVENT, event, null)
    } catch {
      return false
    }
    if (!this.#hasRoom(0)) {
      this.#encoder.abandon()
      return false
    }
    this.#accept()
    return true
  }

  /**
   * Opens the conversation between one generation of each end. Everything not yet published was for an
   * earlier one.
   */
  hello(ownGeneration: number, peerGeneration: number): void {
    this.#encoder.at = this.#start
    this.#encoder.shapes.restart()
    this.#bare(frame.KIND_HELLO, ownGeneration, peerGeneration, 0)
  }

  /** Tells of a thread's death. */
  threadDown(thread: number, generation: number, gone: boolean): void {
    this.#bare(frame.KIND_THREAD_DOWN, thread, generation, gone ? 1 : 0)
  }

  /** Publishes what there is room for and wakes the reader. */
  flush(): void {
    if (this.#encoder.at > this.#start) this.#publish()
    if (this.#unannounced > 0) this.#announce()
  }

  #announce(): void {
    this.#unannounced = 0
    this.#peer.wake()
  }

  #publish(): void {
    const encoder = this.#encoder
    const { at } = encoder
    const end = this.#ring.hasRoom(at - this.#start, this.#ring.capacity) ? at : this.#endOfWhatFits()
    if (end > this.#start) {
      this.#ring.write(encoder.bytes, this.#start, end)
      this.#unannounced += end - this.#start
    }
    if (end === at) {
      encoder.at = this.#start = 0
      encoder.shrink()
    } else if (end > encoder.bytes.length / 2) {
      encoder.bytes.copyWithin(0, end, at)
      this.#start = 0
      encoder.at = at - end
    } else this.#start = end
  }

  #endOfWhatFits(): number {
    const { words, at } = this.#encoder
    const limit = this.#start + this.#ring.capacity - this.#ring.used
    let end = this.#start
    while (end < at) {
      const next = end + (words[(end >> 2) + frame.FRAME_LENGTH] as number)
      if (next > limit) break
      end = next
    }
    return end
  }

  /** Encodes a frame at the end of the buffer; on failure the buffer is as before. */
  #encode(kind: number, payload: unknown, call: CallHeader | null): void {
    const encoder = this.#encoder
    const start = encoder.at
    try {
      encoder.begin(frame.FRAME_HEADER_BYTES)
      if (call !== null) {
        encoder.value(call.id)
        encoder.value(call.chain)
      }
      encoder.value(payload)
      const shapes = encoder.writeFreshShapes()
      encoder.align()
      this.#header(start, kind, shapes)
    } catch (error) {
      encoder.abandon()
      throw error
    }
  }

  #header(start: number, kind: number, shapes: number): void {
    const { words, at } = this.#encoder
    const header = start >> 2
    words[header + frame.FRAME_LENGTH] = at - start
    words[header + frame.FRAME_KIND] = this.#encoder.shapes.restarts ? kind | frame.FRAME_RESTARTS : kind
    words[header + frame.FRAME_SHAPES] = shapes === 0 ? 0 : shapes - start
  }

  #bare(kind: number, first: number, second: number, third: number): void {
    const encoder = this.#encoder
    const start = encoder.at
    encoder.begin(frame.FRAME_HEADER_BYTES)
    encoder.align()
    this.#header(start, kind, 0)
    const header = start >> 2
    encoder.words[header + frame.FRAME_TO_SLOT] = first
    encoder.words[header + frame.FRAME_TO_INCARNATION] = second
    encoder.words[header + frame.FRAME_FROM_SLOT] = third
    this.#accept()
  }

  #hasRoom(more: number): boolean {
    return this.#ring.hasRoom(this.#encoder.at - this.#start + more, this.#messageLimit)
  }

  #accept(): void {
    this.#encoder.shapes.keep()
    if (this.#encoder.at - this.#start < BATCH_BYTES) return
    this.#publish()
    if (this.#unannounced >= WAKE_BYTES) this.#announce()
  }
}

/** Whatever a value's own accessors throw, and a stack that ran out, mean the same: it is no data. */
function encodeErrorOf(error: unknown): EncodeError {
  if (error instanceof EncodeError) return error
  return new EncodeError('MESSAGE_NOT_PORTABLE', 'reading it threw an error')
}

function signalError(signal: Signal, { code, message }: EncodeError): RuntimeError {
  const context = { signal: signal.kind }
  return new RuntimeError(code, `Cannot send the signal '${signal.kind}' to another thread: ${message}`, {
    context,
  })
}
