import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ours } from '../../load/server-contestant.ts'
import { box } from './box.ts'
import { measureConnections, runConnections } from './connections.ts'

const options = { quick: true, seed: 1, onProgress: () => {} }

describe('the connections scenario', () => {
  it('tells process, V8 heap and kernel apart', async () => {
    const ramps: number[][] = []
    const figures = await ours({}).run((server) =>
      measureConnections(server, 10, { quick: true }, (points) => ramps.push(points.map(([at]) => at))),
    )
    assert.equal(ramps[0]?.[0], 0)
    for (const name of ['user', 'heap', 'kernel'])
      assert.ok(`${name}_bytes_per_connection` in figures, `no figure for ${name}`)
  })

  it('leaves out the heap of a peer that has none, and says so', async () => {
    const figures = { user_bytes_per_connection: 5_000 }
    const report = await runConnections(
      [
        { name: 'ours', run: async () => ({ figures: { ...figures, heap_bytes_per_connection: 100 } }) },
        { name: 'cowboy', run: async () => ({ figures }) },
      ],
      10,
      options,
    )
    const heap = report.metrics.find(({ name }) => name === 'heap_bytes_per_connection')
    assert.deepEqual([heap?.value, heap?.peers], [100, {}])
    assert.equal(heap?.note?.cowboy, 'does not measure this')
  })
})

describe('a box', () => {
  it('ends at the count, with every session still there', async () => {
    const { stoppedBy, metrics, curves } = await box(20).run(options)
    assert.deepEqual(
      curves?.map(({ points }) => points.map(([sessions]) => sessions)),
      [
        [0, 20],
        [0, 20],
      ],
    )
    assert.equal(stoppedBy, 'completed')
    assert.equal(metrics.find(({ name }) => name === 'sessions')?.value, 20)
  })
})
