/** protocol.md, the life of a connection, against a node in its own process, in both codecs. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pair, person } from './people.ts'
import { type Codec, expectOp, RawClient } from './raw-client.ts'
import { ServerProcess } from './server-process.ts'
import { inSeconds, signed } from './tokens.ts'

const CODECS: readonly Codec[] = ['json', 'msgpack']

let server: ServerProcess
let url: string
before(async () => {
  server = await ServerProcess.start({ settings: {} })
  url = server.url
})
after(() => server.dispose())

for (const codec of CODECS) {
  describe(`a connection in ${codec}`, () => {
    it('is greeted with the limits of the contract', async () => {
      const client = await RawClient.connect(url, codec)
      const hello = await client.next('hello')
      assert.equal(hello.heartbeatMs, 30_000)
      assert.equal(hello.identifyMs, 10_000)
      assert.deepEqual([hello.limits.frameBytes, hello.limits.bodyChars], [524_288, 100_000])
      await client.drop()
    })

    it('is ready after identify and knows who it is', async () => {
      const alice = person(url, 'alice')
      const { client, ready } = await alice.ready({ codec, device: 'laptop' })
      assert.deepEqual(ready.user, { id: alice.name })
      assert.equal(ready.device, 'laptop')
      assert.equal(ready.inbox, 0)
      assert.deepEqual(ready.conversations, [])
      assert.deepEqual(ready.guilds, [])
      await client.leave()
    })

    it('lists the conversations and guilds of the user in ready', async () => {
      const [alice, bob] = [person(url, 'alice'), person(url, 'bob')]
      const dm = await alice.http.dm(bob.name)
      const guild = await alice.http.guild('Chess')
      const { client, ready } = await alice.ready({ codec })
      const [conversation] = ready.conversations
      assert.equal(conversation?.id, dm)
      assert.equal(conversation.kind, 'dm')
      assert.deepEqual([...(conversation.members ?? [])].sort(), [alice.name, bob.name].sort())
      assert.deepEqual(ready.guilds[0]?.id, guild.id)
      assert.equal(ready.guilds[0]?.owner, alice.name)
      assert.deepEqual(ready.guilds[0]?.channels, [{ id: guild.channel, name: 'general', head: 0, read: 0 }])
      await client.leave()
    })

    it('answers a heartbeat with its ref', async () => {
      const client = await person(url, 'alice').online({ codec })
      expectOp(await client.request({ op: 'heartbeat' }), 'heartbeat')
      client.send({ op: 'heartbeat' })
      assert.equal((await client.next('heartbeat')).ref, undefined)
      await client.leave()
    })

    it('resumes after a lost network, under a new ticket each time', async () => {
      const alice = person(url, 'alice')
      const { client, ready } = await alice.ready({ codec })
      await client.drop()
      const tickets = [ready.resume]
      for (const _ of [1, 2]) {
        const again = await RawClient.connect(url, codec)
        const resume = { op: 'resume', token: alice.token, session: ready.session, cursors: {} }
        const answer = expectOp(await again.request({ ...resume, resume: tickets.at(-1) }), 'resumed')
        assert.equal(answer.session, ready.session)
        tickets.push(answer.resume)
        await again.drop()
      }
      assert.equal(new Set(tickets).size, 3)
    })

    it('gets on resume what its cursors miss, oldest first, and what comes meanwhile after it', async () => {
      const { alice, bob, b, dm } = await pair(url, codec)
      await bob.leave()
      const { client, ready } = await b.ready({ codec })
      await alice.say(dm, 'one')
      await client.until(dm, 1)
      await client.drop()
      await alice.say(dm, 'two')
      await alice.say(dm, 'three')
      const again = await RawClient.connect(url, codec)
      const cursors = { inbox: 1, conversations: { [dm]: 1 } }
      const { session, resume } = ready
      await again.request({ op: 'resume', token: b.token, session, resume, cursors })
      await alice.say(dm, 'four')
      await again.until(dm, 4)
      assert.deepEqual(
        again.messages(dm).map(({ seq, body, n }) => [seq, body, n]),
        [
          [2, 'two', 2],
          [3, 'three', 3],
          [4, 'four', 4],
        ],
      )
      await Promise.all([alice.leave(), again.leave()])
    })

    it('speaks about ready, error and answers with the ref of the request', async () => {
      const client = await RawClient.connect(url, codec)
      const token = person(url, 'alice').token
      client.send({ op: 'identify', token, device: 'd', ref: 4_294_967_295 })
      assert.equal((await client.next('ready')).ref, 4_294_967_295)
      await client.leave()
    })
  })
}

describe('a resume', () => {
  it('with a used ticket is SESSION_GONE, and the client may identify on the same socket', async () => {
    const alice = person(url, 'alice')
    const { client, ready } = await alice.ready()
    await client.drop()
    const { session, resume } = ready
    const frame = { op: 'resume', token: alice.token, session, resume, cursors: {} }
    const first = await RawClient.connect(url)
    expectOp(await first.request(frame), 'resumed')
    await first.drop()
    const second = await RawClient.connect(url)
    assert.equal(await second.refused(frame), 'SESSION_GONE')
    assert.deepEqual((await second.identify({ token: alice.token })).user, { id: alice.name })
    await second.leave()
  })

  it('with the ticket of another user is SESSION_GONE and leaves that session alone', async () => {
    const [alice, mallory] = [person(url, 'alice'), person(url, 'mallory')]
    const { client, ready } = await alice.ready()
    await client.drop()
    const { session, resume } = ready
    const thief = await RawClient.connect(url)
    const frame = { op: 'resume', session, resume, cursors: {} }
    assert.equal(await thief.refused({ ...frame, token: mallory.token }), 'SESSION_GONE')
    await thief.drop()
    const owner = await RawClient.connect(url)
    expectOp(await owner.request({ ...frame, token: alice.token }), 'resumed')
    await owner.leave()
  })

  it('takes over a socket that is still open, which is closed', async () => {
    const alice = person(url, 'alice')
    const { client, ready } = await alice.ready()
    const { session, resume } = ready
    const again = await RawClient.connect(url)
    const frame = { op: 'resume', token: alice.token, session, resume, cursors: {} }
    expectOp(await again.request(frame), 'resumed')
    await client.closeCode()
    await again.settle()
    await again.leave()
  })

  for (const code of [1000, 1001]) {
    it(`after close ${code} is SESSION_GONE, because that ended the session`, async () => {
      const alice = person(url, 'alice')
      const { client, ready } = await alice.ready()
      client.socket.close(code)
      await client.closed
      const again = await RawClient.connect(url)
      const { session, resume } = ready
      const frame = { op: 'resume', token: alice.token, session, resume, cursors: {} }
      assert.equal(await again.refused(frame), 'SESSION_GONE')
      await again.drop()
    })
  }

  it('is possible after each resumable close code', async () => {
    const alice = person(url, 'alice')
    const { client, ready } = await alice.ready()
    client.socket.send('{not json')
    assert.equal(await client.closeCode(), 4002)
    const again = await RawClient.connect(url)
    const { session, resume } = ready
    const frame = { op: 'resume', token: alice.token, session, resume, cursors: {} }
    expectOp(await again.request(frame), 'resumed')
    await again.leave()
  })

  it('raced by two sockets with one ticket succeeds exactly once', async () => {
    const alice = person(url, 'alice')
    const { client, ready } = await alice.ready()
    await client.drop()
    const sockets = await Promise.all([1, 2, 3, 4, 5].map(() => RawClient.connect(url)))
    const { session, resume } = ready
    const frame = { op: 'resume', token: alice.token, session, resume, cursors: {} }
    const answers = await Promise.all(sockets.map((socket) => socket.request(frame)))
    assert.deepEqual(answers.map(({ op }) => op).sort(), ['error', 'error', 'error', 'error', 'resumed'])
    await Promise.all(sockets.map((socket) => socket.drop()))
  })

  it('with a token that has expired is refused with 4004', async () => {
    const alice = person(url, 'alice')
    const { client, ready } = await alice.ready()
    await client.drop()
    const token = signed({ sub: alice.name, exp: inSeconds(-60) })
    const again = await RawClient.connect(url)
    again.send({ op: 'resume', token, session: ready.session, resume: ready.resume, cursors: {} })
    assert.equal(await again.closeCode(), 4004)
  })
})

describe('devices of one user', () => {
  it('the same device again closes the first with 4013', async () => {
    const alice = person(url, 'alice')
    const first = await alice.online({ device: 'phone' })
    const second = await alice.online({ device: 'phone' })
    assert.equal(await first.closeCode(), 4013)
    await second.settle()
    await second.leave()
  })

  it('two devices with different cursors each get exactly what they miss', async () => {
    const { alice, bob, b, dm } = await pair(url)
    await bob.leave()
    for (const body of ['1', '2', '3', '4', '5']) await alice.say(dm, body)
    const phone = await b.online({ device: 'phone', cursors: { inbox: 1, conversations: { [dm]: 1 } } })
    const laptop = await b.online({ device: 'laptop', cursors: { inbox: 4, conversations: { [dm]: 4 } } })
    await alice.say(dm, '6')
    await Promise.all([phone.until(dm, 6), laptop.until(dm, 6)])
    assert.deepEqual(
      phone.messages(dm).map(({ seq }) => seq),
      [2, 3, 4, 5, 6],
    )
    assert.deepEqual(
      laptop.messages(dm).map(({ seq }) => seq),
      [5, 6],
    )
    await Promise.all([alice.leave(), phone.leave(), laptop.leave()])
  })
})
