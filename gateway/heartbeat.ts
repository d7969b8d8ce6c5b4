/**
 * Heartbeat: pings every socket once per `heartbeatMs` and closes those that have been silent for `silentMs`.
 *
 * Walks over all sockets six times per `heartbeatMs` and pings a sixth of them in each round: no timer and no memory per
 * socket. A silent socket is found within a sixth of `heartbeatMs`.
 *
 * Each beat visits what has come due since the one before, so pings are spread evenly: one costs about 10 us, and 500 of
 * them at once, a second's worth of 15,000 sockets, hold everybody's messages up for 5 ms.
 */

import { CLOSE } from '../protocol/index.ts'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import type { Connections } from './connections.ts'
import { TICK_MS } from './rate.ts'
import type { CheckedSettings } from './settings.ts'

const ROUNDS = 6
const BEAT_MS = 50
/** What a stall held up is not made good for at once. */
const CATCH_UP_MS = 500

type Visited = Pick<Connections, 'all' | 'close'>

export class Heartbeat {
  readonly #clock: Clock
  readonly #connections: Visited
  readonly #tick: () => number
  readonly #roundMs: number
  readonly #silentTicks: number
  #walk: Iterator<Connection>
  #round = 0
  /** Visits that have come due, with their fraction. */
  #due = 0
  #beatAtMs = 0
  #cancelTimer: (() => void) | undefined

  constructor(settings: CheckedSettings, clock: Clock, connections: Visited, tick: () => number) {
    this.#clock = clock
    this.#connections = connections
    this.#tick = tick
    this.#roundMs = settings.heartbeatMs / ROUNDS
    this.#silentTicks = Math.ceil(settings.silentMs / TICK_MS)
    this.#walk = connections.all.values()
  }

  start(): void {
    this.#beatAtMs = this.#clock.nowMs()
    this.#schedule()
  }

  stop(): void {
    this.#cancelTimer?.()
  }

  #schedule(): void {
    this.#cancelTimer = this.#clock.after(BEAT_MS, () => {
      this.#beat()
      this.#schedule()
    })
  }

  #beat(): void {
    const { all } = this.#connections
    const nowMs = this.#clock.nowMs()
    const elapsedMs = Math.min(nowMs - this.#beatAtMs, CATCH_UP_MS)
    this.#beatAtMs = nowMs
    this.#due = Math.min(all.size, this.#due + (all.size * elapsedMs) / this.#roundMs)
    const tick = this.#tick()
    for (; this.#due >= 1; this.#due--) {
      const connection = this.#next()
      if (connection === undefined) return
      this.#visit(connection, tick)
    }
  }

  /** The iterator of a Map goes on rightly whatever is added or deleted meanwhile. */
  #next(): Connection | undefined {
    const next = this.#walk.next()
    if (!next.done) return next.value
    this.#walk = this.#connections.all.values()
    this.#round++
    return this.#walk.next().value
  }

  #visit(connection: Connection, tick: number): void {
    if (!connection.isOpen) return
    if (tick - connection.seenTick >= this.#silentTicks) this.#connections.close(connection, CLOSE.silent)
    else if ((connection.id + this.#round) % ROUNDS === 0 && connection.extra?.congestion === undefined) {
      connection.socket?.ping()
    }
  }
}
