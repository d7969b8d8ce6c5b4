import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Tally } from './tally.ts'

const LATE_MS = 60_000

describe('a tally of two sockets', () => {
  it('is over when both have what was due, and not a message earlier', async () => {
    const tally = new Tally(2)
    let over = false
    const result = tally.expect(2, LATE_MS).finally(() => {
      over = true
    })
    for (const index of [0, 0, 0, 1]) tally.message(index)
    await Promise.resolve()
    assert.equal(over, false)
    tally.message(1)
    const { received, exact } = await result
    assert.deepEqual({ received, exact }, { received: 5, exact: 1 })
  })

  it('ends when it is late, and says what came', async () => {
    const tally = new Tally(2)
    const result = tally.expect(1, 1)
    tally.message(1)
    const { received, exact } = await result
    assert.deepEqual({ received, exact }, { received: 1, exact: 1 })
  })

  it('starts again at nothing', async () => {
    const tally = new Tally(1)
    const first = tally.expect(1, LATE_MS)
    tally.message(0)
    await first
    const second = tally.expect(1, LATE_MS)
    tally.message(0)
    assert.equal((await second).received, 1)
  })
})
