/** What operators learn of users, guilds, conversations and messages, on a real node. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { TestClient } from '../test-client.ts'
import { TestServer } from '../test-server.ts'
import { type AdminClient, connectAdmin, type Why } from './index.ts'

const SECRET_BODY = 'nobody but bob may read this'

let server: TestServer
let admin: AdminClient
let people = 0

before(async () => {
  server = await TestServer.start({ bufferSoftBytes: 64 * 1_024 })
  admin = await connectAdmin({ to: server.server.admin.path ?? '' })
})
after(async () => {
  admin.close()
  await server.stop()
})

async function post<T>(user: string, path: string, body: object): Promise<T> {
  return (await server.http(user, 'POST', path, body)).json() as Promise<T>
}

/** Two people with a 1:1, of whom the first is online. */
async function pair() {
  const [alice, bob] = [`alice${++people}`, `bob${people}`]
  const { id } = await post<{ id: string }>(alice, '/v1/conversations', { kind: 'dm', user: bob })
  const { client } = await server.join(alice)
  return { alice, bob, id, client, say: () => say(client, id) }
}

async function say(client: TestClient, to: string, body = SECRET_BODY) {
  client.send({ op: 'send', ref: 2, to, id: `m${++people}`, body })
  const { seq, messageId } = await client.next('sent')
  return { seq, messageId, at: `${to}:${seq}` }
}

async function why(user: string, message: string): Promise<Why> {
  const answer = await admin.request('why', { user, message })
  assert.equal(JSON.stringify(answer).includes(SECRET_BODY), false)
  return answer
}

/** Asks until it is so: what leads there has begun, and nobody tells when it is done. */
async function until<T>(ask: () => Promise<T>, test: (value: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 2_000; tries++) {
    const value = await ask()
    if (test(value)) return value
  }
  throw new Error('it did not come to it')
}

const done = ({ steps }: Why) => Object.fromEntries(steps.map((step) => [step.step, step.done]))

describe('why', () => {
  it('says acknowledged once a device holds the message', async () => {
    const { bob, say } = await pair()
    const { client } = await server.join(bob)
    const { messageId, seq } = await say()
    const { conversation } = await client.next('message')
    client.send({ op: 'ack', conversation, seq })
    const answer = await until(
      () => why(bob, messageId),
      ({ verdict }) => verdict === 'acknowledged',
    )
    assert.deepEqual(done(answer), {
      persisted: true,
      routed: true,
      pushed: true,
      acknowledged: true,
      read: false,
    })
    assert.match(answer.text, /d1: the device has acknowledged everything up to 1/)
  })

  it('says acknowledged when the user has read it, on whatever device', async () => {
    const { bob, say } = await pair()
    const { client } = await server.join(bob)
    const { messageId, seq } = await say()
    const { conversation } = await client.next('message')
    client.send({ op: 'read', conversation, seq })
    const answer = await until(
      () => why(bob, messageId),
      ({ verdict }) => verdict === 'acknowledged',
    )
    assert.match(answer.text, /has read the conversation up to 1/)
  })

  it('says pushed while the device has not acknowledged', async () => {
    const { bob, say } = await pair()
    const { client } = await server.join(bob)
    const { messageId } = await say()
    await client.next('message')
    const answer = await why(bob, messageId)
    assert.deepEqual(done(answer), {
      persisted: true,
      routed: true,
      pushed: true,
      acknowledged: false,
      read: false,
    })
    assert.deepEqual([answer.verdict, answer.devices[0]?.verdict], ['pushed', 'pushed'])
  })

  it('says ownMessage for the device that sent it, and what became of it on the other one', async () => {
    const { alice, say } = await pair()
    const { messageId } = await say()
    assert.equal((await why(alice, messageId)).verdict, 'ownMessage')
    const { client } = await server.join(alice, 'tablet')
    await until(
      () => why(alice, messageId),
      ({ verdict }) => verdict === 'pushed',
    )
    client.leave()
    await client.closed
  })

  it('says offline for a user without a session', async () => {
    const { bob, say } = await pair()
    const answer = await why(bob, (await say()).messageId)
    assert.deepEqual([answer.verdict, answer.devices.length], ['offline', 0])
    assert.deepEqual(done(answer), {
      persisted: true,
      routed: true,
      pushed: false,
      acknowledged: false,
      read: false,
    })
  })

  it('says detached while the client is away and may resume', async () => {
    const { bob, say } = await pair()
    const { client } = await server.join(bob)
    client.socket.destroy()
    await until(
      () => admin.request('where', { user: bob }),
      ({ sessions }) => sessions[0]?.state === 'detached',
    )
    const answer = await why(bob, (await say()).messageId)
    assert.equal(answer.verdict, 'detached')
    assert.match(answer.text, /its session waits for another 1[12]\d s/)
  })

  it('says notMember for whoever is in no such conversation', async () => {
    const { say } = await pair()
    const answer = await why('mallory', (await say()).at)
    assert.equal(answer.verdict, 'notMember')
    assert.deepEqual(done(answer), {
      persisted: true,
      routed: undefined,
      pushed: undefined,
      acknowledged: undefined,
      read: undefined,
    })
  })

  it('says notMember across tenants', async () => {
    const { bob, say } = await pair()
    const { at } = await say()
    const { verdict } = await admin.request('why', { user: bob, tenant: 'acme', message: at })
    assert.equal(verdict, 'notMember')
  })

  it('says beforeJoining for a message that is older than the membership', async () => {
    const { alice, client } = await pair()
    const { id } = await post<{ id: string }>(alice, '/v1/conversations', {
      kind: 'group',
      members: ['early'],
    })
    const { at } = await say(client, id)
    assert.equal((await server.http(alice, 'PUT', `/v1/conversations/${id}/members/late`)).status, 204)
    const late = await server.join('late')
    assert.equal((await why('late', at)).verdict, 'beforeJoining')
    assert.equal((await why('early', at)).verdict, 'offline')
    late.client.leave()
  })

  it('says congested for a socket that reads too slowly, and that it was skipped', async () => {
    const { bob, id, client: alice } = await pair()
    const { client } = await server.join(bob)
    client.socket.pause()
    const body = 'x'.repeat(100_000)
    const answer = await until(
      async () => why(bob, (await say(alice, id, body)).messageId),
      ({ verdict }) => verdict === 'congested',
    )
    assert.match(answer.text, /the socket reads too slowly \(\d+ bytes unread\); seq \d+ to \d+ were skipped/)
    const { rows } = await admin.request('sessions', { slow: true })
    assert.deepEqual(
      rows.map(({ user, slow }) => [user, slow?.skipped[0]?.conversation]),
      [[bob, id]],
    )
    client.socket.destroy()
  })

  it('says suspended while an operator lets the session take no messages', async () => {
    const { bob, say } = await pair()
    await server.join(bob)
    const { sessions } = await admin.request('where', { user: bob })
    const target = sessions[0]?.ref ?? ''
    await admin.request('suspend', { target })
    const { messageId } = await say()
    const answer = await until(
      () => why(bob, messageId),
      ({ text }) => text.includes('1 messages wait'),
    )
    assert.equal(answer.verdict, 'suspended')
    await admin.request('resume', { target })
    await until(
      () => why(bob, messageId),
      ({ verdict }) => verdict === 'pushed',
    )
  })
})

describe('why, in a channel', () => {
  async function guild() {
    const owner = `owner${++people}`
    const made = await post<{ id: string; channels: { id: string }[] }>(owner, '/v1/guilds', { name: 'town' })
    const channel = made.channels[0]?.id ?? ''
    const { client } = await server.join(owner)
    const member = `member${people}`
    await server.http(owner, 'PUT', `/v1/guilds/${made.id}/members/${member}`)
    const other = await server.join(member)
    return { guild: made.id, channel, client, member, other: other.client }
  }

  it('says pushed once it was published to the socket', async () => {
    const { channel, client, member, other } = await guild()
    const { messageId } = await say(client, channel)
    await other.next('message')
    const answer = await why(member, messageId)
    assert.deepEqual([answer.verdict, done(answer).routed], ['pushed', true])
  })

  it('says suspended while an operator lets the relay take no messages', async () => {
    const { guild: id, channel, client, member } = await guild()
    const { relay } = await admin.request('guild', { guild: id })
    await admin.request('suspend', { target: relay.ref ?? '' })
    const { messageId } = await say(client, channel)
    const answer = await why(member, messageId)
    assert.equal(answer.verdict, 'suspended')
    assert.equal(done(answer).routed, false)
    await admin.request('resume', { target: relay.ref ?? '' })
    await until(
      () => why(member, messageId),
      ({ verdict }) => verdict === 'pushed',
    )
  })

  it('shows the guild: members, those online, its channel and who is responsible', async () => {
    const { guild: id, channel, client, member, other } = await guild()
    await say(client, channel)
    await other.next('message')
    const figures = await admin.request('guild', { guild: id })
    assert.deepEqual([figures.name, figures.members, figures.online], ['town', 2, 2])
    assert.deepEqual(figures.channels, [{ conversation: channel, name: 'general', head: 1, published: 1 }])
    assert.deepEqual([figures.relay.state, figures.relay.about.topic], ['running', id])
    assert.ok(figures.memberRows.some(({ user, sessions }) => user === member && sessions === 1))
    const { rows, total } = await admin.request('sessions', { guild: id, limit: 1 })
    assert.deepEqual([rows.length, total], [1, 2])
  })
})

describe('where and conversation', () => {
  it('show a user with devices, connections, thread and ticket', async () => {
    const { bob, say } = await pair()
    const { ready } = await server.join(bob, 'phone')
    await server.join(bob, 'tablet', { msgpack: true })
    await say()
    const where = await admin.request('where', { user: bob })
    assert.deepEqual([where.online, where.thread, where.conversations, where.inboxHead], [true, 1, 1, 1])
    const phone = where.sessions.find(({ device }) => device === 'phone')
    assert.deepEqual([phone?.session, phone?.state, phone?.resumes], [ready.session, 'live', 0])
    assert.ok((phone?.ticketAgeMs ?? -1) >= 0)
    assert.deepEqual(where.sessions.map(({ codec }) => codec).toSorted(), ['json', 'msgpack'])
  })

  it('show a conversation with its owner, head, members and audience', async () => {
    const { alice, bob, id, say } = await pair()
    await say()
    const figures = await admin.request('conversation', { conversation: id })
    assert.deepEqual([figures.kind, figures.head, figures.members, figures.audience], ['dm', 1, 2, 'inboxes'])
    assert.deepEqual([figures.owner.state, figures.owner.about.head], ['running', 1])
    assert.deepEqual(
      figures.memberRows.map(({ user, sessions }) => [user, sessions]),
      [
        [alice, 1],
        [bob, 0],
      ],
    )
    assert.equal(JSON.stringify(figures).includes(SECRET_BODY), false)
  })
})

describe('message bodies', () => {
  it('are shown by mailbox and state with content only', async () => {
    const { bob, say } = await pair()
    await server.join(bob)
    const { sessions } = await admin.request('where', { user: bob })
    const target = sessions[0]?.ref ?? ''
    await admin.request('suspend', { target })
    await say()
    const bare = await until(
      () => admin.request('mailbox', { target }),
      ({ mailboxLength }) => mailboxLength === 1,
    )
    assert.deepEqual(
      bare.messages.map(({ type, content }) => [type, content]),
      [['deliver', undefined]],
    )
    const { messages } = await admin.request('mailbox', { target, depth: 3 })
    assert.ok(messages[0]?.content?.includes(SECRET_BODY))
    assert.match((await admin.request('state', { target })).state, /user: '/)
    const info = await admin.request('info', { target })
    assert.deepEqual([info.about.user, info.about.phase, info.state], [bob, 'live', 'suspended'])
    assert.equal(JSON.stringify(info).includes(SECRET_BODY), false)
    await admin.request('resume', { target })
  })
})
