import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Latencies } from './latency.ts'

/** 1, 2, ... `count` milliseconds. */
function upTo(count: number): Latencies {
  const latencies = new Latencies()
  for (let ms = 1; ms <= count; ms++) latencies.record(0, ms)
  return latencies
}

function near(actual: number | undefined, expected: number): void {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= expected / 500,
    `${actual} for ${expected}`,
  )
}

describe('latencies', () => {
  it('count from when a message was due, so one that left late took long', () => {
    const latencies = new Latencies()
    latencies.record(1_000, 1_250.5)
    near(latencies.percentiles()?.max, 250.5)
  })

  it('have percentiles in milliseconds', () => {
    const percentiles = upTo(1_000).percentiles()
    assert.equal(percentiles?.count, 1_000)
    near(percentiles?.p50, 500)
    near(percentiles?.p99, 990)
    near(percentiles?.p999, 999)
    near(percentiles?.max, 1_000)
  })

  it('keep three digits of microseconds and of minutes alike', () => {
    for (const ms of [0.123, 45.6, 78_900]) {
      const latencies = new Latencies()
      latencies.record(0, ms)
      near(latencies.percentiles()?.max, ms)
    }
  })

  it('that were not measured are missing and not 0', () => {
    assert.equal(new Latencies().percentiles(), undefined)
    assert.deepEqual(new Latencies().curve(), [])
  })

  it('of several processes are one', () => {
    const latencies = upTo(500)
    const others = new Latencies()
    for (let ms = 501; ms <= 1_000; ms++) others.record(0, ms)
    latencies.add(Latencies.decode(others.encoded()))
    assert.deepEqual(latencies.percentiles(), upTo(1_000).percentiles())
  })
})

describe('the curve of latencies', () => {
  it('rises and ends where a single latency is left above', () => {
    const curve = upTo(1_000).curve()
    assert.equal(curve[0]?.[0], 0)
    assert.equal(curve.at(-1)?.[0], 99.9)
    near(curve.at(-1)?.[1], 999)
    const values = curve.map(([, ms]) => ms)
    assert.deepEqual(
      values,
      values.toSorted((a, b) => a - b),
    )
  })
})
