/**
 * FanOut: publishes to the sockets of a topic, a slice at a time, so that a large room does not hold up everybody else.
 *
 * A send costs 30 to 40 us, so one message to 8,000 sockets would keep the main thread for 300 ms, and every 1:1 of the node with it. A
 * topic with more than `SLICE_SOCKETS` sockets is therefore several topics of uWebSockets.js, its slices; what is published waits
 * for each slice, and each turn of the event loop serves about so many sockets, topics taking turns. What gathered meanwhile goes
 * out together, in one send per socket.
 *
 * Guarantees
 * - Each socket gets what is published after it joined, in order, once. A topic of one slice is served at once.
 * - At most `WAITING_MAX` publishes of `WAITING_BYTES_MAX` wait for a slice; the next has it served at once, and whoever publishes
 *   waits for that.
 */

import type { Topic } from '../actors/index.ts'
import type { Connection, Socket } from './connection.ts'
import type { Publish } from './linger.ts'
import { topicOf } from './outbox.ts'

/** About 15 ms of the main thread. */
export const SLICE_SOCKETS = 400
export const WAITING_MAX = 1_000
/** The slices of a topic wait for the same data, so this is about what a topic holds. */
export const WAITING_BYTES_MAX = 4 * 1_024 * 1_024

export interface FanOutPorts {
  /** As uWebSockets.js counts them. */
  subscribers(name: string): number
  /** To all sockets of a slice but the sender's. */
  publish(name: string, binary: boolean, publish: Publish): void
  /** After everything else that is due has had its turn. */
  defer(run: () => void): void
}

interface Waiting {
  readonly binary: boolean
  readonly publishes: Publish[]
  bytes: number
}

export class FanOut {
  readonly #ports: FanOutPorts
  /** Of topics, by the name for one codec, that have more than one slice: how many. */
  readonly #slices = new Map<string, number>()
  /** By topic, in the order of their turns: its slices that something waits for, in the order of theirs. */
  readonly #waiting = new Map<string, Map<string, Waiting>>()
  #deferred = false

  constructor(ports: FanOutPorts) {
    this.#ports = ports
  }

  /** Both codecs. */
  audience(topic: Topic): number {
    return this.#count(topicOf(topic, false)) + this.#count(topicOf(topic, true))
  }

  subscribe(connection: Connection, topic: Topic): void {
    const { socket } = connection
    if (socket === undefined) return
    const slice = this.#sliceOf(connection, socket, topic) ?? this.#roomIn(topicOf(topic, connection.msgpack))
    // It is older than the socket's joining.
    this.#serve(topicOf(topic, connection.msgpack), slice)
    socket.subscribe(slice)
  }

  unsubscribe(connection: Connection, topic: Topic): void {
    const { socket } = connection
    const slice = socket === undefined ? undefined : this.#sliceOf(connection, socket, topic)
    if (slice === undefined) return
    this.#serve(topicOf(topic, connection.msgpack), slice)
    socket?.unsubscribe(slice)
  }

  isSubscribed(connection: Connection, topic: Topic): boolean {
    const { socket } = connection
    return socket !== undefined && this.#sliceOf(connection, socket, topic) !== undefined
  }

  publish(publish: Publish): void {
    const { topic, json, msgpack } = publish
    if (json !== undefined) this.#publishAs(topicOf(topic, false), false, publish)
    if (msgpack !== undefined) this.#publishAs(topicOf(topic, true), true, publish)
  }

  /** Everything that waits. */
  flush(): void {
    for (const [name, slices] of this.#waiting) for (const slice of slices.keys()) this.#serve(name, slice)
  }

  #publishAs(name: string, binary: boolean, publish: Publish): void {
    const count = this.#giveUpEmpty(name)
    if (count === 1 && !this.#waiting.has(name)) return this.#ports.publish(name, binary, publish)
    for (let index = 0; index < count; index++) {
      const slice = sliceName(name, index)
      if (this.#ports.subscribers(slice) > 0) this.#wait(name, slice, binary, publish)
    }
    this.#takeTurns()
  }

  #wait(name: string, slice: string, binary: boolean, publish: Publish): void {
    const slices = this.#waiting.get(name) ?? new Map<string, Waiting>()
    this.#waiting.set(name, slices)
    const waiting = slices.get(slice) ?? { binary, publishes: [], bytes: 0 }
    slices.set(slice, waiting)
    waiting.publishes.push(publish)
    waiting.bytes += (binary ? publish.msgpack : publish.json)?.length ?? 0
    if (waiting.publishes.length > WAITING_MAX || waiting.bytes > WAITING_BYTES_MAX) this.#serve(name, slice)
  }

  #takeTurns(): void {
    if (this.#deferred || this.#waiting.size === 0) return
    this.#deferred = true
    this.#ports.defer(() => {
      this.#deferred = false
      for (let served = 0; served < SLICE_SOCKETS && this.#waiting.size > 0; ) served += this.#serveNext()
      this.#takeTurns()
    })
  }

  /** One slice of the topic whose turn it is. Answers how many sockets that were. */
  #serveNext(): number {
    const [next] = this.#waiting
    if (next === undefined) return 0
    const [name, slices] = next
    const [slice] = slices.keys()
    if (slice === undefined) return 0
    const sockets = this.#ports.subscribers(slice)
    this.#serve(name, slice)
    // Behind the others, if more of it waits.
    if (this.#waiting.delete(name)) this.#waiting.set(name, slices)
    return sockets
  }

  #serve(name: string, slice: string): void {
    const slices = this.#waiting.get(name)
    const waiting = slices?.get(slice)
    if (slices === undefined || waiting === undefined) return
    slices.delete(slice)
    if (slices.size === 0) this.#waiting.delete(name)
    for (const publish of waiting.publishes) this.#ports.publish(slice, waiting.binary, publish)
  }

  /** The slice that a socket is in. */
  #sliceOf({ msgpack }: Connection, socket: Socket, topic: Topic): string | undefined {
    const name = topicOf(topic, msgpack)
    const count = this.#slices.get(name) ?? 1
    for (let index = 0; index < count; index++) {
      const slice = sliceName(name, index)
      if (socket.isSubscribed(slice)) return slice
    }
    return undefined
  }

  /** The first slice with room, or a new one. */
  #roomIn(name: string): string {
    const count = this.#giveUpEmpty(name)
    for (let index = 0; index < count; index++) {
      const slice = sliceName(name, index)
      if (this.#ports.subscribers(slice) < SLICE_SOCKETS) return slice
    }
    this.#slices.set(name, count + 1)
    return sliceName(name, count)
  }

  /** The last slices, while nobody is in them: a room that was large does not stay many. Answers how many there are. */
  #giveUpEmpty(name: string): number {
    const before = this.#slices.get(name) ?? 1
    let count = before
    while (count > 1 && this.#ports.subscribers(sliceName(name, count - 1)) === 0) count--
    if (count === before) return count
    for (let index = count; index < before; index++) this.#serve(name, sliceName(name, index))
    if (count === 1) this.#slices.delete(name)
    else this.#slices.set(name, count)
    return count
  }

  #count(name: string): number {
    const count = this.#slices.get(name) ?? 1
    let sockets = 0
    for (let index = 0; index < count; index++) sockets += this.#ports.subscribers(sliceName(name, index))
    return sockets
  }
}

/** The first has the name of the topic, as most topics have no other. */
function sliceName(name: string, index: number): string {
  return index === 0 ? name : `${name}/${index}`
}
