/**
 * Capacity: how many sockets this process may hold, from its limit of file descriptors.
 *
 * At the cap upgrades are refused with 503. Shortly before the descriptors run out the server stops listening, because
 * uWebSockets.js spins at 100% CPU when `accept` fails; it listens again when there is room. Before all that, at 90% of
 * the cap, operators are told, so that they can add a node.
 */

import { readFileSync } from 'node:fs'

/** Open connections that may be something else than sockets, such as requests and refusals. */
const REQUESTS_PART = 0.5
/** Part of the cap at which operators are told, and below which the next time counts as new. */
const NEARLY_FULL_PART = 0.9
const ROOMY_PART = 0.8
/** So much room must there be before the server listens again. */
const RESUME_ROOM = 8

export interface CapacityEvents {
  /** Stop listening, or listen again. */
  pause(paused: boolean): void
  nearlyFull(): void
}

export class Capacity {
  readonly socketsMax: number
  readonly #descriptorsMax: number
  #sockets = 0
  #requests = 0
  #paused = false
  #nearlyFull = false
  readonly #on: CapacityEvents

  /** `descriptors` is what the process may open. */
  constructor(
    limits: {
      readonly descriptors: number
      readonly reserve: number
      readonly connectionsMax: number | undefined
    },
    on: CapacityEvents,
  ) {
    const free = Math.max(1, limits.descriptors - limits.reserve)
    this.socketsMax = Math.min(free, limits.connectionsMax ?? free)
    this.#descriptorsMax = limits.descriptors - Math.ceil(limits.reserve * REQUESTS_PART)
    this.#on = on
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
    if (this.#nearlyFull || this.#sockets < this.socketsMax * NEARLY_FULL_PART) return
    this.#nearlyFull = true
    this.#on.nearlyFull()
  }

  socketClosed(): void {
    this.#sockets--
    if (this.#sockets < this.socketsMax * ROOMY_PART) this.#nearlyFull = false
    this.#look()
  }

  #look(): void {
    const room = this.#descriptorsMax - this.#requests - this.#sockets
    const paused = this.#paused ? room < RESUME_ROOM : room <= 0
    if (paused === this.#paused) return
    this.#paused = paused
    this.#on.pause(paused)
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
