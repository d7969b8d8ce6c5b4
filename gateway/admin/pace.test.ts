/** What a flood costs: long lines count for more, and strangers wait while operators do not. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../fake-clock.ts'
import { REQUEST_BYTES_MAX } from './contract.ts'
import { Lines } from './lines.ts'
import { Pace, STRANGERS } from './pace.ts'
import { toolAtDesk } from './tool-at-desk.ts'

function takenOf(pace: Pace, chars: number): number {
  let count = 0
  while (pace.take(chars)) count++
  return count
}

describe('the pace of lines', () => {
  it('lets through but one of the longest at once, and fewer than one a second', () => {
    const clock = new FakeClock()
    const pace = new Pace(clock)
    assert.equal(takenOf(pace, REQUEST_BYTES_MAX), 1)
    clock.advance(10_000)
    assert.equal(takenOf(pace, REQUEST_BYTES_MAX), 1)
    clock.advance(1_000)
    assert.equal(takenOf(pace, REQUEST_BYTES_MAX), 1)
    clock.advance(500)
    assert.equal(takenOf(pace, REQUEST_BYTES_MAX), 0)
  })

  it('takes a line that costs more than a burst, once there is all of one', () => {
    const clock = new FakeClock()
    const pace = new Pace(clock, STRANGERS)
    assert.equal(takenOf(pace, REQUEST_BYTES_MAX), 1)
    clock.advance(3_999)
    assert.equal(takenOf(pace, REQUEST_BYTES_MAX), 0)
    clock.advance(1)
    assert.equal(takenOf(pace, REQUEST_BYTES_MAX), 1)
  })

  it('is another for strangers: what they used up keeps no operator waiting', async (t) => {
    const strangersPace = new Pace(new FakeClock(), { perSecond: 0, burst: 1 })
    const answer = (): Promise<string> => Promise.resolve('yes')
    const { tool } = await toolAtDesk(t, { answer }, { isStrict: true, strangersPace })
    for (let id = 1; id <= 3; id++) assert.equal((await tool.ask({ id, kind: 'hello' })).value, 'yes')
    const late = await toolAtDesk(t, { answer }, { isStrict: true, strangersPace })
    late.tool.send({ id: 1, kind: 'hello' })
    assert.equal((await tool.ask({ id: 4, kind: 'hello' })).value, 'yes')
    assert.equal(late.tool.replies.length, 0)
  })
})

describe('lines', () => {
  it('mean nothing after one that was too long', () => {
    const lines = new Lines(4)
    const found: string[] = []
    const push = (text: string): boolean => lines.push(Buffer.from(text), (line) => found.push(line))
    assert.deepEqual([push('123456'), push('\nabc\n')], [false, false])
    assert.deepEqual(found, [])
  })
})
