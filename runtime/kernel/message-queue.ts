/**
 * MessageQueue: a growing ring of messages behind the first one of a mailbox, and the age of the oldest.
 *
 * The bound is the mailbox's; the queue only grows as far as it is filled. Cost: push and shift are O(1), no
 * allocation between growths.
 */

const CAPACITY_MIN = 8

export class MessageQueue {
  #slots: unknown[] = new Array(CAPACITY_MIN).fill(undefined)
  #head = 0
  #length = 0
  /**
   * Messages before the marked one, and when it was marked: `oldestSince` follows from them without a clock
   * reading per message.
   */
  #beforeMark = 0
  #markedAt = 0

  get length(): number {
    return this.#length
  }

  get capacity(): number {
    return this.#slots.length
  }

  push(message: unknown): void {
    if (this.#length === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = message
    this.#length++
  }

  /** The oldest. The queue must not be empty. */
  shift(): unknown {
    const head = this.#head
    const message = this.#slots[head]
    this.#slots[head] = undefined // a message must not outlive its handling in a slot
    this.#head = (head + 1) & (this.#slots.length - 1)
    this.#length--
    return message
  }

  /** The message at a place counted from the oldest, for inspection. */
  at(index: number): unknown {
    return this.#slots[(this.#head + index) & (this.#slots.length - 1)]
  }

  /**
   * Called when a turn took `taken` messages and left some. Returns a time not after the arrival of the
   * oldest one left, given the last such time; it is behind by at most the time in which the queue turns over
   * once.
   */
  oldestSince(taken: number, since: number, now: number): number {
    this.#beforeMark -= taken
    if (this.#beforeMark > 0) return since
    const oldest = this.#markedAt > since ? this.#markedAt : since
    this.#beforeMark = this.#length + 1 // and the first one of the mailbox, before the queue
    this.#markedAt = now
    return oldest
  }

  #grow(): void {
    const old = this.#slots
    const grown: unknown[] = new Array(old.length * 2).fill(undefined)
    for (let i = 0; i < this.#length; i++) grown[i] = old[(this.#head + i) & (old.length - 1)]
    this.#slots = grown
    this.#head = 0
  }
}
