/**
 * Linger: publishes to a large audience wait a few milliseconds for those that follow, and go out together.
 *
 * A send costs 30 to 40 us however much it carries, so one message to 15,000 sockets takes the main thread over 100 ms, and fifty in the
 * same turn hardly twice as long. The first message of a burst is durable a moment before the others: without waiting it would go
 * alone, and take as long again as all others together.
 *
 * Guarantees: publishes of a topic keep their order; none waits longer than `LINGER_MS`, and none where the audience is small.
 */

import type { GatewayMsg } from '../actors/index.ts'
import type { Clock } from './clock.ts'

export type Publish = Extract<GatewayMsg, { type: 'publish' }>

export const LINGER_MS = 5
/** From here on the fan-out itself takes far longer than the wait. */
export const LARGE_AUDIENCE = 1_000

export class Linger {
  readonly #clock: Clock
  readonly #publish: (publish: Publish) => void
  #held: Publish[] = []
  readonly #topics = new Set<string>()
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, publish: (publish: Publish) => void) {
    this.#clock = clock
    this.#publish = publish
  }

  /** Publishes it now or soon. */
  offer(publish: Publish, audience: number): void {
    if (audience < LARGE_AUDIENCE && !this.#topics.has(publish.topic)) return this.#publish(publish)
    this.#held.push(publish)
    this.#topics.add(publish.topic)
    this.#cancelTimer ??= this.#clock.after(LINGER_MS, () => this.flush())
  }

  /** Publishes what waits: before anything that must come after it. */
  flush(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const held = this.#held
    this.#held = []
    this.#topics.clear()
    for (const publish of held) this.#publish(publish)
  }
}
