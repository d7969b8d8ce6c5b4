/** protocol.md: groups, guilds, live changes of membership, tenants, against a node in its own process. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Person, person, personCalled, range } from './people.ts'

import type { RawClient, Sendable } from './raw-client.ts'
import { ServerProcess } from './server-process.ts'

let server: ServerProcess
let url: string
before(async () => {
  server = await ServerProcess.start({ settings: {} })
  url = server.url
})
after(() => server.dispose())

describe('a group', () => {
  it('delivers to every member, in JSON and MessagePack alike', async () => {
    const people = range(1, 6).map(() => person(url, 'member'))
    const group = await people[0]?.http.group(namesOf(people.slice(1)))
    assert.ok(group !== undefined)
    const clients = await Promise.all(
      people.map((one, i) => one.online({ codec: i % 2 === 0 ? 'json' : 'msgpack' })),
    )
    await clients[0]?.say(group, 'to all')
    const received = await Promise.all(clients.slice(1).map((client) => client.next('message')))
    assert.deepEqual(
      new Set(received.map(({ body, seq, n }) => `${body} ${seq} ${n}`)),
      new Set(['to all 1 1']),
    )
    await Promise.all(clients.map((client) => client.leave()))
  })

  it('is shown at once to whom it is made with, and taken from whom is removed', async () => {
    const [alice, bob] = [person(url, 'alice'), person(url, 'bob')]
    const [a, b] = [await alice.online(), await bob.online()]
    const group = await alice.http.group([bob.name])
    const added = await b.next('conversation.added')
    assert.deepEqual([added.conversation.id, added.conversation.kind], [group, 'group'])
    await a.say(group, 'welcome')
    await b.until(group, 1)
    assert.equal((await alice.http.delete(path(group, bob))).status, 204)
    assert.equal((await b.next('conversation.removed')).conversation.id, group)
    await a.say(group, 'without bob')
    await b.settle()
    assert.deepEqual(
      b.messages(group).map(({ seq }) => seq),
      [1],
    )
    assert.ok(['FORBIDDEN', 'NOT_FOUND'].includes(await b.refused(historyOf(group))))
    await Promise.all([a.leave(), b.leave()])
  })

  it('shows a receipt to all other members and the reader’s other devices, a channel to the latter alone', async () => {
    const [alice, bob, carol] = [person(url, 'alice'), person(url, 'bob'), person(url, 'carol')]
    const group = await alice.http.group([bob.name, carol.name])
    const { id, channel } = await alice.http.guild('Chess')
    for (const { name } of [bob, carol]) await alice.http.put(`/v1/guilds/${id}/members/${name}`)
    const [a, b, c] = [await alice.online(), await bob.online(), await carol.online()]
    const laptop = await bob.online({ device: 'laptop' })
    for (const conversation of [channel, group]) {
      await a.say(conversation, 'hi')
      await b.until(conversation, 1)
      for (const op of ['ack', 'read']) b.send({ op, conversation, seq: 1 })
      const { user } = await laptop.next('receipt', (receipt) => receipt.read === 1)
      assert.equal(user, bob.name)
    }
    // The channel's came first: whoever got none of it by now gets none.
    for (const other of [a, c]) await other.next('receipt', ({ read }) => read === 1)
    const seen = [a, c, b].map((one) =>
      one.log.flatMap((frame) => (frame.op === 'receipt' ? [frame.conversation] : [])),
    )
    assert.deepEqual(
      seen.map((conversations) => [...new Set(conversations)]),
      [[group], [group], []],
    )
    await Promise.all([a, b, c, laptop].map((client) => client.leave()))
  })

  it('of 100 goes on without a gap or a duplicate when the 101st joins, and when one leaves again', async () => {
    const people = range(1, 100).map(() => person(url, 'member'))
    const late = person(url, 'late')
    const [first, second] = people as [Person, Person]
    const group = await first.http.group(namesOf(people.slice(1)))
    const [a, b] = [await first.online(), await second.online({ codec: 'msgpack' })]
    for (const i of range(1, 5)) await a.say(group, `hundred ${i}`)
    await b.until(group, 5)
    const c = await late.online()
    const going = Promise.all(range(6, 40).map((i) => a.say(group, `crossing ${i}`)))
    assert.equal((await first.http.put(path(group, late))).status, 204)
    await c.next('conversation.added')
    await going
    const { seq } = await a.say(group, 'a hundred and one')
    await Promise.all([b.until(group, seq), c.until(group, seq)])
    assert.equal(seq, 41)
    // Each once. In which order they come while two ways are in use is for the client to put right.
    await untilAll(b, group, 41)
    const seqs = b.messages(group).map((message) => message.seq)
    assert.deepEqual(
      seqs.toSorted((x, y) => x - y),
      range(1, 41),
    )
    assert.equal((await first.http.delete(path(group, late))).status, 204)
    await c.next('conversation.removed')
    const last = await a.say(group, 'a hundred again')
    await b.until(group, last.seq)
    await untilAll(b, group, 42)
    assert.equal(b.messages(group).length, 42)
    await Promise.all([a.leave(), b.leave(), c.leave()])
  })

  it('of more than 100 replays to a member who was offline', async () => {
    const people = range(1, 120).map(() => person(url, 'member'))
    const [first, second] = people as [Person, Person]
    const group = await first.http.group(namesOf(people.slice(1)))
    const a = await first.online()
    for (const i of range(1, 10)) await a.say(group, `m${i}`)
    const b = await second.online({ cursors: { inbox: 0, conversations: { [group]: 4 } } })
    await a.say(group, 'live')
    await b.until(group, 11)
    assert.deepEqual(
      b.messages(group).map(({ seq }) => seq),
      range(5, 11),
    )
    await Promise.all([a.leave(), b.leave()])
  })
})

describe('a guild', () => {
  it('lets a user whom the owner adds talk in its channels, and leave', async () => {
    const [alice, bob] = [person(url, 'alice'), person(url, 'bob')]
    const [a, b] = [await alice.online(), await bob.online({ codec: 'msgpack' })]
    const { id, channel } = await alice.http.guild('Chess')
    assert.equal((await a.next('guild.added')).guild.id, id)
    assert.ok(['FORBIDDEN', 'NOT_FOUND'].includes(await b.refused(sendTo(channel))))
    assert.equal((await alice.http.put(`/v1/guilds/${id}/members/${bob.name}`)).status, 204)
    assert.equal((await b.next('guild.added')).guild.id, id)
    await b.say(channel, 'hello')
    const message = await a.next('message')
    assert.deepEqual([message.conversation, message.author, message.n], [channel, bob.name, undefined])
    assert.equal((await bob.http.delete(`/v1/guilds/${id}/members/${bob.name}`)).status, 204)
    assert.equal((await b.next('guild.removed')).guild.id, id)
    await a.say(channel, 'he has left')
    await b.settle()
    assert.deepEqual(b.messages(channel), [])
    await Promise.all([a.leave(), b.leave()])
  })

  it('that is open is joined by anyone for themselves; one that is not by its owner’s hand only', async () => {
    const [alice, bob] = [person(url, 'alice'), person(url, 'bob')]
    const made = async (open: boolean): Promise<string> => {
      const { body } = await alice.http.post('/v1/guilds', { name: 'Chess', open })
      return `/v1/guilds/${body.id}/members/${bob.name}`
    }
    const b = await bob.online()
    assert.equal((await bob.http.put(await made(false))).status, 403)
    assert.equal((await bob.http.put(await made(true))).status, 204)
    await b.next('guild.added')
    await b.settle()
    assert.equal(b.log.filter(({ op }) => op === 'guild.added').length, 1)
    await b.leave()
  })

  it('shows a new channel at once, and messages in it', async () => {
    const [alice, bob] = [person(url, 'alice'), person(url, 'bob')]
    const { id } = await alice.http.guild('Chess')
    await alice.http.put(`/v1/guilds/${id}/members/${bob.name}`)
    const [a, b] = [await alice.online(), await bob.online()]
    const { status, body } = await alice.http.post(`/v1/guilds/${id}/channels`, { name: 'openings' })
    assert.deepEqual([status, body.name], [201, 'openings'])
    const added = await b.next('channel.added')
    assert.deepEqual([added.guild, added.channel.id, added.channel.name], [id, body.id, 'openings'])
    await a.say(body.id as string, 'e4')
    assert.equal((await b.next('message')).body, 'e4')
    await Promise.all([a.leave(), b.leave()])
  })

  it('replays what a channel cursor misses and goes on live, while others send', async () => {
    const [alice, bob] = [person(url, 'alice'), person(url, 'bob')]
    const { id, channel } = await alice.http.guild('Chess')
    await alice.http.put(`/v1/guilds/${id}/members/${bob.name}`)
    const a = await alice.online()
    await Promise.all(range(1, 60).map((i) => a.say(channel, `m${i}`)))
    const going = Promise.all(range(61, 120).map((i) => a.say(channel, `m${i}`)))
    const b = await bob.online({ cursors: { conversations: { [channel]: 10 } } })
    await going
    await b.until(channel, 120)
    assert.deepEqual(
      b.messages(channel).map(({ seq }) => seq),
      range(11, 120),
    )
    await Promise.all([a.leave(), b.leave()])
  })
})

describe('tenants', () => {
  it('may use the same names and never see each other', async () => {
    const [red, blue] = [person(url, 'same', 'red'), person(url, 'same', 'blue')]
    const [redBob, blueBob] = [person(url, 'bob', 'red'), person(url, 'bob', 'blue')]
    const dm = await red.http.dm(redBob.name)
    const guild = await red.http.guild('Red')
    const [r, b] = [await redBob.online(), await blueBob.online()]
    for (const frame of [sendTo(dm), historyOf(dm), sendTo(guild.channel), historyOf(guild.channel)]) {
      assert.equal(await b.refused(frame), 'NOT_FOUND')
    }
    assert.equal((await blue.http.get(`/v1/conversations/${dm}`)).status, 404)
    assert.equal((await blue.http.get(`/v1/guilds/${guild.id}`)).status, 404)
    assert.equal((await blue.http.put(`/v1/guilds/${guild.id}/members/${blue.name}`)).status, 404)
    await r.settle()
    await b.settle()
    assert.deepEqual(
      b.log.map(({ op }) => op).filter((op) => !['hello', 'ready', 'error', 'heartbeat'].includes(op)),
      [],
    )
    await Promise.all([r.leave(), b.leave()])
  })

  it('deliver a message to the user of the same tenant only', async () => {
    const names = ['alice', 'bob'].map((name) => person(url, name).name) as [string, string]
    const [red, blue] = [personCalled(url, names[1], 'red'), personCalled(url, names[1], 'blue')]
    const sender = personCalled(url, names[0], 'red')
    const [r, b, s] = [await red.online(), await blue.online(), await sender.online()]
    const dm = await sender.http.dm(names[1])
    await s.say(dm, 'for red')
    await r.until(dm, 1)
    await b.settle()
    assert.deepEqual(b.messages(dm), [])
    await Promise.all([r.leave(), b.leave(), s.leave()])
  })
})

function namesOf(people: readonly Person[]): string[] {
  return people.map(({ name }) => name)
}

function path(conversation: string, { name }: Person): string {
  return `/v1/conversations/${conversation}/members/${name}`
}

function sendTo(to: string): Sendable {
  return { op: 'send', to, id: 'intruding', body: 'hi' }
}

function historyOf(conversation: string): Sendable {
  return { op: 'history', conversation, after: 0, limit: 10 }
}

/** Resolves when so many messages of a conversation, from the first on, have come. */
async function untilAll(client: RawClient, conversation: string, count: number): Promise<void> {
  for (const seq of range(1, count)) {
    if (client.messages(conversation).some((message) => message.seq === seq)) continue
    await client.next('message', (message) => message.conversation === conversation && message.seq === seq)
  }
}
