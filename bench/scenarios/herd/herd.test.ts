import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { measureHerd } from './herd.ts'

describe('the herd scenario', () => {
  for (const way of ['resume', 'identify'] as const) {
    it(`has everyone back with ${way}, each after a backoff of its own`, async () => {
      const { back, gone, failures, due, returns } = await measureHerd(20, way, 100, 1)
      assert.deepEqual({ back, gone, failures }, { back: 20, gone: 0, failures: {} })
      assert.ok(due.filter((count) => count > 0).length > 5, `all at once: ${due}`)
      assert.equal(
        returns.reduce((sum, count) => sum + count, 0),
        20,
      )
    })
  }
})
