/**
 * Capacity: how many sockets this process may hold, from its limit of file descriptors.
 *
 * At the cap upgrades are refused with 503. Shortly before the descriptors run out the server stops listening, because
 * uWebSockets.js spins at 100% CPU when `accept` fails; it listens again when there is room.
 */

import { readFileSync } from 'node:fs'

/** Open connections that may be something else than sockets, such as requests and refusals. */
const REQUESTS_PART = 0.5
/** So much room must there be before the server listens again. */
const RESUME_ROOM = 8

export class Capacity {
  readonly socketsMax: number
  readonly #descriptorsMax: number
  #sockets = 0
  #requests = 0
  #paused = false
  readonly #pause: (paused: boolean) => void

  /** `descriptors` is what the process may open; `pause` stops or starts listening. */
  constructor(
    limits: {
      readonly descriptors: number
      readonly reserve: number
      readonly connectionsMax: number | undefined
    },
    pause: (paused: boolean) => void,
  ) {
    const free = Math.max(1, limits.descriptors - limits.reserve)
    this.socketsMax = Math.min(free, limits.connectionsMax ?? free)
    this.#descriptorsMax = limits.descriptors - Math.ceil(limits.reserve * REQUESTS_PART)
    this.#pause = pause
  }

  /** Descriptors that clients hold now, and how many they may hold; the rest is for files and threads. */
  get descriptors(): { readonly used: number; readonly max: number } {
    return { used: this.#sockets + this.#requests, max: this.#descriptorsMax }
  }

  get sockets(): number {
    return this.#sockets
  }

  get isFull(): boolean {
    return this.#sockets >= this.socketsMax
  }

  /** A TCP connection came or went that is no socket, +1 or -1. */
  request(count: number): void {
    this.#requests += count
    this.#look()
  }

  /** A request became a socket. */
  socketOpened(): void {
    this.#requests--
    this.#sockets++
  }

  socketClosed(): void {
    this.#sockets--
    this.#look()
  }

  #look(): void {
    const room = this.#descriptorsMax - this.#requests - this.#sockets
    const paused = this.#paused ? room < RESUME_ROOM : room <= 0
    if (paused === this.#paused) return
    this.#paused = paused
    this.#pause(paused)
  }
}

/** The soft limit of open files of this process; infinity where the system does not say. */
export function descriptorLimit(limits: string = readLimits()): number {
  const match = /^Max open files\s+(\d+)/m.exec(limits)
  return match === null ? Infinity : Number(match[1])
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return '' // not Linux
  }
}
