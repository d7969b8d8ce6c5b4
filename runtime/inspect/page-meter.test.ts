import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { PAGE_WORK_MAX, PageMeter, WORK_PER_MS } from './page-meter.ts'

/** Work of about a microsecond. */
const A_LITTLE = 100

function pageOf({ msPerStep }: { msPerStep: number }): { steps: number; readings: number; work: number } {
  let ms = 5_000
  let readings = 0
  const meter = new PageMeter({
    monotonic: () => {
      readings++
      return ms
    },
  })
  let steps = 0
  for (; !meter.isFull(); steps++) {
    meter.spend(A_LITTLE)
    ms += msPerStep
  }
  return { steps, readings, work: meter.work() }
}

describe('a page', () => {
  it('ends by its estimate where the clock stands still', () => {
    const { steps, work } = pageOf({ msPerStep: 0 })
    assert.deepEqual([steps, work], [PAGE_WORK_MAX / A_LITTLE, PAGE_WORK_MAX])
  })

  it('ends within the time it is allowed though code is ten times as slow as estimated, and says what it took', () => {
    const { steps, work } = pageOf({ msPerStep: 0.01 })
    assert.ok(steps * 0.01 <= 0.5 + 0.06, `${steps} steps`)
    assert.equal(Math.round(work / (0.01 * WORK_PER_MS)), steps)
  })

  it('reads the clock seldom', () => {
    const { steps, readings } = pageOf({ msPerStep: 0.001 })
    assert.ok(readings <= steps / 4, `${readings} readings in ${steps} steps`)
  })
})
