import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Cell } from './cell.ts'
import { RunQueue } from './run-queue.ts'

describe('a run queue', () => {
  it('gives the actors back in the order in which they came, however many wait', () => {
    // Positive: so many come. Negative: so many have their turn. Large enough to make the queue grow several
    // times.
    const runs = fc.array(fc.integer({ min: -900, max: 900 }), { maxLength: 20 })
    const property = fc.property(runs, (steps) => {
      const queue = new RunQueue()
      const model: Cell[] = []
      for (const step of steps) {
        for (let n = 0; n < step; n++) {
          const cell = {} as Cell
          queue.push(cell)
          model.push(cell)
        }
        for (let n = step; n < 0; n++) assert.ok(queue.shift() === model.shift())
        assert.equal(queue.length, model.length)
      }
    })
    fc.assert(property)
  })

  it('gives nobody when nobody waits', () => {
    assert.equal(new RunQueue().shift(), undefined)
  })
})
