import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HEAP_BYTES_MAX, QUIET_SPANS, Settler } from './settler.ts'

function settler(heapBytes = 1) {
  let collected = 0
  let busy = 0
  let collecting = false
  const settler = new Settler({
    // As it is counted, from the last call on: what collecting took is in the next.
    busy: () => {
      const counted = collecting ? 0.5 : busy
      collecting = false
      return counted
    },
    heapBytes: () => heapBytes,
    collect: () => {
      collected++
      collecting = true
    },
  })
  return (...spans: readonly number[]): number => {
    for (busy of spans) settler.look()
    return collected
  }
}

const quiet = (spans: number): readonly number[] => new Array<number>(spans).fill(0.01)

describe('a thread is collected', () => {
  it('once it has been quiet for a while after a storm, and once only', () => {
    const pass = settler()
    assert.equal(pass(0.8, ...quiet(QUIET_SPANS - 1)), 0)
    assert.equal(pass(...quiet(1)), 1)
    assert.equal(pass(...quiet(100)), 1)
  })

  it('again after the next storm', () => {
    const pass = settler()
    pass(0.8, ...quiet(QUIET_SPANS))
    assert.equal(pass(0.9, ...quiet(QUIET_SPANS)), 2)
  })

  it('not while it has something to do', () => {
    const pass = settler()
    assert.equal(pass(0.8, ...quiet(QUIET_SPANS - 1), 0.2, ...quiet(QUIET_SPANS - 1)), 0)
  })

  it('not when there was no storm', () => assert.equal(settler()(0.2, ...quiet(100)), 0))

  it('not when its heap is so large that it would take long', () => {
    assert.equal(settler(HEAP_BYTES_MAX + 1)(0.8, ...quiet(100)), 0)
  })
})
