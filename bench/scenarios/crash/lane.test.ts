import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Lane, RESEND_MS } from './lane.ts'

function laneOf(...numbers: number[]): Lane {
  const lane = new Lane()
  for (const number of numbers) lane.add(number)
  return lane
}

describe('a lane', () => {
  it('has one message on its way, and the next when it is acknowledged', () => {
    const lane = laneOf(1, 2)
    assert.equal(lane.take(0), 1)
    assert.equal(lane.take(1), undefined)
    assert.equal(lane.acknowledged(1), true)
    assert.equal(lane.take(2), 2)
  })

  it('takes a second answer to the same message for nothing', () => {
    const lane = laneOf(1, 2)
    lane.take(0)
    lane.acknowledged(1)
    assert.equal(lane.acknowledged(1), false)
    assert.equal(lane.head, 2)
  })

  it('repeats a message without an answer, but not all the time', () => {
    const lane = laneOf(1)
    lane.take(0)
    assert.equal(lane.take(RESEND_MS - 1), undefined)
    assert.equal(lane.take(RESEND_MS), 1)
    assert.equal(lane.take(RESEND_MS + 1), undefined)
  })

  it('waits as long as it is told to', () => {
    const lane = laneOf(1)
    lane.take(0)
    lane.refused(1, 100, 500)
    assert.equal(lane.take(599), undefined)
    assert.equal(lane.take(600), 1)
  })

  it('repeats at once when the session was replaced', () => {
    const lane = laneOf(1)
    lane.take(0)
    lane.restarted()
    assert.equal(lane.take(1), 1)
  })
})
