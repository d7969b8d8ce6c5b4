import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Probe } from '../runtime/testing/index.ts'
import { StorageError, type Store } from '../storage/index.ts'
import type { ConversationRequest, Posted, Result } from './messages.ts'
import { shardOf } from './services.ts'
import { World, type WorldOptions } from './test-world.ts'

const GROUP = '1000'
const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `user-${String(index).padStart(3, '0')}`)

async function withGroup(
  members: readonly string[],
  options: WorldOptions = {},
  kind: 'group' | 'dm' = 'group',
) {
  const world = await World.start(options)
  await world.store.createConversation({ id: GROUP, tenant: '', kind, createdAt: 1 }, members)
  return world
}

const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.failure.code)
const seqOf = (result: Result<Posted>) => (result.ok ? result.value.seq : result.failure.code)

describe('posting to a group', () => {
  it('gives seq from 1 and delivers with inbox numbers to all members, the author included', async () => {
    const world = await withGroup(['alice', 'bob', 'carol'])
    assert.equal(seqOf(await world.post(GROUP, 'alice', 'a')), 1)
    assert.equal(seqOf(await world.post(GROUP, 'bob', 'b')), 2)
    await world.simulation.run()
    await world.simulation.advance(10)
    for (const user of ['alice', 'bob', 'carol']) {
      assert.deepEqual(world.toldTo(user), [
        { n: 1, seq: 1 },
        { n: 2, seq: 2 },
      ])
    }
  })

  it('answers the same again with duplicate and delivers it once', async () => {
    const world = await withGroup(['alice', 'bob'])
    const first = await world.post(GROUP, 'alice', 'a')
    const again = await world.post(GROUP, 'alice', 'a')
    await world.simulation.advance(10)
    assert.ok(first.ok && again.ok)
    assert.deepEqual(again.value, { ...first.value, duplicate: true })
    assert.equal(world.toldTo('bob').length, 1)
  })

  it('refuses another body under the same id', async () => {
    const world = await withGroup(['alice', 'bob'])
    await world.post(GROUP, 'alice', 'a', 'one')
    assert.equal(codeOf(await world.post(GROUP, 'alice', 'a', 'two')), 'CONFLICT')
  })

  it('refuses strangers, other tenants, unknown conversations and replies to what is not there', async () => {
    const world = await withGroup(['alice', 'bob'])
    assert.equal(codeOf(await world.post(GROUP, 'mallory', 'a')), 'FORBIDDEN')
    assert.equal(codeOf(await world.post(GROUP, 'other\u001falice', 'a')), 'NOT_FOUND')
    assert.equal(codeOf(await world.post('404', 'alice', 'a')), 'NOT_FOUND')
    const post = { id: 'r', body: '', replyTo: 1 }
    const reply = { type: 'post', key: GROUP, author: 'alice', device: 'd', connection: 1, post } as const
    assert.equal(codeOf(await world.conversation(reply)), 'BAD_FRAME')
    await world.post(GROUP, 'alice', 'a')
    assert.equal(codeOf(await world.conversation(reply)), 'ok')
  })

  it('keeps the order of what comes while the store writes', async () => {
    const world = await withGroup(['alice', 'bob'])
    const router = world.named<ConversationRequest>(`conversations.${shardOf(GROUP, world.threads)}`)
    const probe = new Probe<readonly [index: number, seq: number | string]>(world.simulation, { thread: 1 })
    await probe.do((ctx) => {
      for (let index = 0; index < 600; index++) {
        const post = { id: `m${index}`, body: 'x' }
        const request = {
          type: 'post',
          key: GROUP,
          author: 'alice',
          device: 'd',
          connection: 1,
          post,
        } as const
        ctx.ask<ConversationRequest, 'post'>(router, request, (outcome) =>
          outcome.ok ? [index, seqOf(outcome.value)] : [index, outcome.error.message],
        )
      }
    })
    await world.simulation.runUntil(() => probe.received.length === 600)
    assert.deepEqual(
      probe.received,
      Array.from({ length: 600 }, (_, index) => [index, index + 1]),
    )
  })
})

describe('a store that fails', () => {
  const faulty = (
    code: 'STORE_FULL' | 'STORE_OVERLOADED' | 'STORE_UNCERTAIN',
    operation: keyof Store = 'append',
  ) => {
    const state = { failing: true }
    const fault = (asked: keyof Store) =>
      state.failing && asked === operation ? new StorageError(code, 'no') : undefined
    return { state, fault }
  }

  it('makes posts UNAVAILABLE or OVERLOADED with a time to repeat, and the owner lives on', async () => {
    for (const [code, expected] of [
      ['STORE_FULL', 'UNAVAILABLE'],
      ['STORE_OVERLOADED', 'OVERLOADED'],
    ] as const) {
      const { state, fault } = faulty(code)
      const world = await withGroup(['alice', 'bob'], { fault })
      const refused = await world.post(GROUP, 'alice', 'a')
      assert.ok(!refused.ok && refused.failure.code === expected && (refused.failure.retryAfterMs ?? 0) > 0)
      state.failing = false
      assert.equal(seqOf(await world.post(GROUP, 'alice', 'a')), 1)
    }
  })

  it('that did not confirm answers the repeated post as a duplicate', async () => {
    const { state, fault } = faulty('STORE_UNCERTAIN')
    const world = await withGroup(['alice', 'bob'], { fault })
    assert.equal(codeOf(await world.post(GROUP, 'alice', 'a')), 'UNAVAILABLE')
    state.failing = false
    const again = await world.post(GROUP, 'alice', 'a')
    assert.ok(again.ok && again.value.duplicate && again.value.seq === 1)
  })

  it('at the start of the owner is UNAVAILABLE too, and the next request loads again', async () => {
    const { state, fault } = faulty('STORE_FULL', 'conversation')
    const world = await withGroup(['alice', 'bob'], { fault })
    assert.equal(codeOf(await world.post(GROUP, 'alice', 'a')), 'UNAVAILABLE')
    state.failing = false
    await world.simulation.advance(10)
    assert.equal(seqOf(await world.post(GROUP, 'alice', 'a')), 1)
  })
})

describe('receipts', () => {
  const ack = (type: 'ack' | 'read', user: string, seq: number) =>
    ({ type, key: GROUP, user, device: 'd', connection: 3, seq }) as const

  it('go to all members once per moment, growing only', async () => {
    const world = await withGroup(['alice', 'bob'])
    await world.post(GROUP, 'alice', 'a')
    await world.post(GROUP, 'alice', 'b')
    assert.equal(codeOf(await world.conversation(ack('ack', 'bob', 1))), 'ok')
    assert.equal(codeOf(await world.conversation(ack('ack', 'bob', 2))), 'ok')
    assert.equal(codeOf(await world.conversation(ack('read', 'bob', 1))), 'ok')
    await world.simulation.advance(100)
    assert.equal(codeOf(await world.conversation(ack('ack', 'bob', 1))), 'ok')
    await world.simulation.advance(100)
    const frame = { op: 'receipt', conversation: GROUP, user: 'bob', delivered: 2, read: 1 }
    const receipts = world
      .toldTo('alice')
      .filter((told) => typeof told === 'object' && told !== null && 'frame' in told)
    assert.deepEqual(receipts, [{ type: 'event', frame, except: 3 }])
  })

  it('beyond the head are BAD_CURSOR', async () => {
    const world = await withGroup(['alice', 'bob'])
    assert.equal(codeOf(await world.conversation(ack('ack', 'bob', 1))), 'BAD_CURSOR')
  })

  it('in a channel go to the own devices only', async () => {
    const world = await World.start()
    const channel = {
      id: '501',
      tenant: '',
      kind: 'channel',
      guild: '500',
      name: 'general',
      createdAt: 1,
    } as const
    await world.store.createGuild(
      { id: '500', tenant: '', name: 'g', owner: 'alice', open: true, createdAt: 1 },
      channel,
    )
    await world.store.addGuildMember('500', 'bob')
    await world.post('501', 'alice', 'a')
    await world.conversation({ ...ack('read', 'bob', 1), key: '501' })
    await world.simulation.advance(100)
    assert.deepEqual([world.toldTo('alice').length, world.toldTo('bob').length], [0, 1])
  })
})

describe('typing', () => {
  it('is told to the other members', async () => {
    const world = await withGroup(['alice', 'bob'])
    await world.conversation({ type: 'typing', key: GROUP, user: 'alice', connection: 3 })
    await world.simulation.advance(10)
    const frame = { op: 'typing', conversation: GROUP, user: 'alice' }
    assert.deepEqual(world.toldTo('bob'), [{ type: 'event', frame, except: 3 }])
    assert.deepEqual(world.toldTo('alice'), [])
  })
})

describe('the members of a group', () => {
  const change = (type: 'addMember' | 'removeMember', by: string, user: string) =>
    ({ type, key: GROUP, by, user }) as const

  it('are added and removed by members, and those concerned hear of it', async () => {
    const world = await withGroup(['alice', 'bob'])
    await world.post(GROUP, 'alice', 'a')
    assert.equal(codeOf(await world.conversation(change('addMember', 'bob', 'carol'))), 'ok')
    await world.post(GROUP, 'carol', 'b')
    assert.equal(codeOf(await world.conversation(change('removeMember', 'bob', 'bob'))), 'ok')
    assert.equal(codeOf(await world.post(GROUP, 'bob', 'c')), 'FORBIDDEN')
    await world.simulation.advance(10)
    const conversation = { id: GROUP, kind: 'group', delivered: 0, read: 0 }
    const added = { ...conversation, head: 1, members: ['alice', 'bob', 'carol'] }
    const removed = { op: 'conversation.removed', conversation: { id: GROUP } }
    assert.deepEqual(world.toldTo('carol').slice(0, 2), [
      { type: 'event', frame: { op: 'conversation.added', conversation: added }, except: 0 },
      { n: 1, seq: 2 },
    ])
    assert.deepEqual(world.toldTo('bob').at(-1), { type: 'event', frame: removed, except: 0 })
  })

  it('of a 1:1 stay the same', async () => {
    const world = await withGroup(['alice', 'bob'], {}, 'dm')
    assert.equal(codeOf(await world.conversation(change('addMember', 'alice', 'carol'))), 'FORBIDDEN')
  })

  it('are not changed by strangers', async () => {
    const world = await withGroup(['alice', 'bob'])
    assert.equal(codeOf(await world.conversation(change('addMember', 'mallory', 'mallory'))), 'FORBIDDEN')
  })

  it('beyond 100 read from the topic: all join when the 101st comes, and leave when he goes', async () => {
    const members = names(100)
    const world = await withGroup(members)
    await world.post(GROUP, 'user-000', 'a')
    await world.conversation(change('addMember', 'user-000', 'zoe'))
    await world.post(GROUP, 'user-000', 'b')
    await world.simulation.advance(10)
    for (const user of [...members, 'zoe']) {
      const [event] = world.toldTo(user).slice(user === 'zoe' ? 0 : 1) as { join?: string }[]
      assert.equal(event?.join, GROUP, user)
    }
    assert.deepEqual(world.published(GROUP), [2])
    assert.equal((await world.store.readInbox('user-001', 0, 10)).items.length, 1)
    await world.conversation(change('removeMember', 'zoe', 'zoe'))
    await world.post(GROUP, 'user-000', 'c')
    await world.simulation.advance(10)
    for (const user of [...members, 'zoe']) {
      assert.ok(
        (world.toldTo(user) as { leave?: string }[]).some(({ leave }) => leave === GROUP),
        user,
      )
    }
    assert.deepEqual(world.toldTo('user-005').at(-1), { n: 2, seq: 3 })
  })
})

describe('a channel', () => {
  const GUILD = '500'
  const CHANNEL = '501'
  async function withChannel() {
    const world = await World.start()
    const channel = {
      id: CHANNEL,
      tenant: '',
      kind: 'channel',
      guild: GUILD,
      name: 'general',
      createdAt: 1,
    } as const
    const record = { id: GUILD, tenant: '', name: 'g', owner: 'alice', open: true, createdAt: 1 }
    await world.store.createGuild(record, channel)
    return world
  }

  it('takes posts of guild members only, and publishes them to the guild', async () => {
    const world = await withChannel()
    assert.equal(seqOf(await world.post(CHANNEL, 'alice', 'a')), 1)
    assert.equal(codeOf(await world.post(CHANNEL, 'bob', 'b')), 'FORBIDDEN')
    await world.guild({ type: 'addMember', key: GUILD, by: 'bob', user: 'bob' })
    assert.equal(seqOf(await world.post(CHANNEL, 'bob', 'b')), 2)
    await world.guild({ type: 'removeMember', key: GUILD, by: 'alice', user: 'bob' })
    await world.simulation.advance(10)
    assert.equal(codeOf(await world.post(CHANNEL, 'bob', 'c')), 'FORBIDDEN')
    assert.deepEqual(world.published(CHANNEL), [1, 2])
  })
})

describe('an idle owner', () => {
  it('retires after a minute and comes back when it is asked for', async () => {
    const world = await withGroup(['alice', 'bob'])
    await world.post(GROUP, 'alice', 'a')
    const actors = () => world.simulation.kernel(shardOf(GROUP, world.threads)).cells.size
    const before = actors()
    await world.simulation.advance(200_000)
    assert.equal(actors(), before - 1)
    assert.equal(seqOf(await world.post(GROUP, 'alice', 'b')), 2)
  })
})
