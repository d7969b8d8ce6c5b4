/** Finding actors by what operators call them has its price. */

import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Node } from '../../runtime/index.ts'
import { actorTarget } from './actor-target.ts'

it('a name that nobody has costs a pass over the tree, which is paid', async () => {
  const inspector = { foldedTree: async () => ({ rows: [], folds: [], workMs: 7 }) }
  const node = { whereis: () => undefined, inspector } as unknown as Node
  const spent: number[] = []
  const spend = (ms: number): void => void spent.push(ms)
  await assert.rejects(actorTarget(node, 'nobody', spend), { message: /no actor has this name/ })
  assert.deepEqual(spent, [7])
})
