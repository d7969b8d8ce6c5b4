import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SNOWFLAKE_EPOCH_MS, snowflakes } from './snowflake.ts'

const NOW = 1_767_225_600_000

describe('snowflakes', () => {
  it('hold the time, the node, the thread and the counter', () => {
    const ids = snowflakes({ now: () => NOW, node: 5, thread: 3, above: '0' })
    ids.next()
    const id = BigInt(ids.next())
    assert.deepEqual(
      [
        Number(id >> 22n) + SNOWFLAKE_EPOCH_MS,
        Number(id >> 16n) & 63,
        Number(id >> 12n) & 15,
        Number(id & 4095n),
      ],
      [NOW, 5, 3, 1],
    )
  })

  it('grow and never repeat, whatever the clock does', () => {
    const clock = fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 1, maxLength: 50 })
    const property = fc.property(clock, fc.integer({ min: 1, max: 200 }), (steps, perStep) => {
      let at = NOW
      const ids = snowflakes({ now: () => at, node: 0, thread: 1, above: '0' })
      let last = 0n
      for (const step of steps) {
        at += step
        for (let n = 0; n < perStep; n++) {
          const id = BigInt(ids.next())
          assert.ok(id > last)
          last = id
        }
      }
    })
    fc.assert(property)
  })

  it('borrow the next millisecond when the counter has run out', () => {
    const ids = snowflakes({ now: () => NOW, node: 63, thread: 15, above: '0' })
    const made = Array.from({ length: 10_000 }, () => BigInt(ids.next()))
    assert.equal(new Set(made).size, 10_000)
    assert.equal(Number((made.at(-1) as bigint) >> 22n) + SNOWFLAKE_EPOCH_MS, NOW + 2)
  })

  it('start above the given id, even one of the future and of another thread', () => {
    const property = fc.property(fc.bigInt({ min: 0n, max: 2n ** 62n }), (above) => {
      const ids = snowflakes({ now: () => NOW, node: 0, thread: 0, above: String(above) })
      assert.ok(BigInt(ids.next()) > above)
    })
    fc.assert(property)
  })

  it('of different places never meet', () => {
    const place = fc.record({
      node: fc.integer({ min: 0, max: 63 }),
      thread: fc.integer({ min: 0, max: 15 }),
    })
    const property = fc.property(place, place, (a, b) => {
      fc.pre(a.node !== b.node || a.thread !== b.thread)
      const [first, second] = [a, b].map((at) => snowflakes({ now: () => NOW, ...at, above: '0' }))
      assert.notEqual(first?.next(), second?.next())
    })
    fc.assert(property)
  })

  it('are refused where a number does not fit its bits', () => {
    const make = (options: object) => () =>
      snowflakes({ now: () => NOW, node: 0, thread: 0, above: '0', ...options })
    assert.throws(make({ node: 64 }), /node number must be a whole number from 0 to 63, is 64/)
    assert.throws(make({ thread: 16 }), /thread must be a whole number from 0 to 15, is 16/)
    assert.throws(make({ above: '9223372036854775807' }), /do not fit into 41 bits/)
  })
})
