/**
 * Source addresses: a client's port is taken for as long as its connection lives and a while after, and an address has 28,232 of
 * them by default. So every process of the generator connects from addresses of its own, which Linux answers for on loopback.
 */

const ADDRESSES_PER_PROCESS = 4
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
