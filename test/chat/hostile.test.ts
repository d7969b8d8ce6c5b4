/**
 * Hostile clients above the level of WebSocket: frames, tokens, foreign conversations, reused ids, resume races.
 * What is wrong with HTTP and WebSocket themselves is tried in hostile-wire.test.ts.
 */

import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { pack } from 'msgpackr'
import { type Attacks, survives } from './hostile-suite.ts'
import { pair, person, range } from './people.ts'
import { newId, RawClient } from './raw-client.ts'
import { ServerProcess } from './server-process.ts'
import { inSeconds, signed, tokenOf, unsigned } from './tokens.ts'

const ROUNDS = 200

let server: ServerProcess
let url: string
let bystanders: Awaited<ReturnType<typeof pair>>
let foreign: string
let victim: { readonly token: string; readonly session: string; readonly resume: string }
before(async () => {
  server = await ServerProcess.start({ settings: {} })
  url = server.url
  bystanders = await pair(url)
  foreign = bystanders.dm
  const { client, ready } = await person(url, 'victim').ready()
  victim = { token: tokenOf(ready.user.id), session: ready.session, resume: ready.resume }
  await client.drop()
})
after(() => server.dispose())

/** Sends these frames one by one; ends when the server closes, or has answered a heartbeat after them. */
async function throwAt(
  frames: readonly (string | Buffer)[],
  codec: 'json' | 'msgpack' = 'json',
): Promise<void> {
  const client = await RawClient.identified(url, { token: MALLORY, device: newId() }, codec)
  for (const frame of frames) client.socket.send(frame)
  if (client.isOpen) client.send({ op: 'heartbeat', ref: 4_000_000 })
  const answered = client.take('the answer', (frame) => frame.op === 'heartbeat' && frame.ref === 4_000_000)
  await answered.catch(() => client.closeCode())
  await client.leave()
}

/** The first frame of a connection, which is told what is wrong with it or closed. */
async function openWith(frame: string | Buffer): Promise<void> {
  const client = await RawClient.connect(url)
  client.socket.send(frame)
  await client.next('error').catch(() => client.closeCode())
  await client.leave()
}

const MALLORY = tokenOf('mallory')
const identify = (token: unknown, more = {}): string =>
  JSON.stringify({ op: 'identify', token, device: 'd', ...more })
const nested = (depth: number): string => `${'{"op":"send","body":'.repeat(depth)}1${'}'.repeat(depth)}`
const integerKeys = (count: number): string =>
  `{${range(1, count)
    .map((i) => `"${i * 7_919}":0`)
    .join(',')},"op":"x"}`

const ATTACKS: Attacks = {
  'maps nested 10,000 deep': () => throwAt([nested(10_000)]),
  'lists nested 100,000 deep': () => throwAt(['['.repeat(100_000)]),
  'MessagePack nested 5,000 deep': () =>
    throwAt([Buffer.concat([Buffer.alloc(5_000, 0x91), Buffer.from([1])])], 'msgpack'),
  '30,000 integer-like keys': () => throwAt([integerKeys(30_000)]),
  '30,000 integer-like keys in MessagePack': () =>
    throwAt([pack(Object.fromEntries(range(1, 30_000).map((i) => [String(i), 0])))], 'msgpack'),
  '__proto__ and constructor as keys': () =>
    throwAt(['{"op":"heartbeat","__proto__":{"op":"identify","admin":true},"constructor":{"prototype":1}}']),
  '__proto__ as op, conversation and id': () =>
    throwAt(
      ['__proto__', 'constructor', 'toString'].map((op) => JSON.stringify({ op, to: op, id: op, body: op })),
    ),
  'a cursor for __proto__': () =>
    openWith(
      `{"op":"identify","token":"${MALLORY}","device":"d","cursors":{"conversations":{"__proto__":1}}}`,
    ),
  'NaN, Infinity and numbers out of range': () =>
    throwAt([
      '{"op":"ack","conversation":"1","seq":1e999}',
      '{"op":"sync","after":-1e308}',
      '{"op":"sync","after":NaN}',
    ]),
  'NaN in MessagePack': () => throwAt([pack({ op: 'sync', after: Number.NaN })], 'msgpack'),
  'a MessagePack length that lies': () =>
    throwAt([Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1])], 'msgpack'),
  'a MessagePack string of 4 GiB in 10 bytes': () =>
    throwAt([Buffer.from([0x81, 0xa2, 0x6f, 0x70, 0xdb, 0xff, 0xff, 0xff, 0xff, 0x61])], 'msgpack'),
  'MessagePack extensions': () =>
    throwAt([Buffer.from([0x81, 0xa2, 0x6f, 0x70, 0xc7, 0x04, 0x01, 1, 2, 3, 4])], 'msgpack'),
  'MessagePack records of msgpackr': () =>
    throwAt([Buffer.from([0xd4, 0x72, 0x40, 0x91, 0xa2, 0x6f, 0x70, 0xa1, 0x78])], 'msgpack'),
  'lone surrogates': () =>
    throwAt([JSON.stringify({ op: 'send', to: foreign, id: 'x', body: '\ud800' }), '{"op":"\\ud800"}']),
  'a NUL in every text': () => throwAt([JSON.stringify({ op: 'typing\u0000', conversation: '1\u0000' })]),
  'a frame of 512 KiB': () =>
    throwAt([JSON.stringify({ op: 'send', to: '1', id: 'x', body: 'x'.repeat(520_000) })]),
  'a first frame larger than 4 KiB': () => openWith(identify('x'.repeat(5_000))),
  'a forged token': () =>
    openWith(identify(signed({ sub: 'root', exp: inSeconds(60) }, { secret: 'x'.repeat(40) }))),
  'an unsigned token': () => openWith(identify(unsigned({ sub: 'root', exp: inSeconds(60) }))),
  'an expired token': () => openWith(identify(signed({ sub: 'root', exp: inSeconds(-60) }))),
  'an endless token': () => openWith(identify(signed({ sub: 'root' }))),
  'a token of another type': () => openWith(identify({ toString: 1 })),
  'a token with a header of garbage': () => openWith(identify(`${'A'.repeat(1_000)}.${'B'.repeat(1_000)}.C`)),
  'a user id with the separator of tenants': () =>
    openWith(identify(signed({ sub: 'red\u001falice', exp: inSeconds(60) }))),
  'every request on a foreign conversation': () =>
    throwAt([
      JSON.stringify({ op: 'send', to: foreign, id: newId(), body: 'intruding' }),
      JSON.stringify({ op: 'history', conversation: foreign, after: 0, limit: 200, ref: 1 }),
      JSON.stringify({ op: 'ack', conversation: foreign, seq: 1 }),
      JSON.stringify({ op: 'read', conversation: foreign, seq: 1 }),
      JSON.stringify({ op: 'typing', conversation: foreign }),
    ]),
  'conversations that do not exist': () =>
    throwAt(range(1, 20).map((i) => JSON.stringify({ op: 'send', to: String(i), id: newId(), body: 'x' }))),
  'one id with many bodies': async () => {
    const client = await RawClient.identified(url, { token: bystanders.a.token, device: newId() })
    const answers = await Promise.all(
      range(1, 5).map((i) => client.request({ op: 'send', to: foreign, id: 'reused', body: `body ${i}` })),
    )
    assert.ok(answers.filter(({ op }) => op === 'sent').length <= 1)
    await client.drop()
  },
  'a resume of somebody else’s session': async () => {
    const client = await RawClient.connect(url)
    assert.equal(
      await client.refused({ op: 'resume', cursors: {}, ...victim, token: MALLORY }),
      'SESSION_GONE',
    )
    await client.drop()
  },
  'a resume with guessed tickets': async () => {
    const client = await RawClient.connect(url)
    for (const resume of ['', 'x', victim.resume.slice(1), `${victim.resume}x`, '__proto__']) {
      const code = await client
        .refused({ op: 'resume', cursors: {}, ...victim, resume })
        .catch(() => 'closed')
      assert.ok(['SESSION_GONE', 'BAD_FRAME', 'closed'].includes(code), code)
    }
    await client.drop()
  },
  'five resumes at once with one ticket': async () => {
    const { client, ready } = await person(url, 'racer').ready()
    const sockets = await Promise.all(range(1, 5).map(() => RawClient.connect(url)))
    await client.drop()
    const frame = { op: 'resume', session: ready.session, resume: ready.resume, cursors: {} }
    const answers = await Promise.all(
      sockets.map((socket) => socket.request({ ...frame, token: tokenOf(ready.user.id) })),
    )
    assert.equal(answers.filter(({ op }) => op === 'resumed').length, 1)
    await Promise.all(sockets.map((socket) => socket.leave()))
  },
  'ten sockets of one device at once': async () => {
    const who = { token: MALLORY, device: 'one' }
    const sockets = await Promise.all(range(1, 10).map(() => RawClient.connect(url)))
    await Promise.allSettled(sockets.map((socket) => socket.identify(who)))
    await Promise.all(sockets.map((socket) => socket.drop()))
  },
  'a socket that ends in the middle of identify': async () => {
    const client = await RawClient.connect(url)
    client.send({ op: 'identify', token: MALLORY, device: 'd' })
    await client.drop()
  },
  'cursors of a million': () =>
    openWith(identify(MALLORY, { cursors: { inbox: 1_000_000, conversations: { [foreign]: 1_000_000 } } })),
}

survives('frames', ATTACKS, ROUNDS, () => ({ server, bystanders }))
