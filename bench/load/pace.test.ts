import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dueAtMs, dueBy, openLoop } from './pace.ts'

const pace = { perSecond: 200, total: 5 }

describe('open loop at 200 per second', () => {
  it('has the first due at once and the others 5 ms apart', () => {
    assert.deepEqual(
      [0, 4.9, 5, 12].map((elapsed) => dueBy(pace, elapsed)),
      [1, 1, 2, 3],
    )
    assert.deepEqual(
      [0, 1, 2].map((number) => dueAtMs(pace, number)),
      [0, 5, 10],
    )
  })

  it('counts each as due no earlier than its time', () => {
    for (let number = 0; number < pace.total; number++) {
      assert.equal(dueBy(pace, dueAtMs(pace, number)), number + 1)
    }
  })

  it('is never due for more than the total', () => {
    assert.equal(dueBy(pace, 60_000), 5)
  })

  it('hands every number over once and in order', async () => {
    const numbers: number[] = []
    await openLoop({ perSecond: 100_000, total: 1_000 }, (from, to) => {
      for (let number = from; number < to; number++) numbers.push(number)
    })
    assert.deepEqual(
      numbers,
      Array.from({ length: 1_000 }, (_, number) => number),
    )
  })
})
