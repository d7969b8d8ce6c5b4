/**
 * ControlBlock: the words that one thread shares with all others: what it is doing, whether it sleeps, and
 * the names behind the numbers.
 *
 * It is how a watchdog learns what a thread does that answers nobody any more. Reading it costs the thread
 * nothing.
 *
 * Memory ordering
 * - Activity cells are plain stores of single words, read at any time: each is a value that was true a moment
 *   ago.
 * - A label's text is stored first, then its place with `Atomics.store`; readers load the place with
 *   `Atomics.load` first.
 * - `parked`, against lost wake-ups: the reader stores 1 and then looks at its rings once more; a writer
 *   publishes and then exchanges the 1 for 0. Both use sequentially consistent atomics, so at least one of
 *   them sees what the other did.
 */

import { ACTIVITY_CELLS, ACTIVITY_SLOT } from '../kernel/activity-cells.ts'
import { LABELS_MAX } from '../kernel/labels.ts'
import type { ActivityRecord } from '../kernel/ports.ts'

/** Apart from the activity cells, which change with every message. */
const PARKED = 32
const PING = 64
const PONG = 65
const EVENTS_LOST = 66
const LABEL_PLACES = 96
const TEXT_OFFSET = (LABEL_PLACES + LABELS_MAX) * 4
/** UTF-16 units for all labels together; labels beyond are known by number only. */
const TEXT_UNITS = 64 * 1_024
/** A place is an offset into the text and, in its low bits, a length. */
const LENGTH_BITS = 7

export function controlBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(TEXT_OFFSET + TEXT_UNITS * 2)
}

export class ControlBlock {
  readonly #words: Int32Array
  readonly #text: Uint16Array
  #textEnd = 0

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, LABEL_PLACES + LABELS_MAX)
    this.#text = new Uint16Array(buffer, TEXT_OFFSET, TEXT_UNITS)
  }

  // --- the thread's own side ---

  /** What a kernel writes to. Forgets what the thread's predecessor left, except the last incarnation. */
  takeOver(): ActivityRecord {
    this.#words.fill(0, LABEL_PLACES)
    Atomics.store(this.#words, PARKED, 0)
    this.#words[ACTIVITY_SLOT] = -1
    return {
      cells: this.#words.subarray(0, ACTIVITY_CELLS),
      onLabel: (label, name) => this.#addLabel(label, name),
    }
  }

  /** Announces that the thread is about to sleep. Look for work once more before you do. */
  park(): void {
    Atomics.store(this.#words, PARKED, 1)
  }

  /** Resolves when somebody wakes the thread; undefined when somebody already has. */
  sleep(): Promise<unknown> | undefined {
    const waiting = Atomics.waitAsync(this.#words, PARKED, 1)
    return waiting.async ? waiting.value : undefined
  }

  /** Answers the watchdog's last question. */
  answerPing(): void {
    this.#words[PONG] = this.#words[PING] as number
  }

  countLostEvent(): void {
    this.#words[EVENTS_LOST] = (this.#words[EVENTS_LOST] as number) + 1
  }

  #addLabel(label: number, name: string): void {
    const offset = this.#textEnd
    if (offset + name.length > TEXT_UNITS) return
    for (let i = 0; i < name.length; i++) this.#text[offset + i] = name.charCodeAt(i)
    this.#textEnd += name.length
    Atomics.store(this.#words, LABEL_PLACES + label, (offset << LENGTH_BITS) | name.length)
  }

  // --- the others' side ---

  /** Wakes the thread if it sleeps. Call it after publishing. Cost: one atomic exchange while it does not. */
  wake(): void {
    if (Atomics.compareExchange(this.#words, PARKED, 1, 0) === 1) Atomics.notify(this.#words, PARKED)
  }

  /** Asks whether the thread's event loop turns. */
  ping(): void {
    this.#words[PING] = ((this.#words[PING] as number) + 1) | 0
    this.wake()
  }

  get pong(): number {
    return this.#words[PONG] as number
  }

  /** Events that found no room on their way to the main thread. */
  get eventsLost(): number {
    return this.#words[EVENTS_LOST] as number
  }

  /** One of the kernel's activity cells. */
  activity(cell: number): number {
    return this.#words[cell] as number
  }

  label(label: number): string {
    const place = Atomics.load(this.#words, LABEL_PLACES + label)
    const offset = place >>> LENGTH_BITS
    return String.fromCharCode(...this.#text.subarray(offset, offset + (place & ((1 << LENGTH_BITS) - 1))))
  }
}
