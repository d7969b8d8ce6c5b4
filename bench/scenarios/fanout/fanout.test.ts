import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Contestant } from '../../contestant.ts'
import { ours } from '../../load/server-contestant.ts'
import { uws } from '../../peers/uws/uws.ts'
import type { Figures } from '../../result.ts'
import { measureFanout, runFanout, SETTINGS } from './fanout.ts'

function contestant(name: string, figures: Figures): Contestant {
  return { name, run: async () => ({ figures }) }
}

const options = { quick: true, seed: 1, onProgress: () => {} }

describe('the fanout scenario', () => {
  it('holds bursts and single messages against the raw sockets', async () => {
    const report = await runFanout(
      [
        contestant('ours', { burst_50_frames_per_s: 90, single_frames_per_s: 70 }),
        contestant('uws', { burst_50_frames_per_s: 100, single_frames_per_s: 100 }),
        { name: 'cowboy', run: async () => ({ absent: 'not fetched' }) },
      ],
      15_000,
      options,
    )
    const [burst, single] = report.metrics
    assert.deepEqual([burst?.ratio, burst?.met], [{ uws: 0.9 }, true])
    assert.deepEqual([single?.ratio, single?.met], [{ uws: 0.7 }, false])
    assert.equal(burst?.note?.cowboy, 'not fetched')
  })

  for (const server of [ours(SETTINGS), uws]) {
    it(`counts every frame at every member of ${server.name}`, async () => {
      const figures = await server.run((running) => measureFanout(running, 5, { quick: true }))
      assert.ok('burst_50_frames_per_s' in figures && figures.burst_50_frames_per_s > 0)
    })
  }
})
