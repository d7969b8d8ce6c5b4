/**
 * Topics: what was published under each, so that a restarted relay goes on there, and so that what a slow socket
 * missed can be told.
 *
 * uWebSockets.js hands publishes over in batches, at the end of a turn of the event loop at the latest. Once it has skipped a
 * socket in a batch it reports that one frame and leaves out the rest of the batch in silence, so everything published since
 * is taken for skipped too: at worst a client pulls what it already has.
 */

import type { Topic, TopicHead } from '../actors/index.ts'
import type { ServerFrameOf } from '../protocol/index.ts'

interface HandedOver {
  /** As uWebSockets.js knows it: a slice of a topic, for one codec. */
  readonly name: string
  readonly conversation: string
  readonly seq: number
  readonly turn: number
}

/** Those of the turn in work and the one before are kept however many; older ones up to so many. */
const RECENT_MAX = 128
/** Far more than a turn can bring: a bound all the same. */
const RECENT_MAX_EVER = 100_000
/** Topics whose heads are kept; the one that was published to longest ago goes first. */
const TOPICS_MAX = 100_000

export class Topics {
  readonly #heads = new Map<Topic, Map<string, number>>()
  #recent: HandedOver[] = []
  #turn = 0
  #turnEnds = false
  readonly #atTurnEnd: (run: () => void) => void

  /** `atTurnEnd` calls back after at least the current turn of the event loop. */
  constructor(atTurnEnd: (run: () => void) => void = setImmediate) {
    this.#atTurnEnd = atTurnEnd
  }

  /** It is on its way to all sockets of the topic. */
  published(topic: Topic, conversation: string, seq: number): void {
    if (seq > 0) this.#keep(topic, conversation, seq)
  }

  /** uWebSockets.js got it for the sockets of this name. */
  handedOver(name: string, conversation: string, seq: number): void {
    this.#recent.push({ name, conversation, seq, turn: this.#turn })
    if (this.#recent.length > RECENT_MAX_EVER) this.#recent = this.#recent.slice(RECENT_MAX_EVER / 2)
    if (this.#turnEnds) return
    this.#turnEnds = true
    this.#atTurnEnd(() => this.#endTurn())
  }

  #endTurn(): void {
    this.#turnEnds = false
    this.#turn++
    // The end of one turn may come before uWebSockets.js has handed it over, the end of the next cannot.
    const kept = this.#recent.findIndex(({ turn }) => turn >= this.#turn - 1)
    const old = kept < 0 ? this.#recent.length : kept
    if (old > 2 * RECENT_MAX) this.#recent = this.#recent.slice(old - RECENT_MAX)
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

  /**
   * What a socket that is subscribed to these names may have been left out of, when it was left out of the given message;
   * without one, of anything in this turn and the one before. Events have no seq and are left out.
   */
  since(
    conversation: string | undefined,
    seq: number,
    isSubscribed: (name: string) => boolean,
  ): readonly Pick<HandedOver, 'conversation' | 'seq'>[] {
    const names = new Map<string, boolean>()
    const own = this.#recent.filter(({ name }) => {
      const known = names.get(name) ?? isSubscribed(name)
      names.set(name, known)
      return known
    })
    const at = own.findLastIndex((one) => one.conversation === conversation && one.seq === seq)
    const from = at >= 0 ? at : own.findIndex(({ turn }) => turn >= this.#turn - 1)
    return from < 0 ? [] : own.slice(from).filter((one) => one.seq > 0)
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
