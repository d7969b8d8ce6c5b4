/** Finding actors by what operators call them has its price. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Node } from '../../runtime/index.ts'
import { actorTarget } from './actor-target.ts'
import type { Refusal } from './params.ts'

it('a name that nobody has costs a pass over the tree, which is paid', async () => {
  const inspector = { foldedTree: async () => ({ rows: [], folds: [], workMs: 7, silent: [] }) }
  const node = { whereis: () => undefined, inspector } as unknown as Node
  const spent: number[] = []
  const spend = (ms: number): void => void spent.push(ms)
  await assert.rejects(actorTarget(node, 'nobody', spend), { message: /no actor has this name/ })
  assert.deepEqual(spent, [7])
})

it('what may be on a thread that gives no answer is not denied', async () => {
  const inspector = { foldedTree: async () => ({ rows: [], folds: [], workMs: 0, silent: [{ thread: 1 }] }) }
  const node = { whereis: () => undefined, inspector } as unknown as Node
  await assert.rejects(
    actorTarget(node, 'faulty', () => {}),
    (error: Refusal) => {
      assert.equal(error.failure.code, 'TIMEOUT')
      assert.match(error.message, /"faulty": .* on the threads that answer, and thread 1 gives no answer/)
      return true
    },
  )
})
