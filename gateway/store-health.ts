/**
 * StoreHealth: whether every thread's store takes writes, as /healthz and /readyz tell it. Each is made to write and
 * flush a probe, at most once per `FRESH_MS` however many ask; what does not answer within `ANSWER_MS` is not well.
 */

import type { ApiMsg } from '../actors/index.ts'
import type { Node } from '../runtime/index.ts'
import type { Clock } from './clock.ts'
import type { CheckedSettings } from './settings.ts'

const FRESH_MS = 1_000
const ANSWER_MS = 2_000

export class StoreHealth {
  readonly #settings: Pick<CheckedSettings, 'threads' | 'log'>
  readonly #clock: Clock
  readonly #node: () => Node
  #askedMs = Number.NEGATIVE_INFINITY
  #answer: Promise<string | undefined> = Promise.resolve(undefined)

  constructor(settings: Pick<CheckedSettings, 'threads' | 'log'>, clock: Clock, node: () => Node) {
    this.#settings = settings
    this.#clock = clock
    this.#node = node
  }

  /** What the store lacks; undefined when it is well. */
  lacks(): Promise<string | undefined> {
    const now = this.#clock.nowMs()
    if (now - this.#askedMs >= FRESH_MS) {
      this.#askedMs = now
      this.#answer = this.#ask()
    }
    return this.#answer
  }

  async #ask(): Promise<string | undefined> {
    const threads = Array.from({ length: this.#settings.threads }, (_, index) => index + 1)
    const answers = await Promise.all(threads.map((thread) => this.#askThread(thread)))
    return answers.find((answer) => answer !== undefined)
  }

  async #askThread(thread: number): Promise<string | undefined> {
    const api = this.#node().whereis<ApiMsg>(`api.${thread}`)
    if (api === undefined) return 'a part of this node restarts'
    try {
      const result = await this.#node().call<ApiMsg, 'check'>(
        api,
        { type: 'check' },
        { timeoutMs: ANSWER_MS },
      )
      if (result.ok) return undefined
      this.#settings.log.error({ thread, reason: result.failure.message }, 'the store takes no writes')
      return 'the store takes no writes'
    } catch {
      return 'the store does not answer'
    }
  }
}
