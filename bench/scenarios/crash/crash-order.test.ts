import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Fate, recoveryMs, timeline } from './crash-order.ts'

const FAULT = 10_000

/** Due at a time, through after so long. */
const fate = (dueAt: number, latency: number, sentAfter = latency): Fate => ({
  dueAt,
  sentAt: dueAt + sentAfter,
  deliveredAt: dueAt + latency,
})

describe('the time until messages flow again', () => {
  it('ends with the last message that the fault held up', () => {
    const fates = [fate(9_900, 900), fate(10_200, 1_000), fate(11_500, 20)]
    assert.equal(recoveryMs(fates, FAULT), 1_200)
  })

  it('counts the acknowledgement as well as the delivery', () => {
    assert.equal(recoveryMs([fate(10_000, 300, 700)], FAULT), 700)
  })

  it('is the worst latency after a fault that held nobody up', () => {
    assert.equal(recoveryMs([fate(10_100, 40), fate(10_900, 80), fate(12_000, 200)], FAULT), 80)
  })

  it('does not count what was through before the fault', () => {
    assert.equal(recoveryMs([fate(9_000, 600), fate(10_100, 5)], FAULT), 5)
  })
})

describe('the timeline of a fault', () => {
  it('has the greatest latency of each moment, in seconds from the fault', () => {
    const fates = [fate(9_950, 10), fate(10_010, 50), fate(10_090, 30), fate(10_120, 70)]
    assert.deepEqual(timeline(fates, FAULT), [
      [-0.1, 10],
      [0, 50],
      [0.1, 70],
    ])
  })

  it('leaves out what never came', () => {
    assert.deepEqual(timeline([{ dueAt: 10_000, sentAt: Number.NaN, deliveredAt: Number.NaN }], FAULT), [])
  })
})
