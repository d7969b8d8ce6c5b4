import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MetricSpec } from '../../result.ts'
import { bestOf } from './otp.ts'

const specs: MetricSpec[] = [
  { name: 'speed', unit: '/s', better: 'higher', method: 'counted' },
  { name: 'bytes', unit: 'bytes', better: 'lower', method: 'weighed' },
]

describe('the best of all ways to run Erlang/OTP', () => {
  it('is the highest figure where more is better, and the lowest where less is', () => {
    const ways = [
      { speed: 10, bytes: 300 },
      { speed: 20, bytes: 200 },
    ]
    assert.deepEqual(bestOf(specs, ways), { speed: 20, bytes: 200 })
  })

  it('takes each metric from the ways that measure it', () => {
    assert.deepEqual(bestOf(specs, [{ speed: 10 }, { bytes: 300 }]), { speed: 10, bytes: 300 })
  })

  it('leaves out what no way measures, and what is not a metric', () => {
    assert.deepEqual(bestOf(specs, [{ speed: 10, other: 1 }]), { speed: 10 })
  })
})
