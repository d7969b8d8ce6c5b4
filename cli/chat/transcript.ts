/**
 * What of a conversation is shown, and when. Pure: history first, then what came meanwhile, each message once; and of
 * the ticks only news about the last message of one's own.
 */

import type { ChatMessage } from '../../client/index.ts'

export type Tick = 'delivered' | 'read'

export class Transcript {
  /** Messages that come before the history is here wait for it. */
  #waiting: ChatMessage[] | undefined = []
  #shown = 0
  #lastOwn = 0
  #tick: Tick | undefined

  /** The messages to show now. */
  history(messages: readonly ChatMessage[]): readonly ChatMessage[] {
    const all = [...messages, ...(this.#waiting ?? [])]
    this.#waiting = undefined
    return all.filter((message) => this.#isNew(message))
  }

  /** The message, if it is to be shown now. */
  live(message: ChatMessage): ChatMessage | undefined {
    if (this.#waiting !== undefined) {
      this.#waiting.push(message)
      return undefined
    }
    return this.#isNew(message) ? message : undefined
  }

  /** What to say about the last own message; undefined when that is known or it is not about it. */
  receipt(receipt: { readonly delivered?: number; readonly read?: number }): Tick | undefined {
    if (this.#lastOwn === 0 || this.#tick === 'read') return undefined
    const reached = (seq: number | undefined): boolean => (seq ?? 0) >= this.#lastOwn
    const tick = reached(receipt.read) ? 'read' : reached(receipt.delivered) ? 'delivered' : undefined
    if (tick === undefined || tick === this.#tick) return undefined
    this.#tick = tick
    return tick
  }

  #isNew({ seq, own }: ChatMessage): boolean {
    if (seq <= this.#shown) return false
    this.#shown = seq
    if (own) {
      this.#lastOwn = seq
      this.#tick = undefined
    }
    return true
  }
}
