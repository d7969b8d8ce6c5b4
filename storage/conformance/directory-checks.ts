/** Conversations, members, guilds, cursors. */

import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { UserKey } from '../records.ts'
import type { Check } from './context.ts'
import { channelOf, conversation, guild, message, nextId, range } from './fixtures.ts'

export function directoryChecks(check: Check): void {
  describe('conversations', () => conversations(check))
  describe('members', () => members(check))
  describe('guilds', () => guilds(check))
  describe('cursors', () => cursors(check))
}

function conversations(check: Check): void {
  check('gives back a conversation as it was created', async (store) => {
    const record = conversation({ title: 'Über 😀', tenant: 'acme' })
    await store.createConversation(record, ['bob', 'alice'])
    assert.deepEqual(await store.conversation(record.id), record)
    assert.equal(await store.conversation(nextId()), undefined)
  })

  check('opens one 1:1 for two users, whoever asks', async (store) => {
    const record = conversation({ kind: 'dm' })
    assert.deepEqual(await store.openDm(record, ['bob', 'alice']), { record, created: true })
    const again = await store.openDm(conversation({ kind: 'dm' }), ['alice', 'bob'])
    assert.deepEqual(again, { record, created: false })
    assert.deepEqual(await store.members(record.id), ['alice', 'bob'])
  })

  check('opens one 1:1 when both ask at once', async (store) => {
    const asked = range(1, 20).map((turn) =>
      store.openDm(conversation({ kind: 'dm' }), turn % 2 ? ['alice', 'bob'] : ['bob', 'alice']),
    )
    const answers = await Promise.all(asked)
    assert.equal(answers.filter(({ created }) => created).length, 1)
    assert.equal(new Set(answers.map(({ record }) => record.id)).size, 1)
    assert.deepEqual(await store.conversationsOf('alice'), [answers[0]?.record.id])
  })

  check('opens a 1:1 with oneself, and another for each pair', async (store) => {
    const pairs: [UserKey, UserKey][] = [
      ['alice', 'alice'],
      ['alice', 'bob'],
      ['acme\u001falice', 'acme\u001fbob'],
    ]
    for (const pair of pairs) {
      assert.equal((await store.openDm(conversation({ kind: 'dm' }), pair)).created, true)
    }
    assert.equal((await store.conversationsOf('alice')).length, 2)
    assert.equal((await store.openDm(conversation({ kind: 'dm' }), ['alice', 'alice'])).created, false)
  })
}

function members(check: Check): void {
  check('lists members by the bytes of their names', async (store) => {
    const record = conversation()
    const users = ['\u{1f600}', '\ufffd', 'é', 'z', 'alice', 'acme\u001fbob', 'alic']
    await store.createConversation(record, users)
    assert.deepEqual(await store.members(record.id), [
      'acme\u001fbob',
      'alic',
      'alice',
      'z',
      'é',
      '\ufffd',
      '\u{1f600}',
    ])
  })

  check('joins and leaves once, however often it is asked', async (store) => {
    const record = conversation()
    await store.createConversation(record, ['alice'])
    assert.equal(await store.addMember(record.id, 'bob'), true)
    assert.equal(await store.addMember(record.id, 'bob'), false)
    assert.equal(await store.isMember(record.id, 'bob'), true)
    assert.deepEqual(await store.members(record.id), ['alice', 'bob'])
    assert.equal(await store.removeMember(record.id, 'bob'), true)
    assert.equal(await store.removeMember(record.id, 'bob'), false)
    assert.equal(await store.isMember(record.id, 'bob'), false)
    assert.deepEqual(await store.members(record.id), ['alice'])
    assert.deepEqual(await store.conversationsOf('bob'), [])
  })

  check('joins once when asked many times at once', async (store) => {
    const record = conversation()
    await store.createConversation(record, [])
    const changes = await Promise.all(range(1, 20).map(() => store.addMember(record.id, 'bob')))
    assert.equal(changes.filter((changed) => changed).length, 1)
  })

  check('lists the conversations of a user by id', async (store) => {
    const ids = ['9', '10', '1000000000000000000', '2']
    for (const id of ids) await store.createConversation(conversation({ id }), ['bob'])
    assert.deepEqual(await store.conversationsOf('bob'), ['2', '9', '10', '1000000000000000000'])
    assert.deepEqual(await store.conversationsOf('nobody'), [])
  })

  check('has no members in channels and in what is unknown', async (store) => {
    const record = guild()
    const channel = channelOf(record)
    await store.createGuild(record, channel)
    for (const id of [channel.id, nextId()]) {
      assert.equal(await store.addMember(id, 'bob'), false)
      assert.equal(await store.removeMember(id, 'bob'), false)
      assert.equal(await store.isMember(id, 'bob'), false)
      assert.deepEqual(await store.members(id), [])
    }
    assert.deepEqual(await store.conversationsOf('bob'), [])
  })
}

function guilds(check: Check): void {
  check('creates a guild with its owner and its first channel', async (store) => {
    const record = guild({ open: true })
    const channel = channelOf(record)
    await store.createGuild(record, channel)
    assert.deepEqual(await store.guild(record.id), record)
    assert.deepEqual(await store.channels(record.id), [channel])
    assert.deepEqual(await store.conversation(channel.id), channel)
    assert.equal(await store.isGuildMember(record.id, 'alice'), true)
    assert.equal(await store.guildMemberCount(record.id), 1)
    assert.deepEqual(await store.guildsOf('alice'), [record.id])
  })

  check('lists channels by id', async (store) => {
    const record = guild()
    const [first, second] = [channelOf(record), channelOf(record, 'random')]
    await store.createGuild(record, second)
    await store.createChannel(first)
    assert.deepEqual(await store.channels(record.id), [first, second])
  })

  check('joins and leaves once, and counts', async (store) => {
    const record = guild()
    await store.createGuild(record, channelOf(record))
    const changes = await Promise.all(range(1, 10).map(() => store.addGuildMember(record.id, 'bob')))
    assert.equal(changes.filter((changed) => changed).length, 1)
    assert.equal(await store.guildMemberCount(record.id), 2)
    assert.equal(await store.removeGuildMember(record.id, 'bob'), true)
    assert.equal(await store.removeGuildMember(record.id, 'bob'), false)
    assert.equal(await store.guildMemberCount(record.id), 1)
    assert.deepEqual(await store.guildsOf('bob'), [])
  })

  check('pages guild members by the bytes of their names', async (store) => {
    const record = guild({ owner: 'user-00' })
    await store.createGuild(record, channelOf(record))
    const users = range(1, 30).map((n) => `user-${String(n).padStart(2, '0')}`)
    await Promise.all([...users].reverse().map((user) => store.addGuildMember(record.id, user)))
    const first = await store.guildMembers(record.id, undefined, 10)
    assert.deepEqual(first, { items: ['user-00', ...users.slice(0, 9)], more: true })
    assert.deepEqual(await store.guildMembers(record.id, 'user-09', 21), {
      items: users.slice(9),
      more: false,
    })
    assert.deepEqual((await store.guildMembers(record.id, 'user-0', 1)).items, ['user-00'])
    assert.deepEqual(await store.guildMembers(record.id, 'user-30', 5), { items: [], more: false })
  })

  check('knows nothing of an unknown guild', async (store) => {
    const id = nextId()
    assert.equal(await store.guild(id), undefined)
    assert.deepEqual(await store.channels(id), [])
    assert.equal(await store.addGuildMember(id, 'bob'), false)
    assert.equal(await store.removeGuildMember(id, 'bob'), false)
    assert.equal(await store.isGuildMember(id, 'bob'), false)
    assert.equal(await store.guildMemberCount(id), 0)
    assert.deepEqual(await store.guildMembers(id, undefined, 10), { items: [], more: false })
    assert.deepEqual(await store.guildsOf('bob'), [])
  })
}

function cursors(check: Check): void {
  check('moves cursors forwards only, and answers what holds', async (store) => {
    const id = nextId()
    assert.equal(await store.advanceDelivered(id, 'bob', 'phone', 5), 5)
    assert.equal(await store.advanceDelivered(id, 'bob', 'phone', 3), 5)
    assert.equal(await store.advanceDelivered(id, 'bob', 'phone', 9), 9)
    assert.equal(await store.advanceRead(id, 'bob', 4), 4)
    assert.equal(await store.advanceRead(id, 'bob', 2), 4)
    assert.deepEqual(await store.cursors(id, 'bob', 'phone'), { delivered: 9, read: 4 })
    assert.deepEqual(await store.cursors(id, 'bob', 'laptop'), { delivered: 0, read: 4 })
    assert.deepEqual(await store.cursors(id, 'alice', 'phone'), { delivered: 0, read: 0 })
  })

  check('ends at the greatest of many cursors in flight', async (store) => {
    const id = nextId()
    const seqs = [7, 3, 12, 1, 9]
    const answers = await Promise.all(seqs.map((seq) => store.advanceRead(id, 'bob', seq)))
    assert.ok(answers.every((answer, index) => answer >= (seqs[index] ?? 0)))
    assert.equal((await store.cursors(id, 'bob', 'phone')).read, 12)
  })

  check('keeps when a user was last seen', async (store) => {
    await store.setLastSeen('bob', 1_700_000_000_000)
    await store.setLastSeen('bob', 1_700_000_000_001)
    assert.equal(await store.lastSeen('bob'), 1_700_000_000_001)
  })

  check('knows the greatest id of conversations, guilds and messages', async (store) => {
    await store.append('7', [message({ messageId: '99' }), message({ messageId: '98' })], [])
    assert.equal(await store.lastId(), '99')
    await store.createConversation(conversation({ id: '100' }), [])
    await store.createConversation(conversation({ id: '55' }), [])
    assert.equal(await store.lastId(), '100')
    const record = guild({ id: '1000' })
    await store.createGuild(record, conversation({ id: '1001', kind: 'channel', guild: '1000' }))
    assert.equal(await store.lastId(), '1001')
  })
}
