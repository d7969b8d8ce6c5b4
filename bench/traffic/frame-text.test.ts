import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { numberIn, opIn, valueAfter } from './frame-text.ts'

/** A frame as it lies in the receive buffer: older bytes around it. */
function received(frame: object): readonly [Buffer, number, number] {
  const text = JSON.stringify(frame)
  return [Buffer.from(`"id":"m5"${text}{"op":"sent","id":"m99","seq":4}`), 9, 9 + text.length]
}

describe('a frame in the receive buffer', () => {
  it('says its op', () => {
    const [bytes, from] = received({ op: 'message', id: 'm1' })
    assert.equal(opIn(bytes, from), 'message')
  })

  it('says the number of its message', () => {
    assert.equal(numberIn(...received({ op: 'message', seq: 7, id: 'm123', body: 'x' })), 123)
  })

  it('has no number that stands before or behind it', () => {
    assert.equal(numberIn(...received({ op: 'error', code: 'OVERLOADED' })), undefined)
    assert.equal(valueAfter('"seq":', ...received({ op: 'message', id: 'm1' })), undefined)
  })

  it('has no number where the id is not one of the generator', () => {
    assert.equal(numberIn(...received({ op: 'message', id: 'mx' })), undefined)
  })

  it('says other whole numbers', () => {
    assert.equal(valueAfter('"seq":', ...received({ op: 'message', seq: 4_096, id: 'm1' })), 4_096)
  })
})
