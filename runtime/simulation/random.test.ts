import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from './random.ts'

const take = (seed: number, count: number): number[] => Array.from({ length: count }, seededRandom(seed))

describe('seededRandom', () => {
  it('gives the same numbers for the same seed, all from 0 up to 1', () => {
    const property = fc.property(fc.integer(), (seed) => {
      const numbers = take(seed, 100)
      assert.deepEqual(take(seed, 100), numbers)
      assert.ok(numbers.every((number) => number >= 0 && number < 1))
    })
    fc.assert(property)
  })

  it('gives these numbers on every machine', () => {
    assert.deepEqual(take(1, 3), [0.7822727714665234, 0.27532708551734686, 0.9936929049436003])
  })

  it('gives unlike numbers for seeds next to each other', () => {
    const first = new Set<number>()
    for (let seed = 0; seed < 1_000; seed++) first.add(seededRandom(seed)())
    assert.equal(first.size, 1_000)
  })

  it('fills ten parts of its range alike', () => {
    const parts = new Array<number>(10).fill(0)
    for (const number of take(7, 100_000))
      parts[Math.floor(number * 10)] = (parts[Math.floor(number * 10)] as number) + 1
    // 5 standard deviations
    for (const count of parts) assert.ok(Math.abs(count - 10_000) < 475, `${parts}`)
  })
})
