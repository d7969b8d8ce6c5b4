import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planBox, stopReason } from './box-plan.ts'

const MIB = 2 ** 20

describe('the plan of a box', () => {
  it('gives every session to one node, none beyond its limit of descriptors', () => {
    const { nodes } = planBox(1_000_000, 20_000, 2)
    assert.equal(nodes.length, 52)
    assert.ok(nodes.every(({ count }) => count <= 19_300))
    assert.equal(
      nodes.reduce((next, { first, count }) => {
        assert.equal(first, next)
        return next + count
      }, 0),
      1_000_000,
    )
  })

  it('has one node for few, with the heartbeat that a node has', () => {
    assert.deepEqual(planBox(5_000, 20_000, 2), { nodes: [{ first: 0, count: 5_000 }], heartbeatMs: 30_000 })
  })

  it('lets heartbeats be rarer when the cores could not keep up with them', () => {
    assert.equal(planBox(1_000_000, 20_000, 2).heartbeatMs, 200_000)
    assert.equal(planBox(1_000_000, 20_000, 32).heartbeatMs, 30_000)
  })
})

describe('a box that fills up', () => {
  it('goes on while the next node leaves the reserve free', () => {
    assert.equal(stopReason(900 * MIB, 400 * MIB, 500 * MIB), undefined)
  })

  it('stops before, and says with which figures', () => {
    assert.match(stopReason(899 * MIB, 400 * MIB, 500 * MIB) ?? '', /memory: 899 MiB .* 400 MiB .* 500 MiB/)
  })
})
