/**
 * Sources: the addresses and ports that a process of the generator connects from.
 *
 * A client's port is taken for as long as its connection lives and a while after, and an address has 22,768 of them here. So
 * every process connects from addresses of its own, which Linux answers for on loopback.
 *
 * The ports are chosen here and not by the kernel: with tens of thousands of connections, and as many that ended less than a minute
 * ago, its search for a free one takes 3 ms, and a process of the generator makes no more than 300 to 900 connections a second.
 */

const ADDRESSES_PER_PROCESS = 4
/** Below those that the kernel gives to servers and clients that ask for any. */
const PORT_FIRST = 10_000
const PORT_END = 32_768
/** 127.1.0.0 and up: away from what else may use 127.0.0.x. */
const FIRST = { second: 1, third: 0 }
const LAST_BYTES = 250

/** The addresses of the generator's process with that number. No two processes share one. */
export function sourcesOf(process: number): readonly string[] {
  return Array.from({ length: ADDRESSES_PER_PROCESS }, (_, offset) => {
    const number = process * ADDRESSES_PER_PROCESS + offset
    const third = FIRST.third + Math.floor(number / LAST_BYTES)
    return `127.${FIRST.second + (third >> 8)}.${third & 0xff}.${1 + (number % LAST_BYTES)}`
  })
}

export interface Source {
  /** To give it back by. */
  readonly number: number
  readonly address: string
  readonly port: number
}

/** Gives out each address and port in turn, so that one that was given back rests as long as can be. */
export class Sources {
  readonly #addresses: readonly string[]
  readonly #taken: Uint8Array
  #next: number

  /** `start`, below 1, is where in the ports they begin: elsewhere than the process before, whose ports may still rest. */
  constructor(addresses: readonly string[], start = Math.random()) {
    this.#addresses = addresses
    this.#taken = new Uint8Array(addresses.length * (PORT_END - PORT_FIRST))
    this.#next = Math.floor(start * this.#taken.length)
  }

  /** To be given back when its connection is gone. @throws Error when all are taken. */
  take(): Source {
    for (let tries = 0; tries < this.#taken.length; tries++) {
      const number = this.#next
      this.#next = (number + 1) % this.#taken.length
      if (this.#taken[number] !== 0) continue
      this.#taken[number] = 1
      const address = this.#addresses[number % this.#addresses.length] as string
      return { number, address, port: PORT_FIRST + Math.floor(number / this.#addresses.length) }
    }
    throw new Error(`Cannot connect: all ${this.#taken.length} source ports are taken`)
  }

  giveBack(number: number): void {
    this.#taken[number] = 0
  }
}
