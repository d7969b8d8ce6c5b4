import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Loads } from './loads.ts'

function threadWith() {
  const totals = { idle: 0, active: 0, utilization: 0 }
  let runs = true
  const loads = new Loads(() => [{ thread: 1, eventLoop: () => (runs ? { ...totals } : undefined) }])
  const pass = (active: number, idle: number): void => {
    totals.active += active
    totals.idle += idle
    loads.sample()
  }
  return {
    loads,
    totals,
    pass,
    end: () => {
      runs = false
    },
  }
}

describe('the load of a thread', () => {
  it('is 0 before anything is known', () => assert.equal(threadWith().loads.busy(1), 0))

  it('is the part of the time in which the event loop was not idle', () => {
    const { loads, pass } = threadWith()
    pass(0, 0)
    pass(50, 150)
    assert.equal(loads.busy(1), 0.25)
  })

  it('is 1 while the thread hangs', () => {
    const { loads, pass } = threadWith()
    pass(0, 0)
    for (let i = 0; i < 10; i++) pass(200, 0)
    assert.equal(loads.busy(1), 1)
  })

  it('forgets what is more than five samples ago', () => {
    const { loads, pass } = threadWith()
    pass(0, 0)
    pass(1_000, 0)
    for (let i = 0; i < 5; i++) pass(0, 200)
    assert.equal(loads.busy(1), 0)
  })

  it('begins anew with a thread that was replaced', () => {
    const { loads, pass, totals } = threadWith()
    pass(1_000, 0)
    pass(1_000, 0)
    totals.active = 0
    totals.idle = 0
    pass(0, 10)
    pass(0, 200)
    assert.equal(loads.busy(1), 0)
  })

  it('is 0 for a thread that does not run', () => {
    const { loads, pass, end } = threadWith()
    pass(0, 0)
    pass(200, 0)
    end()
    loads.sample()
    assert.equal(loads.busy(1), 0)
  })
})
