/**
 * DeadLetters: messages that nobody will handle, listed without their bodies. Bounded: the newest 1,000 of a
 * kernel are kept, all counted.
 */

import type { AnyRef } from '../actor/ref.ts'
import { typeName } from './actor-type.ts'

const KEPT_MAX = 1_000

export interface DeadLetter {
  readonly atMs: number
  readonly to: AnyRef | string
  /** The message's type; its body is gone. */
  readonly messageType: string
  /**
   * `gone`: no such actor. `ended`: it was waiting when its actor ended. `dropped`: a full mailbox made room.
   */
  readonly why: 'gone' | 'ended' | 'dropped'
}

export class DeadLetters {
  readonly #kept: DeadLetter[] = []
  #total = 0

  /** All there ever were. */
  get total(): number {
    return this.#total
  }

  add(atMs: number, to: AnyRef | string, message: unknown, why: DeadLetter['why']): void {
    this.#kept[this.#total % KEPT_MAX] = { atMs, to, messageType: typeName(message), why }
    this.#total++
  }

  /** The newest, oldest first, at most `limit`. */
  list(limit = KEPT_MAX): DeadLetter[] {
    const start = this.#total > KEPT_MAX ? this.#total % KEPT_MAX : 0
    const inOrder = [...this.#kept.slice(start), ...this.#kept.slice(0, start)]
    return inOrder.slice(Math.max(0, inOrder.length - limit))
  }
}
