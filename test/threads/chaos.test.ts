import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../../runtime/simulation/index.ts'
import { receiver, sender } from './actors.ts'
import { startTestNode, TEST_MS } from './test-node.ts'

const ROUNDS = 6

describe('threads that are killed in the middle of heavy traffic, again and again', () => {
  it('lose what was on its way to the dead, and nothing else: no message twice, none out of order', {
    timeout: 2 * TEST_MS,
  }, async (test) => {
    const seed = Number(process.env.SEED ?? Date.now() % 1e6)
    test.diagnostic(`seed ${seed}`)
    const random = seededRandom(seed)
    const testNode = await startTestNode(test, { ringBytes: 16_384 })
    const { node } = testNode
    const to = await node.spawn(receiver, undefined)
    let id = 0
    for (let round = 0; round < ROUNDS; round++) {
      const victim = 1 + Math.floor(random() * 2)
      const survivor = 3 - victim
      const onSurvivor = await node.spawn(receiver, undefined, { placement: { thread: survivor } })
      const onVictim = await node.spawn(receiver, undefined, { placement: { thread: victim } })
      const place = (thread: number, target: typeof to) =>
        node.spawn(sender, { id: id++, to: target, total: 1e9 }, { placement: { thread } })
      const senders = await Promise.all([
        place(victim, to),
        place(victim, onSurvivor),
        place(survivor, onVictim),
        place(survivor, to),
        place(0, onVictim),
      ])
      for (const ref of senders) node.call(ref, { type: 'run' }, { timeoutMs: TEST_MS }).catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, 20 + random() * 60))
      const replaced = node.threads()[victim - 1]?.restarts as number
      node.restartThread(victim)
      await testNode.restarted(victim, replaced + 1)
      assert.equal((await node.call(to, { type: 'report' })).disorder, 0)
      assert.equal((await askUntilRoom(() => node.call(onSurvivor, { type: 'report' }))).disorder, 0)
      for (const ref of senders) node.kill(ref)
      assert.equal(await testNode.ask(await testNode.echoOn(victim), round), round)
    }
  })
})

/** A ring that a flood keeps full refuses calls too. */
async function askUntilRoom<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if ((error as { code?: string }).code !== 'RING_FULL') throw error
      await new Promise(setImmediate)
    }
  }
}
