/**
 * Network: what is under way between simulated kernels.
 *
 * Guarantees: the order of each pair of actors (and, for signals between kernels, of each pair of kernels) is
 * kept; everything else may be delayed and reordered. What a kernel had handed over before it crashed arrives
 * before the news of its crash, what is on its way to it is lost, and nothing of its successor arrives before
 * that news.
 */

import type { AnyRef } from '../actor/ref.ts'

/** One end of a connection: a thread and how often it has been replaced. */
export interface Station {
  readonly thread: number
  readonly epoch: number
}

interface Packet {
  readonly dueMs: number
  readonly deliver: () => void
}

interface Lane {
  readonly from: Station
  readonly to: Station
  /** Delivered only when nothing else is under way between the two. */
  readonly last: boolean
  readonly packets: Packet[]
}

export class Network {
  readonly #lanes = new Map<string, Lane>()
  /** The epoch of a thread that another thread has heard of. */
  readonly #known = new Map<string, number>()

  /** The epoch of `thread` as `observer` knows it. */
  known(observer: number, thread: number): number {
    return this.#known.get(`${observer}:${thread}`) ?? 0
  }

  learn(observer: number, thread: number, epoch: number): void {
    this.#known.set(`${observer}:${thread}`, epoch)
  }

  /** Sends in the order of a pair of actors, or of the two kernels when there is none. */
  post(
    from: Station,
    to: Station,
    pair: { from: AnyRef; to: AnyRef } | undefined,
    dueMs: number,
    deliver: () => void,
  ): void {
    const order = pair === undefined ? 'kernel' : `${pair.from}${pair.to}`
    this.#lane(from, to, order, false).packets.push({ dueMs, deliver })
  }

  /** Sends what must come after everything else from that kernel. */
  postLast(from: Station, to: Station, dueMs: number, deliver: () => void): void {
    this.#lane(from, to, 'last', true).packets.push({ dueMs, deliver })
  }

  /** A thread was lost: what is on its way to it is, too. */
  drop(thread: number): void {
    for (const [key, lane] of this.#lanes) if (lane.to.thread === thread) this.#lanes.delete(key)
  }

  /** When the next packet is due; `Infinity` when none is under way. */
  nextDue(): number {
    let due = Infinity
    for (const lane of this.#lanes.values()) {
      if (this.#open(lane)) due = Math.min(due, (lane.packets[0] as Packet).dueMs)
    }
    return due
  }

  /** Keys of the lanes whose first packet may arrive now. */
  deliverable(nowMs: number): string[] {
    const keys: string[] = []
    for (const [key, lane] of this.#lanes) {
      if ((lane.packets[0] as Packet).dueMs <= nowMs && this.#open(lane)) keys.push(key)
    }
    return keys
  }

  deliver(key: string): void {
    const lane = this.#lanes.get(key) as Lane
    const packet = lane.packets.shift() as Packet
    if (lane.packets.length === 0) this.#lanes.delete(key)
    packet.deliver()
  }

  #lane(from: Station, to: Station, order: string, last: boolean): Lane {
    const key = `${from.thread}.${from.epoch}>${to.thread}.${to.epoch}:${order}`
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { from, to, last, packets: [] }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  /**
   * Nothing of a successor, not even the news of its own death, arrives before the news of its predecessor's.
   */
  #open(lane: Lane): boolean {
    if (this.known(lane.to.thread, lane.from.thread) < lane.from.epoch) return false
    return !lane.last || !this.#others(lane)
  }

  #others(last: Lane): boolean {
    for (const lane of this.#lanes.values()) {
      const same = lane.from.thread === last.from.thread && lane.from.epoch === last.from.epoch
      if (!lane.last && same && lane.to.thread === last.to.thread) return true
    }
    return false
  }
}
