/** A real node whose readers ask for as much as they can. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TestServer } from '../test-server.ts'
import { connectAdmin } from './index.ts'
import { RawTool } from './raw-tool.ts'

describe('an overloaded admin channel', () => {
  it('answers kill, threads and ps while 32 long tops wait', async (t) => {
    const server = await TestServer.start()
    const path = server.server.admin.path ?? ''
    const tools = await Promise.all(Array.from({ length: 4 }, () => RawTool.open(path)))
    t.after(async () => {
      for (const tool of tools) tool.end()
      await server.stop()
    })
    for (const tool of tools) {
      for (let id = 1; id <= 8; id++) tool.send({ id, kind: 'top', windowMs: 3_000 })
      // A stream beside them has its answer once they have been taken.
      tool.send({ id: 9, kind: 'watch', metric: 'guildhall_sessions', count: 1 })
      assert.equal((await tool.next()).id, 9)
    }
    const client = await connectAdmin({ to: path })
    t.after(() => client.close())
    assert.equal((await client.request('kill', { target: 'api.1' })).done, true)
    assert.equal((await client.request('threads', {})).threads.length, 2)
    assert.ok((await client.request('ps', { limit: 1 })).rows.length === 1)
  })
})
