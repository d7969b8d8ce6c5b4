/**
 * FanOut: publishes to the sockets of a topic, a slice at a time, so that a large room does not hold up everybody else.
 *
 * A send costs 30 to 40 us, so one message to 8,000 sockets would keep the main thread for 300 ms, and every 1:1 of the node with it. A
 * topic with more than `SLICE_SOCKETS` sockets is therefore several topics of uWebSockets.js, its slices; what is published waits
 * for each slice, and each turn of the event loop serves one. What gathered meanwhile goes out together, in one send per socket.
 *
 * Guarantees
 * - Each socket gets what is published after it joined, in order, once. A topic of one slice is served at once.
 * - At most `WAITING_MAX` publishes wait for a slice; the next has it served at once, and whoever publishes waits for that.
 */

import type { Topic } from '../actors/index.ts'
import type { Connection, Socket } from './connection.ts'
import type { Publish } from './linger.ts'
import { topicOf } from './outbox.ts'

/** About 15 ms of the main thread. */
export const SLICE_SOCKETS = 400
export const WAITING_MAX = 1_000

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
}

export class FanOut {
  readonly #ports: FanOutPorts
  /** Of topics, by the name for one codec, that have more than one slice: how many. */
  readonly #slices = new Map<string, number>()
  /** By name of a slice, in the order of their turns. */
  readonly #waiting = new Map<string, Waiting>()
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
    this.#serve(slice)
    socket.subscribe(slice)
  }

  unsubscribe(connection: Connection, topic: Topic): void {
    const { socket } = connection
    const slice = socket === undefined ? undefined : this.#sliceOf(connection, socket, topic)
    if (slice === undefined) return
    this.#serve(slice)
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
    for (const slice of this.#waiting.keys()) this.#serve(slice)
  }

  #publishAs(name: string, binary: boolean, publish: Publish): void {
    const count = this.#slices.get(name) ?? 1
    for (let index = 0; index < count; index++) {
      const slice = sliceName(name, index)
      if (count === 1 && !this.#waiting.has(slice)) this.#ports.publish(slice, binary, publish)
      else this.#wait(slice, binary, publish)
    }
  }

  #wait(slice: string, binary: boolean, publish: Publish): void {
    const waiting = this.#waiting.get(slice)
    if (waiting === undefined) this.#waiting.set(slice, { binary, publishes: [publish] })
    else {
      waiting.publishes.push(publish)
      if (waiting.publishes.length > WAITING_MAX) this.#serve(slice)
    }
    this.#takeTurns()
  }

  #takeTurns(): void {
    if (this.#deferred || this.#waiting.size === 0) return
    this.#deferred = true
    this.#ports.defer(() => {
      this.#deferred = false
      const [next] = this.#waiting.keys()
      if (next !== undefined) this.#serve(next)
      this.#takeTurns()
    })
  }

  #serve(slice: string): void {
    const waiting = this.#waiting.get(slice)
    if (waiting === undefined) return
    this.#waiting.delete(slice)
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

  /** The first slice with room, or a new one. Slices that have emptied are given up when nobody is left in any. */
  #roomIn(name: string): string {
    const count = this.#slices.get(name) ?? 1
    if (count > 1 && this.#count(name) === 0) {
      for (let index = 0; index < count; index++) this.#serve(sliceName(name, index))
      this.#slices.delete(name)
      return name
    }
    for (let index = 0; index < count; index++) {
      const slice = sliceName(name, index)
      if (this.#ports.subscribers(slice) < SLICE_SOCKETS) return slice
    }
    this.#slices.set(name, count + 1)
    return sliceName(name, count)
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
