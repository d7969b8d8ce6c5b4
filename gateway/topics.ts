/**
 * Topics: what was published under each, so that a restarted relay goes on there, and so that what a slow socket
 * missed can be told.
 *
 * uWebSockets.js hands publishes over in batches of at most 64. Once it has skipped a socket in a batch it reports that
 * one frame and leaves out the rest of the batch in silence, so everything published since is taken for skipped too:
 * at worst a client pulls what it already has.
 */

import type { Topic, TopicHead } from '../actors/index.ts'
import type { ServerFrameOf } from '../protocol/index.ts'

interface Published {
  readonly topic: Topic
  readonly conversation: string
  readonly seq: number
}

/** Twice the batch of uWebSockets.js: room for what is published while the batch is handed over. */
const RECENT_MAX = 128
/** Topics whose heads are kept; the one that was published to longest ago goes first. */
const TOPICS_MAX = 100_000

export class Topics {
  readonly #heads = new Map<Topic, Map<string, number>>()
  readonly #recent: Published[] = []

  /** It is on its way to all sockets of the topic. */
  published(topic: Topic, conversation: string, seq: number): void {
    if (seq > 0) this.#keep(topic, conversation, seq)
  }

  /** uWebSockets.js got it, for some or all of those sockets. */
  handedOver(topic: Topic, conversation: string, seq: number): void {
    this.#recent.push({ topic, conversation, seq })
    if (this.#recent.length > 2 * RECENT_MAX) this.#recent.splice(0, RECENT_MAX)
  }

  /** Where the sockets are in conversations that nothing was published of. */
  baseline(topic: Topic, heads: readonly TopicHead[]): void {
    const known = this.#heads.get(topic)
    for (const { conversation, seq } of heads) {
      if (known?.has(conversation) !== true) this.#keep(topic, conversation, seq)
    }
  }

  /** A socket that has everything up to `heads` joins. Returns what it has missed. */
  subscribed(topic: Topic, heads: readonly TopicHead[]): ServerFrameOf<'lagged'>[] {
    const known = this.#heads.get(topic)
    const lagged = heads.flatMap(({ conversation, seq }): ServerFrameOf<'lagged'>[] => {
      const to = known?.get(conversation) ?? 0
      return to > seq ? [{ op: 'lagged', conversation, from: seq + 1, to }] : []
    })
    this.baseline(topic, heads)
    return lagged
  }

  /** Those with heads. */
  all(): readonly Topic[] {
    return [...this.#heads.keys()]
  }

  /** The last seq published of a conversation; undefined when nothing is known. */
  head(topic: Topic, conversation: string): number | undefined {
    return this.#heads.get(topic)?.get(conversation)
  }

  heads(topic: Topic): TopicHead[] {
    return Array.from(this.#heads.get(topic) ?? [], ([conversation, seq]) => ({ conversation, seq }))
  }

  /** Messages from the given one on, or all recent ones when it is not known; events have no seq and are left out. */
  since(conversation: string | undefined, seq: number): Published[] {
    const at = this.#recent.findLastIndex((one) => one.conversation === conversation && one.seq === seq)
    return this.#recent.slice(at >= 0 ? at : -RECENT_MAX).filter((one) => one.seq > 0)
  }

  #keep(topic: Topic, conversation: string, seq: number): void {
    const heads = this.#heads.get(topic) ?? new Map<string, number>()
    heads.set(conversation, Math.max(seq, heads.get(conversation) ?? 0))
    // Again as the last: the map is in the order of use.
    this.#heads.delete(topic)
    this.#heads.set(topic, heads)
    if (this.#heads.size > TOPICS_MAX) this.#heads.delete(this.#heads.keys().next().value as Topic)
  }
}
