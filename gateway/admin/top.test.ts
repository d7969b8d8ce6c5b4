/** Top: what each of those who look is told, however many there are, and what is kept of them. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SAMPLERS_MAX } from '../../runtime/index.ts'
import type { AdminNode } from './admin-node.ts'
import type { Caller } from './command.ts'
import { Refusal } from './params.ts'
import { forgetLooks, topOf } from './top.ts'

const params = {
  ...{ limit: 10, match: undefined, type: undefined, thread: undefined },
  ...{ sort: undefined, windowMs: undefined, follow: undefined },
}

/** A node without threads, that knows the samplers it was asked for. */
function node() {
  const samplers = new Set<string>()
  let meanwhile = (): void => {}
  const inspector = {
    async ranking(_: string, { sampler }: { sampler: string }) {
      await new Promise((resolve) => setImmediate(resolve))
      meanwhile()
      samplers.add(sampler)
      return { atMs: 0, silent: [], truncated: false, workMs: 1, matched: 0, best: [], followed: undefined }
    },
    forgetSampler: (sampler: string) => void samplers.delete(sampler),
  }
  const admin = { node: () => ({ inspector, loads: () => [] }) } as unknown as AdminNode
  const look = (connection: number) => topOf(admin, params, { connection, spend() {} } as unknown as Caller)
  const duringNext = (run: () => void): void => {
    meanwhile = run
  }
  return { admin, samplers, look, duringNext }
}

describe('top', () => {
  it('tells rates to as many connections as the kernels keep, and refuses one more', async () => {
    const { admin, look } = node()
    for (let connection = 1; connection <= SAMPLERS_MAX; connection++) await look(connection)
    await assert.rejects(look(SAMPLERS_MAX + 1), (error) => {
      assert.ok(error instanceof Refusal)
      assert.deepEqual([error.failure.code, error.failure.retryAfterMs], ['BUSY', 10_000])
      return true
    })
    for (let connection = 1; connection <= SAMPLERS_MAX; connection++) {
      assert.notEqual((await look(connection)).windowMs, undefined)
    }
    forgetLooks(admin, 1)
    assert.equal((await look(SAMPLERS_MAX + 1)).windowMs, undefined)
  })

  it('gives the place of one that has not looked for a minute to the next', async (t) => {
    const { look, samplers } = node()
    for (let connection = 1; connection <= SAMPLERS_MAX; connection++) await look(connection)
    const nowMs = performance.now()
    t.mock.method(performance, 'now', () => nowMs + 61_000)
    await look(99)
    assert.deepEqual(
      [samplers.size, samplers.has('top 1'), samplers.has('top 99')],
      [SAMPLERS_MAX, false, true],
    )
  })

  it('keeps nothing of a connection that ends while it looks', async () => {
    const { admin, look, samplers, duringNext } = node()
    duringNext(() => forgetLooks(admin, 7))
    await look(7)
    assert.deepEqual([...samplers], [])
    duringNext(() => {})
    assert.equal((await look(7)).windowMs, undefined)
  })
})
