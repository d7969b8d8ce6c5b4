/**
 * Heartbeat: pings every socket once per `heartbeatMs` and closes those that have been silent for `silentMs`.
 *
 * Walks over all sockets six times per `heartbeatMs`, a few at each beat, and pings a sixth of them in each round: no
 * timer and no memory per socket, and no burst of pings. A silent socket is found within a sixth of `heartbeatMs`.
 */

import { CLOSE } from '../protocol/index.ts'
import type { Clock } from './clock.ts'
import type { Connection } from './connection.ts'
import type { Connections } from './connections.ts'
import { TICK_MS } from './rate.ts'
import type { CheckedSettings } from './settings.ts'

const ROUNDS = 6
const BEATS_PER_ROUND = 5

export class Heartbeat {
  readonly #clock: Clock
  readonly #connections: Connections
  readonly #tick: () => number
  readonly #beatMs: number
  readonly #silentTicks: number
  #walk: Iterator<Connection>
  #round = 0
  #cancelTimer: (() => void) | undefined

  constructor(settings: CheckedSettings, clock: Clock, connections: Connections, tick: () => number) {
    this.#clock = clock
    this.#connections = connections
    this.#tick = tick
    this.#beatMs = Math.max(1, Math.floor(settings.heartbeatMs / (ROUNDS * BEATS_PER_ROUND)))
    this.#silentTicks = Math.ceil(settings.silentMs / TICK_MS)
    this.#walk = connections.all.values()
  }

  start(): void {
    this.#cancelTimer = this.#clock.after(this.#beatMs, () => {
      this.#beat()
      this.start()
    })
  }

  stop(): void {
    this.#cancelTimer?.()
  }

  #beat(): void {
    const tick = this.#tick()
    let left = Math.ceil(this.#connections.all.size / BEATS_PER_ROUND)
    while (left-- > 0) {
      // The iterator of a Map goes on rightly whatever is added or deleted meanwhile.
      const next = this.#walk.next()
      if (next.done) {
        this.#walk = this.#connections.all.values()
        this.#round++
        return
      }
      this.#visit(next.value, tick)
    }
  }

  #visit(connection: Connection, tick: number): void {
    if (!connection.isOpen) return
    if (tick - connection.seenTick >= this.#silentTicks) this.#connections.close(connection, CLOSE.silent)
    else if ((connection.id + this.#round) % ROUNDS === 0 && connection.extra?.congestion === undefined) {
      connection.socket?.ping()
    }
  }
}
