/** A whole node with the real actors: the main job from end to end. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TestServer, tokenFor } from './test-server.ts'

describe('a server', () => {
  it('carries a message from one user to another and says when it is durable', async (t) => {
    const server = await TestServer.start()
    t.after(() => server.stop())
    const alice = await server.join('alice')
    const bob = await server.join('bob', 'd1', { msgpack: true })
    const opened = await server.http('alice', 'POST', '/v1/conversations', { kind: 'dm', user: 'bob' })
    assert.equal(opened.status, 201)
    const { id } = (await opened.json()) as { id: string }
    alice.client.send({ op: 'send', ref: 2, to: id, id: 'm1', body: 'hello' })
    const sent = await alice.client.next('sent')
    assert.deepEqual([sent.ref, sent.seq, sent.duplicate], [2, 1, false])
    const message = await bob.client.next('message')
    assert.deepEqual([message.author, message.body, message.seq, message.n], ['alice', 'hello', 1, 1])
  })

  it('lets a client that lost its socket resume once, and sends what it missed', async (t) => {
    const server = await TestServer.start()
    t.after(() => server.stop())
    const alice = await server.join('alice')
    const opened = await server.http('alice', 'POST', '/v1/conversations', { kind: 'dm', user: 'bob' })
    const { id } = (await opened.json()) as { id: string }
    const bob = await server.join('bob')
    bob.client.socket.destroy()
    await bob.client.closed
    alice.client.send({ op: 'send', to: id, id: 'm1', body: 'are you there?' })
    await alice.client.next('sent')
    const { session, resume } = bob.ready
    const again = await server.open()
    const claim = { op: 'resume', token: await tokenFor('bob'), session, resume, cursors: { inbox: 0 } }
    again.send(claim)
    const resumed = await again.next('resumed')
    assert.equal(resumed.session, session)
    assert.equal((await again.next('message')).body, 'are you there?')

    const thief = await server.open()
    thief.send({ ...claim, ref: 7 })
    const refused = await thief.next('error')
    assert.deepEqual([refused.code, refused.ref], ['SESSION_GONE', 7])
    thief.send({ op: 'identify', token: await tokenFor('bob'), device: 'd2' })
    await thief.next('ready')
  })

  it('gives a session whose thread died another one, while the socket stays open', async (t) => {
    const server = await TestServer.start()
    t.after(() => server.stop())
    const { client } = await server.join('alice')
    server.server.node.restartThread(1)
    await client.next('resync')
    client.send({ op: 'heartbeat', ref: 9 })
    assert.equal((await client.next('heartbeat')).ref, 9)
  })

  it('sends clients away when it drains, closes with 1012 and answers upgrades with 503 meanwhile', async (t) => {
    const server = await TestServer.start({ drainMs: 100 })
    t.after(() => server.stop())
    const { client } = await server.join('alice')
    const drained = server.server.drain()
    const told = await client.next('reconnect')
    assert.match(told.url, /^ws:\/\/127\.0\.0\.1:\d+\/v1\/socket$/)
    await assert.rejects(server.open(), /503 Service Unavailable[\s\S]*Retry-After: \d/i)
    assert.equal((await fetch(`${server.server.url}/readyz`)).status, 503)
    assert.equal((await client.closed).code, 1012)
    const receipt = await drained
    assert.deepEqual([receipt.connections, receipt.closed], [1, 1])
    await assert.rejects(server.open())
  })

  it('refuses to start on a port or a folder that another server has', async (t) => {
    const server = await TestServer.start()
    t.after(() => server.stop())
    await assert.rejects(TestServer.start({ port: server.port }), /Cannot listen on 127.0.0.1/)
  })
})
