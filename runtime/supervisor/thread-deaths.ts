/**
 * ThreadDeaths: the death of a thread is one event, however many children it took, so it counts once against
 * the restart budget.
 *
 * The kernel tells of all of them in one go. So when the first one is handled, the others already wait in the
 * supervisor's mailbox, and a message that the supervisor now sends to itself comes behind them: what arrives
 * before it is the same death, what arrives after it, for example because a restart took the successor down
 * as well, is another.
 */

import type { ExitReason } from '../actor/exit-reason.ts'

export class ThreadDeaths {
  readonly #ownThread: number
  readonly #settleLater: (thread: number) => void
  readonly #dying = new Set<number>()

  /** `settleLater` sends the message after which `settled` is called. */
  constructor(ownThread: number, settleLater: (thread: number) => void) {
    this.#ownThread = ownThread
    this.#settleLater = settleLater
  }

  /** Whether the restart that this end calls for counts. To be asked as soon as the end arrives. */
  counts(thread: number, reason: ExitReason): boolean {
    if (reason !== 'threadDown' || thread === this.#ownThread) return true
    if (this.#dying.has(thread)) return false
    this.#dying.add(thread)
    this.#settleLater(thread)
    return true
  }

  settled(thread: number): void {
    this.#dying.delete(thread)
  }
}
