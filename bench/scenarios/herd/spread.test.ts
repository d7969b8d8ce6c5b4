import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { histogram, peakToMean, sumOf } from './spread.ts'

describe('the spread of a herd', () => {
  it('counts what happens in each bin, and what is late in the last', () => {
    assert.deepEqual(histogram([0, 99, 100, 250, 9_999], 100, 3), [2, 1, 2])
  })

  it('is flat when all bins hold the same, and as many times the mean as the fullest bin has', () => {
    assert.equal(peakToMean([5, 5, 5, 5]), 1)
    assert.equal(peakToMean([10, 0, 0, 0]), 4)
  })

  it('adds histograms of several processes bin by bin', () => {
    assert.deepEqual(
      sumOf([
        [1, 2],
        [3, 4, 5],
      ]),
      [4, 6, 5],
    )
  })
})
