import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RestartBudget } from './restart-budget.ts'

/**
 * The rule as OTP states it: a restart is one too many when more than `restarts`, itself included, are not
 * older than the period.
 */
function allowed(times: readonly number[], restarts: number, periodMs: number): boolean {
  const now = times.at(-1) as number
  return times.filter((time) => now <= time + periodMs).length <= restarts
}

describe('RestartBudget', () => {
  it('decides as OTP does, whatever the times', () => {
    for (const restarts of [0, 1, 2, 5]) {
      const budget = new RestartBudget({ restarts, periodMs: 10 })
      const times: number[] = []
      let now = 0
      for (let step = 0; step < 1_000; step++) {
        now += (step * 7919) % 6
        const expected = allowed([...times, now], restarts, 10)
        assert.equal(budget.spend(now), expected, `restarts ${restarts}, step ${step}`)
        if (expected) times.push(now)
      }
    }
  })

  it('forgets what no longer counts, however many restarts are allowed', () => {
    const budget = new RestartBudget({ restarts: 1_000_000_000, periodMs: 10 })
    for (let now = 0; now < 1_000; now++) budget.spend(now)
    assert.equal(budget.kept, 11)
  })

  it('tells how many restarts count', () => {
    const budget = new RestartBudget({ restarts: 3, periodMs: 10 })
    for (const time of [0, 5, 10]) budget.spend(time)
    assert.deepEqual(
      [10, 11, 16, 21].map((now) => budget.spent(now)),
      [3, 2, 1, 0],
    )
  })
})
