import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { askForWork } from './actors.ts'
import { startTestNode, TEST_MS } from './test-node.ts'

for (const thread of [0, 1]) {
  describe(`work that an actor on thread ${thread} gives to the dirty pool`, () => {
    it('comes back as a message', { timeout: TEST_MS }, async (test) => {
      const { node } = await startTestNode(test)
      const asker = await node.spawn(askForWork, undefined, { placement: { thread } })
      assert.equal(await node.call(asker, { type: 'work', export: 'double', input: 21 }), 42)
    })

    it('fails with the error it threw, code and class name included', { timeout: TEST_MS }, async (test) => {
      const { node } = await startTestNode(test)
      const asker = await node.spawn(askForWork, undefined, { placement: { thread } })
      await assert.rejects(node.call(asker, { type: 'work', export: 'fail', input: null }), {
        name: 'RangeError',
        message: 'failed as asked',
        code: 'E_ASKED',
      })
    })

    it('is refused when the module has no such function', { timeout: TEST_MS }, async (test) => {
      const { node } = await startTestNode(test)
      const asker = await node.spawn(askForWork, undefined, { placement: { thread } })
      await assert.rejects(node.call(asker, { type: 'work', export: 'nothing', input: null }), {
        code: 'BAD_OPTION',
      })
    })

    it('takes nothing down when it exits or never ends', { timeout: TEST_MS }, async (test) => {
      const { node } = await startTestNode(test, { workMs: 2_000, workThreads: 1 })
      const asker = await node.spawn(askForWork, undefined, { placement: { thread } })
      await assert.rejects(
        node.call(asker, { type: 'work', export: 'exit', input: null }, { timeoutMs: TEST_MS }),
      )
      await assert.rejects(
        node.call(asker, { type: 'work', export: 'loop', input: null }, { timeoutMs: TEST_MS }),
        {
          code: 'WORK_LIMIT',
        },
      )
      assert.equal(
        await node.call(asker, { type: 'work', export: 'double', input: 1 }, { timeoutMs: TEST_MS }),
        2,
      )
      assert.deepEqual(
        node.threads().map(({ restarts }) => restarts),
        [0, 0],
      )
    })

    it('is refused once the queue is full', { timeout: TEST_MS }, async (test) => {
      const { node } = await startTestNode(test, { workMs: 1_000, workThreads: 1, workQueue: 1 })
      const asker = await node.spawn(askForWork, undefined, { placement: { thread } })
      const ask = (): Promise<unknown> =>
        node
          .call(asker, { type: 'work', export: 'loop', input: null }, { timeoutMs: TEST_MS })
          .catch((error) => error.message)
      const outcomes = await Promise.all([ask(), ask(), ask()])
      assert.equal(
        outcomes.filter((text) => /pieces of work already wait/.test(String(text))).length,
        1,
        String(outcomes),
      )
    })

    it('is refused when its input cannot cross', { timeout: TEST_MS }, async (test) => {
      const { node } = await startTestNode(test)
      const asker = await node.spawn(askForWork, undefined, { placement: { thread } })
      await assert.rejects(node.call(asker, { type: 'work', export: 'double', input: 'a function' }), {
        code: 'MESSAGE_NOT_PORTABLE',
      })
    })
  })
}
