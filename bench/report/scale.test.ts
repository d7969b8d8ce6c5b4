import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linearScale, percentileScale, type Scale, scaleFor } from './scale.ts'

const labels = ({ ticks }: Scale): string[] => ticks.map(({ label }) => label)

describe('a linear axis', () => {
  it('names round figures and holds all values', () => {
    const scale = linearScale(0, 43)
    assert.deepEqual(labels(scale), ['0', '10', '20', '30', '40', '50'])
    assert.equal(scale.place(0), 0)
    assert.equal(scale.place(50), 1)
  })

  it('may start below zero', () => {
    assert.deepEqual(labels(linearScale(-4, 12)), ['-5', '0', '5', '10', '15'])
  })

  it('has room for a single value', () => {
    const scale = linearScale(7, 7)
    assert.ok(scale.place(7) >= 0 && scale.place(7) <= 1)
  })
})

describe('an axis for latencies', () => {
  it('is linear where they lie close', () => {
    assert.deepEqual(labels(scaleFor([3, 12], { fromZero: true })), ['0', '5', '10', '15'])
  })

  it('is logarithmic where the slow ones would press the fast ones flat', () => {
    const scale = scaleFor([2.5, 1_400], { fromZero: true })
    assert.deepEqual(labels(scale), ['1', '10', '100', '1k', '10k'])
    assert.ok(Math.abs(scale.place(100) - 0.5) < 1e-9)
  })
})

describe('an axis of percentiles', () => {
  it('gives each further nine the same room', () => {
    const scale = percentileScale(99.9)
    assert.deepEqual(labels(scale), ['0%', '50%', '90%', '99%', '99.9%'])
    const room = [0, 90, 99, 99.9].map((at) => scale.place(at))
    assert.ok(room.every((at, i) => Math.abs(at - i / 3) < 1e-9))
  })
})
