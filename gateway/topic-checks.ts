/**
 * TopicChecks: has the relay of every topic compare where the sockets are with the log, because publications may have
 * been lost.
 *
 * Paced: each check starts a relay if there is none, and reads the heads of the topic. A relay that takes no more now is
 * asked again; one whose thread is down is not, because everything is checked once it is up again.
 */

import { type RelayRequest, shardOf, type Topic } from '../actors/index.ts'
import type { Node } from '../runtime/index.ts'
import type { Clock } from './clock.ts'
import type { Topics } from './topics.ts'

/** Checks in one go. */
const BATCH = 100
const PAUSE_MS = 20

export class TopicChecks {
  readonly #threads: number
  readonly #clock: Clock
  readonly #node: () => Node
  readonly #topics: Topics
  /** Not yet checked. */
  #waiting = new Set<Topic>()
  #running = false
  #stopped = false

  constructor(threads: number, clock: Clock, node: () => Node, topics: Topics) {
    this.#threads = threads
    this.#clock = clock
    this.#node = node
    this.#topics = topics
  }

  start(): void {
    this.#waiting = new Set(this.#topics.all())
    if (!this.#running) this.#goOn()
  }

  stop(): void {
    this.#stopped = true
  }

  readonly #goOn = (): void => {
    for (const topic of [...this.#waiting.values().take(BATCH)]) {
      if (this.#stopped || !this.#check(topic)) break
      this.#waiting.delete(topic)
    }
    this.#running = !this.#stopped && this.#waiting.size > 0
    if (this.#running) this.#clock.after(PAUSE_MS, this.#goOn)
  }

  /** False when it takes no more now. */
  #check(key: Topic): boolean {
    const node = this.#node()
    const relays = node.whereis<RelayRequest>(`relays.${shardOf(key, this.#threads)}`)
    const code = relays === undefined ? undefined : node.send(relays, { type: 'check', key })?.code
    return code !== 'MAILBOX_FULL' && code !== 'RING_FULL'
  }
}
