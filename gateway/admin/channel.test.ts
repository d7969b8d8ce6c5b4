/** The admin channel over its real Unix socket: what it takes, what it refuses, and that refusals change nothing. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { TestServer } from '../test-server.ts'
import type { AdminClient } from './client.ts'
import { connectAdmin, REQUEST_BYTES_MAX } from './index.ts'
import { RawTool } from './raw-tool.ts'

let server: TestServer
let path: string

before(async () => {
  server = await TestServer.start()
  path = server.server.admin.path ?? ''
})
after(() => server.stop())

async function withTool<T>(use: (tool: RawTool) => Promise<T>): Promise<T> {
  const tool = await RawTool.open(path)
  try {
    return await use(tool)
  } finally {
    tool.end()
  }
}

async function withClient<T>(use: (client: AdminClient) => Promise<T>): Promise<T> {
  const client = await connectAdmin({ to: path })
  try {
    return await use(client)
  } finally {
    client.close()
  }
}

describe('the admin channel', () => {
  it('says who it is and what the owner of the socket may do', () =>
    withClient(async ({ hello }) => {
      assert.deepEqual([hello.node, hello.state, hello.may, hello.speaks], ['n1', 'open', 'write', [1]])
    }))

  it('answers several requests of one connection, each under its id', () =>
    withTool(async (tool) => {
      for (const id of [7, 8, 9]) tool.send({ id, kind: 'hello' })
      const ids = [(await tool.next()).id, (await tool.next()).id, (await tool.next()).id]
      assert.deepEqual(ids.toSorted(), [7, 8, 9])
    }))

  it('finds an actor by ref, by name, and by what the tree calls it', () =>
    withClient(async (client) => {
      const { ref, type } = await client.request('info', { target: 'shard.1' })
      assert.equal(type, 'shard')
      assert.equal((await client.request('info', { target: ref })).type, 'shard')
      assert.equal((await client.request('info', { target: 'users.1' })).type, 'users')
      assert.equal((await client.request('info', { target: 'users' })).name, 'users.1')
      assert.equal((await client.request('info', { target: 'guildhall' })).kind, 'supervisor')
    }))

  it('tells those that may be meant when it is not clear', async (t) => {
    const other = await TestServer.start({ threads: 2 })
    t.after(() => other.stop())
    const client = await connectAdmin({ to: other.server.admin.path ?? '' })
    await assert.rejects(client.request('kill', { target: 'users' }), {
      code: 'BAD_REQUEST',
      message: /it may be <1\.\d+\.\d+>, <2\.\d+\.\d+>; give a ref/,
    })
    client.close()
  })

  it('takes a request in any pieces, and several in one', () =>
    withTool(async (tool) => {
      const line = `${JSON.stringify({ v: 1, id: 1, kind: 'hello' })}\n`
      for (const char of line) tool.write(char)
      tool.write(line.replace('"id":1', '"id":2') + line.replace('"id":1', '"id":3'))
      for (let i = 0; i < 3; i++) assert.equal((await tool.next()).ok, true)
    }))
})

describe('a node that has just started', () => {
  it('has no dead letters', async (t) => {
    const fresh = await TestServer.start()
    t.after(() => fresh.stop())
    const client = await connectAdmin({ to: fresh.server.admin.path ?? '' })
    t.after(() => client.close())
    const { total } = await client.request('deadletters', {})
    assert.equal(total, 0)
  })
})

describe('what the admin channel refuses', () => {
  const refusals: [what: string, line: string, id: number, code: string, text: RegExp][] = [
    ['what is not JSON', 'hello?', 0, 'BAD_REQUEST', /it is not JSON/],
    ['what is no object', '[1,2]', 0, 'BAD_REQUEST', /it is no object/],
    ['a request without an id', '{"v":1,"kind":"hello"}', 0, 'BAD_REQUEST', /id must be a whole number/],
    ['an id that is no number', '{"v":1,"id":"1","kind":"hello"}', 0, 'BAD_REQUEST', /id must be/],
    [
      'an older version',
      '{"v":0,"id":5,"kind":"hello"}',
      5,
      'BAD_VERSION',
      /version 0, this node speaks 1; the tool is older/,
    ],
    ['a newer version', '{"v":2,"id":5,"kind":"hello"}', 5, 'BAD_VERSION', /the node is older/],
    ['no version', '{"id":5,"kind":"hello"}', 5, 'BAD_VERSION', /version 0/],
    ['an unknown kind', '{"v":1,"id":5,"kind":"reboot"}', 5, 'UNKNOWN_KIND', /no such kind/],
    [
      'a kind that every object has',
      '{"v":1,"id":5,"kind":"constructor"}',
      5,
      'UNKNOWN_KIND',
      /no such kind/,
    ],
    [
      'a limit of no rows',
      '{"v":1,"id":5,"kind":"ps","limit":0}',
      5,
      'BAD_REQUEST',
      /limit must be a whole number from 1 to 5000/,
    ],
    ['more rows than may be asked for', '{"v":1,"id":5,"kind":"ps","limit":5001}', 5, 'BAD_REQUEST', /limit/],
    ['a missing target', '{"v":1,"id":5,"kind":"info"}', 5, 'BAD_REQUEST', /target is missing/],
    [
      'a target of 300 characters',
      `{"v":1,"id":5,"kind":"info","target":"${'x'.repeat(300)}"}`,
      5,
      'BAD_REQUEST',
      /target must be a text/,
    ],
    [
      'a name that nobody has',
      '{"v":1,"id":5,"kind":"info","target":"\\u001b[2Jnobody"}',
      5,
      'NOT_FOUND',
      /no actor has this name/,
    ],
    [
      'a ref of nobody',
      '{"v":1,"id":5,"kind":"kill","target":"<1.999999.1>"}',
      5,
      'NOT_FOUND',
      /no such actor is alive/,
    ],
    [
      'a ref of no thread',
      '{"v":1,"id":5,"kind":"kill","target":"<99.1.1>"}',
      5,
      'NOT_FOUND',
      /no thread 99/,
    ],
    [
      'an order',
      '{"v":1,"id":5,"kind":"top","sort":"name"}',
      5,
      'BAD_REQUEST',
      /sort must be one of handled/,
    ],
    [
      'a thread that there is not',
      '{"v":1,"id":5,"kind":"restart-thread","thread":9}',
      5,
      'NOT_FOUND',
      /threads 1 to 1/,
    ],
    [
      'the main thread',
      '{"v":1,"id":5,"kind":"restart-thread","thread":0}',
      5,
      'NOT_FOUND',
      /main thread cannot be restarted/,
    ],
    [
      'a user id with control characters',
      '{"v":1,"id":5,"kind":"where","user":"a\\u0000b"}',
      5,
      'BAD_REQUEST',
      /user must be a user id/,
    ],
    [
      'a user without a session',
      '{"v":1,"id":5,"kind":"kick","user":"nobody"}',
      5,
      'NOT_FOUND',
      /no session here/,
    ],
    ['nobody to kick', '{"v":1,"id":5,"kind":"kick"}', 5, 'BAD_REQUEST', /user or session must be given/],
    ['an unknown guild', '{"v":1,"id":5,"kind":"guild","guild":"123"}', 5, 'NOT_FOUND', /none in the store/],
    [
      'a guild that is no id',
      '{"v":1,"id":5,"kind":"guild","guild":"../x"}',
      5,
      'BAD_REQUEST',
      /guild must be an id/,
    ],
    [
      'an unknown message',
      '{"v":1,"id":5,"kind":"why","user":"bob","message":"123"}',
      5,
      'NOT_FOUND',
      /never stored/,
    ],
    [
      'a message of an unknown conversation',
      '{"v":1,"id":5,"kind":"why","user":"bob","message":"123:4"}',
      5,
      'NOT_FOUND',
      /its log ends at 0/,
    ],
    [
      'what is no message',
      '{"v":1,"id":5,"kind":"why","user":"bob","message":"x"}',
      5,
      'BAD_REQUEST',
      /message must be a message id/,
    ],
    [
      'an unknown metric',
      '{"v":1,"id":5,"kind":"watch","metric":"nothing"}',
      5,
      'NOT_FOUND',
      /none of this name/,
    ],
  ]
  for (const [what, line, id, code, text] of refusals) {
    it(`is ${what}`, () =>
      withTool(async (tool) => {
        tool.write(`${line}\n`)
        const { error, ...reply } = await tool.next()
        assert.deepEqual([reply.id, reply.ok, error?.code], [id, false, code])
        assert.match(error?.message ?? '', text)
        // The connection goes on, and so does the node.
        assert.equal((await tool.ask({ id: 6, kind: 'hello' })).ok, true)
      }))
  }

  it('is a request longer than 64 KiB, with its connection', () =>
    withTool(async (tool) => {
      tool.write(`{"v":1,"id":1,"kind":"hello","x":"${'x'.repeat(REQUEST_BYTES_MAX)}`)
      assert.equal((await tool.next()).error?.code, 'TOO_LARGE')
      await tool.closed
    }))

  it('is binary garbage, line by line', () =>
    withTool(async (tool) => {
      tool.write(Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x80, 0x0a]))
      assert.equal((await tool.next()).error?.code, 'BAD_REQUEST')
      assert.equal((await tool.next()).error?.code, 'BAD_REQUEST')
      assert.equal((await tool.ask({ kind: 'hello' })).ok, true)
    }))

  it('is a flood of them, each in its time and in order', () =>
    withTool(async (tool) => {
      // In one piece, so that most of them wait for the pace of lines.
      tool.write(Array.from({ length: 450 }, (_, i) => `{"v":1,"id":${i + 1},"kind":"no"}\n`).join(''))
      for (let id = 1; id <= 450; id++) {
        const reply = await tool.next()
        assert.deepEqual([reply.id, reply.error?.code], [id, 'UNKNOWN_KIND'])
      }
      assert.equal((await tool.ask({ kind: 'hello' })).ok, true)
    }))

  it('is a ninth request while eight are in work', () =>
    withTool(async (tool) => {
      for (let id = 1; id <= 9; id++) tool.send({ id, kind: 'top', windowMs: 200 })
      const first = await tool.next()
      assert.deepEqual([first.id, first.error?.code], [9, 'BUSY'])
      for (let id = 1; id <= 8; id++) assert.equal((await tool.next()).ok, true)
    }))

  it('is a fifth stream of one connection', () =>
    withTool(async (tool) => {
      const metric = 'guildhall_sessions'
      for (let id = 1; id <= 5; id++) tool.send({ id, kind: 'watch', metric, intervalMs: 60_000 })
      const replies = [
        await tool.next(),
        await tool.next(),
        await tool.next(),
        await tool.next(),
        await tool.next(),
      ]
      const refused = replies.filter(({ ok }) => !ok)
      assert.deepEqual(
        refused.map(({ id, error }) => [id, error?.code]),
        [[5, 'BUSY']],
      )
    }))

  it('is a 33rd connection', async () => {
    const other = await TestServer.start()
    const to = other.server.admin.path ?? ''
    const tools = await Promise.all(Array.from({ length: 32 }, () => RawTool.open(to)))
    for (const tool of tools) assert.equal((await tool.ask({ kind: 'hello' })).ok, true)
    await assert.rejects(connectAdmin({ to }), { code: 'BUSY' })
    await other.stop() // although none of them has closed its end
    await Promise.all(tools.map((tool) => tool.closed))
  })
})

describe('a stream', () => {
  it('ends after its count, and when it is cancelled', () =>
    withTool(async (tool) => {
      const metric = 'guildhall_sessions'
      tool.send({ id: 1, kind: 'watch', metric, count: 1 })
      assert.notEqual((await tool.next()).event, undefined)
      assert.equal((await tool.next()).end?.why, 'done')
      tool.send({ id: 2, kind: 'watch', metric, intervalMs: 60_000 })
      assert.notEqual((await tool.next()).event, undefined)
      tool.send({ id: 3, kind: 'cancel', stream: 2 })
      const { id, end } = await tool.next()
      assert.deepEqual([id, end?.why], [2, 'cancelled'])
    }))

  it('tells what passes between actors, without a body', () =>
    withClient(async (client) => {
      const { client: alice } = await server.join('alice')
      const events: { readonly messageType: string }[] = []
      const trace = client.stream('trace', { type: 'session', max: 2 }, (event) => events.push(event))
      await client.request('hello', {}) // the trace was asked for before
      while (events.length === 0) {
        alice.send({ op: 'heartbeat', ref: 1 })
        await alice.next('heartbeat')
      }
      const end = await trace.ended
      assert.deepEqual([end.why, end.shown], ['done', 2])
      assert.deepEqual(new Set(events.map(({ messageType }) => messageType)), new Set(['frame']))
      assert.ok(events.every((event) => !JSON.stringify(event).includes('heartbeat')))
      alice.leave()
      await alice.closed
    }))

  it('ends with the node', async () => {
    const other = await TestServer.start()
    const client = await connectAdmin({ to: other.server.admin.path ?? '' })
    const watch = client.stream('watch', { metric: 'guildhall_sessions', intervalMs: 60_000 }, () => {})
    await client.request('hello', {})
    await other.stop()
    assert.equal((await watch.ended).why, 'stopping')
    await assert.rejects(client.request('hello', {}), { code: 'CONNECTION_LOST' })
  })
})

describe('a client', () => {
  it('is told that no node runs there', async () => {
    await assert.rejects(connectAdmin({ to: `${path}.not` }), {
      code: 'NO_NODE',
      message: /there is no such socket: the node is not running/,
    })
  })
})
