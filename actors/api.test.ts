import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { StorageError } from '../storage/index.ts'
import { World } from './test-world.ts'

type Body = Record<string, unknown>

async function create(world: World, user: string, path: string, body: Body) {
  const { status, body: created } = await world.http(user, 'POST', path, body)
  assert.equal(status, 201)
  return created as Body & { id: string; channels: { id: string; name: string }[] }
}

describe('the HTTP API about conversations', () => {
  it('opens a 1:1 once, whoever asks, and tells both', async () => {
    const world = await World.start()
    const first = await create(world, 'alice', 'conversations', { kind: 'dm', user: 'bob' })
    assert.deepEqual(first.members, ['alice', 'bob'])
    const again = await world.http('bob', 'POST', 'conversations', { kind: 'dm', user: 'alice' })
    assert.deepEqual([again.status, (again.body as Body).id], [200, first.id])
    await world.simulation.advance(10)
    assert.deepEqual([world.toldTo('alice').length, world.toldTo('bob').length], [1, 1])
  })

  it('creates a group with whoever asks, changes its members, posts and reads', async () => {
    const world = await World.start()
    const { id } = await create(world, 'alice', 'conversations', {
      kind: 'group',
      members: ['bob'],
      title: 'Tea',
    })
    assert.equal((await world.http('alice', 'PUT', `conversations/${id}/members/carol`)).status, 204)
    const sent = await world.http('carol', 'POST', `conversations/${id}/messages`, {
      id: 'm1',
      body: 'hello',
    })
    assert.equal(sent.status, 200)
    const { seq, duplicate, to } = sent.body as Body
    assert.deepEqual([seq, duplicate, to], [1, false, id])
    const page = (await world.http('bob', 'GET', `conversations/${id}/messages`)).body as { messages: Body[] }
    assert.deepEqual([page.messages[0]?.author, page.messages[0]?.body], ['carol', 'hello'])
    assert.equal((await world.http('alice', 'DELETE', `conversations/${id}/members/bob`)).status, 204)
    const shown = (await world.http('alice', 'GET', `conversations/${id}`)).body
    assert.deepEqual(shown, { id, kind: 'group', members: ['alice', 'carol'], head: 1, title: 'Tea' })
  })

  it('refuses strangers with 403, other tenants and unknown ids with 404', async () => {
    const world = await World.start()
    const { id } = await create(world, 'alice', 'conversations', { kind: 'dm', user: 'bob' })
    for (const [user, status] of [
      ['mallory', 403],
      ['other\u001falice', 404],
    ] as const) {
      assert.equal((await world.http(user, 'GET', `conversations/${id}`)).status, status)
      assert.equal((await world.http(user, 'GET', `conversations/${id}/messages`)).status, status)
      const post = await world.http(user, 'POST', `conversations/${id}/messages`, { id: 'm', body: '' })
      assert.equal(post.status, status)
    }
    for (const path of [
      'conversations/404',
      'conversations/x',
      'nothing',
      'conversations/__proto__/messages',
    ]) {
      assert.equal((await world.http('alice', 'GET', path)).status, 404, path)
    }
  })

  it('answers what it cannot read with 400 or 413, naming the place and not the content', async () => {
    const world = await World.start()
    const { id } = await create(world, 'alice', 'conversations', { kind: 'dm', user: 'bob' })
    const messages = `conversations/${id}/messages`
    const bad: [status: number, path: string, body: unknown][] = [
      [400, 'conversations', undefined],
      [400, 'conversations', { kind: 'dm', user: 'alice' }],
      [400, 'conversations', { kind: 'dm', user: 'a\nb' }],
      [400, 'conversations', { kind: 'group', members: 'secret' }],
      [400, messages, { id: 'not allowed!', body: 'secret' }],
      [400, messages, { id: 'm', body: 7 }],
      [400, messages, { id: 'm', body: '\ud800' }],
      [413, messages, { id: 'm', body: 'x'.repeat(100_001) }],
      [400, 'guilds', {}],
      [413, 'guilds', { name: 'x'.repeat(201) }],
    ]
    for (const [status, path, body] of bad) {
      const answer = await world.http('alice', 'POST', path, body)
      assert.equal(answer.status, status, JSON.stringify(answer.body))
      assert.doesNotMatch(JSON.stringify(answer.body), /secret/)
    }
    assert.equal((await world.http('alice', 'GET', messages, undefined, { limit: '201' })).status, 400)
    assert.equal((await world.http('alice', 'GET', messages, undefined, { after: '-1' })).status, 400)
  })

  it('answers 409 for another body under the same id, 503 while the store takes nothing', async () => {
    let full = false
    const fault = (operation: string) =>
      full && operation === 'append' ? new StorageError('STORE_FULL', 'no') : undefined
    const world = await World.start({ fault })
    const { id } = await create(world, 'alice', 'conversations', { kind: 'dm', user: 'bob' })
    const post = (body: string) =>
      world.http('alice', 'POST', `conversations/${id}/messages`, { id: 'm', body })
    await post('one')
    assert.equal((await post('two')).status, 409)
    full = true
    const refused = await post('one')
    assert.deepEqual([refused.status, refused.retryAfterMs], [503, 5_000])
  })

  it('answers a bug with 500 and goes on', async () => {
    let broken = true
    const fault = (operation: string) => {
      if (broken && operation === 'conversation') throw new TypeError('a bug')
      return undefined
    }
    const world = await World.start({ fault })
    assert.equal((await world.http('alice', 'GET', 'conversations/1')).status, 500)
    broken = false
    assert.equal((await world.http('alice', 'GET', 'conversations/1')).status, 404)
  })
})

describe('the HTTP API about guilds', () => {
  it('creates a guild with one channel, general, and more by its owner only', async () => {
    const world = await World.start()
    const guild = await create(world, 'alice', 'guilds', { name: 'Makers' })
    assert.deepEqual(
      [guild.name, guild.owner, guild.channels.map(({ name }) => name)],
      ['Makers', 'alice', ['general']],
    )
    const channel = await world.http('alice', 'POST', `guilds/${guild.id}/channels`, { name: 'tea' })
    assert.equal(channel.status, 201)
    assert.equal((await world.http('bob', 'POST', `guilds/${guild.id}/channels`, { name: 'x' })).status, 403)
    const shown = (await world.http('alice', 'GET', `guilds/${guild.id}`)).body as Body
    assert.deepEqual([shown.members, shown.channels], [1, [...guild.channels, channel.body]])
    await world.simulation.advance(10)
    const event = world.gateway.find((msg) => msg.type === 'publish')
    assert.ok(event?.type === 'publish' && event.topic === guild.id && event.json?.includes('channel.added'))
  })

  it('lets the owner add anyone, users join and leave an open guild, nobody else', async () => {
    const world = await World.start()
    const open = await create(world, 'alice', 'guilds', { name: 'open' })
    const closed = await create(world, 'alice', 'guilds', { name: 'closed', open: false })
    const change = async (user: string, method: 'PUT' | 'DELETE', id: string, member: string) =>
      (await world.http(user, method, `guilds/${id}/members/${member}`)).status
    assert.equal(await change('bob', 'PUT', open.id, 'bob'), 204)
    assert.equal(await change('bob', 'PUT', closed.id, 'bob'), 403)
    assert.equal(await change('bob', 'PUT', open.id, 'carol'), 403)
    assert.equal(await change('alice', 'PUT', closed.id, 'carol'), 204)
    assert.equal(await change('bob', 'DELETE', open.id, 'bob'), 204)
    assert.equal(await change('carol', 'DELETE', closed.id, 'alice'), 403)
    assert.equal(await change('alice', 'DELETE', closed.id, 'alice'), 403)
    assert.equal(await change('other\u001fbob', 'PUT', open.id, 'bob'), 404)
    await world.simulation.advance(10)
    const told = world.toldTo('bob') as { join?: string; leave?: string; frame: { op: string } }[]
    assert.deepEqual(
      told.map(({ frame, join, leave }) => [frame.op, join ?? leave]),
      [
        ['guild.added', open.id],
        ['guild.removed', open.id],
      ],
    )
  })
})
