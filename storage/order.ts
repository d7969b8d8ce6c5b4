/** The two orders of storage: users by the bytes of their UTF-8, ids by their number. The same in every store. */

import type { UserKey } from './records.ts'

/** By UTF-8 bytes, which is by code point: what an ordered store on disk gives without being asked. */
export function compareUsers(a: UserKey, b: UserKey): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Snowflakes in decimal without leading zeros: the longer one is the greater one. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Surrogates stand for code points above all others, yet their code units lie below U+E000. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}
