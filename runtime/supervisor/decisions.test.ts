import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { backoffMs } from './decisions.ts'

describe('backoffMs', () => {
  it('grows by the factor from minMs to maxMs', () => {
    const backoff = { minMs: 100, maxMs: 1_000, factor: 3, jitter: false }
    assert.deepEqual(
      [0, 1, 2, 3, 1_000].map((failures) => backoffMs(backoff, failures, 0.5)),
      [100, 300, 900, 1_000, 1_000],
    )
  })

  it('is anywhere from minMs to that bound with jitter', () => {
    const backoff = { minMs: 100, maxMs: 1_000 }
    assert.deepEqual(
      [0, 0.5, 0.999_999].map((random) => backoffMs(backoff, 2, random)),
      [100, 250, 400],
    )
  })
})
