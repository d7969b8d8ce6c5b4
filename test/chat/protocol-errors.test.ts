/** protocol.md: every row of the error table and of the close table, on real sockets. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { pack } from 'msgpackr'
import { LocalServer } from './local-server.ts'
import { pair, person, range } from './people.ts'
import { expectOp, newId, RawClient, type Sendable } from './raw-client.ts'
import { inSeconds, signed, tokenOf, unsigned } from './tokens.ts'

/** No conversation has it. */
const NOWHERE = '123456789012345678'

let server: LocalServer
let url: string
before(async () => {
  server = await LocalServer.start()
  url = server.url
})
after(() => server.stop())

describe('a request that cannot be fulfilled', () => {
  const send = (to: string, more: object = {}): Sendable => ({
    op: 'send',
    to,
    id: newId(),
    body: 'hi',
    ...more,
  })
  const badFrames: readonly [string, (dm: string) => Sendable][] = [
    ['a send without a body', (dm) => ({ op: 'send', to: dm, id: 'a' })],
    ['a body that is a number', (dm) => send(dm, { body: 1 })],
    ['a body of null', (dm) => send(dm, { body: null })],
    ['a client id with a space', (dm) => send(dm, { id: 'a b' })],
    ['a client id of 65 characters', (dm) => send(dm, { id: 'a'.repeat(65) })],
    ['an empty client id', (dm) => send(dm, { id: '' })],
    ['an unknown kind', (dm) => send(dm, { kind: 'video' })],
    ['a conversation that is a number', () => ({ op: 'send', to: 5, id: 'a', body: 'hi' })],
    ['a conversation that is no Snowflake', () => send('general')],
    ['a negative seq', (dm) => ({ op: 'ack', conversation: dm, seq: -1 })],
    ['a seq with a fraction', (dm) => ({ op: 'read', conversation: dm, seq: 1.5 })],
    ['a seq of 2^53', (dm) => ({ op: 'ack', conversation: dm, seq: 2 ** 53 })],
    ['a page of 201', (dm) => ({ op: 'history', conversation: dm, after: 0, limit: 201 })],
    ['a page of 0', () => ({ op: 'sync', after: 0, limit: 0 })],
    ['a sync without after', () => ({ op: 'sync', limit: 5 })],
  ]
  for (const [what, frame] of badFrames) {
    it(`because of ${what} is BAD_FRAME, and the connection goes on`, async () => {
      const { alice, bob, dm } = await pair(url)
      assert.equal(await alice.refused(frame(dm)), 'BAD_FRAME')
      await alice.say(dm, 'still here')
      await bob.until(dm, 1)
      await Promise.all([alice.leave(), bob.leave()])
    })
  }

  it('because its op is unknown is UNKNOWN_OP', async () => {
    const client = await person(url, 'alice').online()
    for (const op of ['dance', 'hello', 'ready', 'message', 'toString', '__proto__', '']) {
      assert.equal(await client.refused({ op }), 'UNKNOWN_OP', op)
    }
    await client.leave()
  })

  it('because it has no op, or a bad ref, is an error frame and never silence', async () => {
    const client = await person(url, 'alice').online()
    for (const frame of [
      {},
      { op: 5 },
      { op: 'heartbeat', ref: -1 },
      { op: 'heartbeat', ref: 2 ** 32 },
      { op: 'heartbeat', ref: 'x' },
    ]) {
      client.send(frame)
      assert.equal((await client.next('error')).code, 'BAD_FRAME', JSON.stringify(frame))
    }
    await client.leave()
  })

  it('because the conversation does not exist, or is not theirs, is NOT_FOUND or FORBIDDEN alike', async () => {
    const { alice, bob, dm } = await pair(url)
    const mallory = await person(url, 'mallory').online()
    const frames = (to: string): Sendable[] => [
      send(to),
      { op: 'ack', conversation: to, seq: 1 },
      { op: 'read', conversation: to, seq: 1 },
      { op: 'history', conversation: to, after: 0, limit: 10 },
      { op: 'typing', conversation: to },
    ]
    await alice.say(dm, 'private')
    for (const frame of frames(NOWHERE))
      assert.equal(await mallory.refused(frame), 'NOT_FOUND', String(frame.op))
    for (const frame of frames(dm)) {
      assert.ok(['FORBIDDEN', 'NOT_FOUND'].includes(await mallory.refused(frame)), String(frame.op))
    }
    await bob.until(dm, 1)
    assert.ok(!bob.log.some(({ op }) => op === 'typing' || op === 'receipt'))
    await Promise.all([alice.leave(), bob.leave(), mallory.leave()])
  })

  it('because the body is longer than 100,000 characters is TOO_LARGE', async () => {
    const { alice, bob, dm } = await pair(url)
    assert.equal(await alice.refused(send(dm, { body: 'x'.repeat(100_001) })), 'TOO_LARGE')
    await alice.say(dm, 'still here')
    await Promise.all([alice.leave(), bob.leave()])
  })

  it('because another body stands under its id is CONFLICT', async () => {
    const { alice, bob, dm } = await pair(url)
    const id = newId()
    await alice.say(dm, 'one', { id })
    assert.equal(await alice.refused(send(dm, { id, body: 'two' })), 'CONFLICT')
    await Promise.all([alice.leave(), bob.leave()])
  })

  it('because it acknowledges what is not there yet is refused or held to the head', async () => {
    const { alice, bob, b, dm } = await pair(url)
    await alice.say(dm, 'one')
    await bob.until(dm, 1)
    bob.send({ op: 'read', conversation: dm, seq: 1_000_000 })
    await bob.settle()
    await bob.leave()
    const { client, ready } = await b.ready()
    assert.ok((ready.conversations[0]?.read ?? 0) <= 1)
    await Promise.all([alice.leave(), client.leave()])
  })
})

describe('a connection is closed', () => {
  it('with 4002 when a frame cannot be decoded', async () => {
    const undecodable = [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '{"op":NaN}',
      '\ufeff{"op":"heartbeat"}',
      `${'['.repeat(5_000)}`,
    ]
    for (const text of undecodable) {
      const client = await person(url, 'alice').online()
      client.socket.send(text)
      assert.equal(await client.closeCode(), 4002, text.slice(0, 20))
    }
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from([0xc1]),
      pack([1]),
      Buffer.concat([pack({ op: 'heartbeat' }), pack(1)]),
    ]) {
      const client = await person(url, 'alice').online({ codec: 'msgpack' })
      client.socket.send(bytes)
      assert.equal(await client.closeCode(), 4002, bytes.toString('hex'))
    }
  })

  it('with 4002 when it mixes text and binary frames', async () => {
    const json = await person(url, 'alice').online()
    json.socket.send(pack({ op: 'heartbeat' }))
    assert.equal(await json.closeCode(), 4002)
    const msgpack = await person(url, 'alice').online({ codec: 'msgpack' })
    msgpack.socket.send(JSON.stringify({ op: 'heartbeat' }))
    assert.equal(await msgpack.closeCode(), 4002)
  })

  it('with 4003 after NOT_IDENTIFIED when another frame comes before identify', async () => {
    const client = await RawClient.connect(url)
    client.send({ op: 'heartbeat', ref: 7 })
    const error = await client.next('error')
    assert.deepEqual([error.code, error.ref], ['NOT_IDENTIFIED', 7])
    assert.equal(await client.closeCode(), 4003)
  })

  it('with 4004 after AUTH_FAILED when the token is refused', async () => {
    const sub = person(url, 'alice').name
    const good = tokenOf(sub)
    const tokens: Record<string, string> = {
      'no token': '',
      nonsense: 'a.b.c',
      'of another secret': signed(
        { sub, exp: inSeconds(60) },
        { secret: 'another-secret-another-secret-12' },
      ),
      expired: signed({ sub, exp: inSeconds(-60) }),
      endless: signed({ sub }),
      'exp as text': signed({ sub, exp: 'never' }),
      'without a user': signed({ exp: inSeconds(60) }),
      'of an empty user': signed({ sub: '', exp: inSeconds(60) }),
      'of a user that is a number': signed({ sub: 7, exp: inSeconds(60) }),
      'of a user with control characters': signed({ sub: 'a\u001fb', exp: inSeconds(60) }),
      'of a user of 129 bytes': signed({ sub: 'a'.repeat(129), exp: inSeconds(60) }),
      'of a tenant with a control character': signed({ sub, exp: inSeconds(60), tenant: 'a\u001fb' }),
      unsigned: unsigned({ sub, exp: inSeconds(60) }),
      'unsigned, spelled otherwise': unsigned({ sub, exp: inSeconds(60) }, 'NoNe'),
      'of an algorithm not accepted': signed({ sub, exp: inSeconds(60) }, { alg: 'HS512' }),
      'of the future': signed({ sub, exp: inSeconds(600), nbf: inSeconds(300) }),
      'cut short': good.slice(0, -2),
      'with another payload': good.replace(
        /\.[^.]+\./,
        `.${Buffer.from(JSON.stringify({ sub: 'root', exp: inSeconds(60) })).toString('base64url')}.`,
      ),
    }
    for (const [what, token] of Object.entries(tokens)) {
      const client = await RawClient.connect(url)
      client.send({ op: 'identify', token, device: 'd' })
      assert.equal(await client.closeCode(), 4004, what)
      assert.ok(
        client.log.some((frame) => frame.op === 'error' && frame.code === 'AUTH_FAILED'),
        what,
      )
    }
  })

  it('with 4005 after ALREADY_IDENTIFIED when it identifies twice', async () => {
    const alice = person(url, 'alice')
    const client = await alice.online()
    client.send({ op: 'identify', token: alice.token, device: 'phone', ref: 9 })
    assert.equal((await client.next('error')).code, 'ALREADY_IDENTIFIED')
    assert.equal(await client.closeCode(), 4005)
  })

  it('with 4007 after BAD_CURSOR when a cursor is beyond what there is', async () => {
    const { alice, bob, b, dm } = await pair(url)
    await alice.say(dm, 'one')
    await bob.leave()
    for (const cursors of [{ inbox: 99 }, { conversations: { [dm]: 99 } }]) {
      const client = await RawClient.connect(url)
      client.send({ op: 'identify', token: b.token, device: 'd', cursors })
      assert.equal(await client.closeCode(), 4007, JSON.stringify(cursors))
      assert.ok(client.log.some((frame) => frame.op === 'error' && frame.code === 'BAD_CURSOR'))
    }
    await alice.leave()
  })

  it('with 4013 when the same user and device connects elsewhere, and stays closed to resume', async () => {
    const alice = person(url, 'alice')
    const { client, ready } = await alice.ready({ device: 'phone' })
    const second = await alice.online({ device: 'phone' })
    assert.equal(await client.closeCode(), 4013)
    const third = await RawClient.connect(url)
    const { session, resume } = ready
    const frame = { op: 'resume', token: alice.token, session, resume, cursors: {} }
    assert.equal(await third.refused(frame), 'SESSION_GONE')
    await second.settle()
    await Promise.all([second.leave(), third.drop()])
  })
})

describe('a node with short times', () => {
  it('closes with 4003 who does not identify in time, though it answers pings', async () => {
    const hasty = await LocalServer.start({ identifyMs: 200 })
    const client = await RawClient.connect(hasty.url)
    assert.equal((await client.next('hello')).identifyMs, 200)
    assert.equal(await client.closeCode(), 4003)
    await hasty.stop()
  })

  it('closes with 4009 a socket that is silent too long; the session may be resumed', async () => {
    const hasty = await LocalServer.start({ silentMs: 1_000, heartbeatMs: 300 })
    const alice = person(hasty.url, 'alice')
    const client = await RawClient.connect(hasty.url, 'json', { autoPong: false })
    const ready = await client.identify({ token: alice.token })
    assert.equal(await client.closeCode(), 4009)
    const again = await RawClient.connect(hasty.url)
    const { session, resume } = ready
    expectOp(
      await again.request({ op: 'resume', token: alice.token, session, resume, cursors: {} }),
      'resumed',
    )
    await again.leave()
    await hasty.stop()
  })

  it('forgets a session after its time: resume is SESSION_GONE', async () => {
    const hasty = await LocalServer.start({ detachedMs: 100 })
    const alice = person(hasty.url, 'alice')
    const { client, ready } = await alice.ready()
    await client.drop()
    const { session, resume } = ready
    const frame = { op: 'resume', token: alice.token, session, resume, cursors: {} }
    await new Promise((resolve) => setTimeout(resolve, 600)) // the time itself is what is tested
    const again = await RawClient.connect(hasty.url)
    assert.equal(await again.refused(frame), 'SESSION_GONE')
    await again.drop()
    await hasty.stop()
  })

  it('closes with 4008 after RATE_LIMITED who sends too many frames, and says when to come back', async () => {
    const strict = await LocalServer.start({ framesPerPeriod: 20, framesBurst: 40 })
    const { alice, bob, dm } = await pair(strict.url)
    for (const _ of range(1, 100)) alice.send({ op: 'heartbeat' })
    const error = await alice.next('error')
    assert.equal(error.code, 'RATE_LIMITED')
    assert.ok((error.retryAfterMs ?? 0) > 0)
    assert.equal(await alice.closeCode(), 4008)
    await bob.say(dm, 'not my fault')
    await bob.leave()
    await strict.stop()
  })
})

describe('a node with more clients at the door than it lets in at once', () => {
  it('says OVERLOADED and when to come back, and takes them later on the same socket', async () => {
    const busy = await LocalServer.start({ startsMax: 1, startsWaitingMax: 1 })
    const people = range(1, 10).map(() => person(busy.url, 'crowd'))
    const sockets = await Promise.all(people.map(() => RawClient.connect(busy.url)))
    const identify = (i: number) =>
      sockets[i]?.request({ op: 'identify', token: people[i]?.token, device: 'phone' })
    const answers = await Promise.all(sockets.map((_, i) => identify(i)))
    const refused = answers.flatMap((answer, i) => (answer?.op === 'error' ? [{ answer, i }] : []))
    assert.ok(refused.length > 0 && refused.length < sockets.length, `${refused.length} were refused`)
    for (const { answer, i } of refused) {
      assert.equal(answer.code, 'OVERLOADED')
      assert.ok((answer.retryAfterMs ?? 0) > 0)
      assert.equal((await identify(i))?.op, 'ready')
    }
    await Promise.all(sockets.map((socket) => socket.leave()))
    await busy.stop()
  })
})

describe('a node that drains', () => {
  it('says reconnect, closes with 1012 or 4011, takes no new socket, and loses nothing acknowledged', async () => {
    const draining = await LocalServer.start()
    const { alice, bob, dm } = await pair(draining.url)
    await alice.say(dm, 'before')
    await bob.until(dm, 1)
    const stopped = draining.stop({ keepData: true })
    assert.ok([1012, 4011].includes(await alice.closeCode()))
    assert.ok([1012, 4011].includes(await bob.closeCode()))
    assert.ok(alice.log.some(({ op }) => op === 'reconnect'))
    await stopped
    const again = await LocalServer.start({ data: draining.data })
    const b = await RawClient.identified(again.url, { token: bobToken(bob), cursors: { inbox: 0 } })
    await b.until(dm, 1)
    assert.deepEqual(
      b.messages(dm).map(({ body }) => body),
      ['before'],
    )
    await b.leave()
    await again.stop()
  })
})

function bobToken(bob: RawClient): string {
  const ready = bob.log.find((frame) => frame.op === 'ready')
  assert.ok(ready?.op === 'ready')
  return tokenOf(ready.user.id)
}
