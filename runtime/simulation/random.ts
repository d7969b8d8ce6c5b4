/**
 * seededRandom: a small generator for simulations: the same seed gives the same numbers on every machine.
 *
 * Source: sfc32 of the PractRand suite (Chris Doty-Humphrey), seeded with 12 rounds of warm-up.
 */

/** Numbers from 0 up to 1. */
export function seededRandom(seed: number): () => number {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = seed | 0
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    c |= 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let round = 0; round < 12; round++) next()
  return next
}
