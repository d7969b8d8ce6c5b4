import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { limitIn } from './busy.ts'

const load = (mainThread: number, otherThread: number, box: number) => ({
  processes: { node: { mainThread, otherThread }, generator: { mainThread: 50, otherThread: 1 } },
  box,
})

describe('the limit of a run', () => {
  it('is the fullest thread that has no room left', () => {
    assert.equal(limitIn(load(97, 90, 99)), 'the main thread of the node: 97% of a core')
    assert.equal(limitIn(load(40, 90, 99)), 'a thread of the node: 90% of a core')
  })

  it('is the box when its cores are full of threads that each have room', () => {
    assert.equal(limitIn(load(70, 70, 95)), 'all cores of the box: 95% busy')
  })

  it('is waiting when nobody works', () => {
    assert.match(limitIn(load(20, 30, 40)), /no thread was full \(the box 40% busy\)/)
  })
})
