/** Sockets against fake sessions: identification, limits, slow readers, crashes. */

import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { ServerFrame } from '../protocol/index.ts'
import { FAKE_ACTORS } from './fake-actors.ts'
import type { ServerSettings } from './settings.ts'
import { TestServer, tokenFor } from './test-server.ts'

async function start(t: TestContext, settings: Partial<ServerSettings> = {}): Promise<TestServer> {
  const server = await TestServer.start(settings, FAKE_ACTORS)
  t.after(() => server.stop())
  return server
}

describe('before a client has identified', () => {
  it('says hello, and closes with 4003 who stays silent', async (t) => {
    const server = await start(t, { identifyMs: 100 })
    const client = await server.open()
    assert.equal((await client.next('hello')).limits.eventsPerMinute, 720)
    assert.equal((await client.next('error')).code, 'NOT_IDENTIFIED')
    assert.equal((await client.closed).code, 4003)
  })

  it('refuses other frames, too large ones, bad tokens and what is no frame', async (t) => {
    const server = await start(t)
    const refusal = async (send: (client: Awaited<ReturnType<TestServer['open']>>) => void) => {
      const client = await server.open()
      send(client)
      const { code } = await client.next('error')
      return [code, (await client.closed).code]
    }
    const text = (value: string) => Buffer.from(value)
    assert.deepEqual(await refusal((c) => c.send({ op: 'heartbeat' })), ['NOT_IDENTIFIED', 4003])
    assert.deepEqual(await refusal((c) => c.raw(1, text(`{"op":"identify","x":"${'x'.repeat(4_096)}"}`))), [
      'TOO_LARGE',
      4002,
    ])
    assert.deepEqual(await refusal((c) => c.raw(1, text('{'))), ['BAD_FRAME', 4002])
    assert.deepEqual(await refusal((c) => c.raw(2, text('{}'))), ['BAD_FRAME', 4002])
    const bad = { op: 'identify', token: 'x.y.z', device: 'd' }
    assert.deepEqual(await refusal((c) => c.send(bad)), ['AUTH_FAILED', 4004])
  })

  it('names the fault of a bad identify and lets the client try again', async (t) => {
    const server = await start(t)
    const client = await server.open()
    client.send({ op: 'identify', ref: 3, token: 'x' })
    const { code, ref } = await client.next('error')
    assert.deepEqual([code, ref], ['BAD_FRAME', 3])
    client.send({ op: 'identify', token: await tokenFor('alice'), device: 'd' })
    await client.next('ready')
  })

  it('keeps frames that come while the session starts, in order', async (t) => {
    const server = await start(t)
    const client = await server.open()
    client.send({ op: 'identify', token: await tokenFor('alice'), device: 'd' })
    for (let ref = 1; ref <= 20; ref++) client.send({ op: 'heartbeat', ref })
    for (let ref = 1; ref <= 20; ref++) assert.equal((await client.next('heartbeat')).ref, ref)
  })
})

describe('a session', () => {
  it('belongs to one socket: the same device elsewhere closes the older with 4013', async (t) => {
    const server = await start(t)
    const first = await server.join('alice', 'phone')
    const laptop = await server.join('alice', 'laptop')
    await server.join('alice', 'phone')
    assert.equal((await first.client.closed).code, 4013)
    assert.equal(server.server.stats().sessions, 2)
    laptop.client.leave()
    await laptop.client.closed
  })

  it('is resumed by one of two sockets that show the same ticket at once', async (t) => {
    const server = await start(t)
    const { client, ready } = await server.join('alice')
    const { session, resume } = ready
    const claim = { op: 'resume', token: await tokenFor('alice'), session, resume, cursors: {} }
    const rivals = await Promise.all([server.open(), server.open()])
    for (const rival of rivals) rival.send(claim)
    const outcomes = await Promise.all(
      rivals.map((rival) => rival.find(({ op }) => op === 'resumed' || op === 'error')),
    )
    assert.deepEqual(outcomes.map(({ op }) => op).sort(), ['error', 'resumed'])
    assert.equal((await client.closed).code, 4013)
  })

  it('ends with its socket at 1000, waits for its client after any other end', async (t) => {
    const server = await start(t)
    const { client } = await server.join('alice')
    client.leave(1_000)
    await client.closed
    assert.equal(server.server.stats().sessions, 0)
    const { client: lost } = await server.join('bob')
    lost.leave(4_000)
    await lost.closed
    assert.deepEqual([server.server.stats().sessions, server.server.stats().detached], [1, 1])
  })

  it('is replaced when it crashes, and its socket closed with 4000 at the third time', async (t) => {
    const server = await start(t)
    const other = await server.join('bob')
    const { client } = await server.join('alice')
    for (let crash = 1; crash <= 2; crash++) {
      client.send({ op: 'crash' })
      await client.next('resync')
    }
    client.send({ op: 'crash' })
    assert.equal((await client.closed).code, 4000)
    other.client.send({ op: 'heartbeat', ref: 1 })
    await other.client.next('heartbeat')
  })

  it('of a user with too many connections is refused', async (t) => {
    const server = await start(t, { connectionsPerUserMax: 2 })
    await server.join('alice', 'd1')
    await server.join('alice', 'd2')
    const third = await server.open()
    third.send({ op: 'identify', token: await tokenFor('alice'), device: 'd3' })
    assert.equal((await third.next('error')).code, 'RATE_LIMITED')
    assert.equal((await third.closed).code, 4008)
  })
})

describe('limits', () => {
  it('close a client that sends too many frames with 4008, and say when to come back', async (t) => {
    const server = await start(t, { framesBurst: 10 })
    const { client } = await server.join('alice')
    for (let ref = 0; ref < 12; ref++) client.send({ op: 'heartbeat', ref })
    const refused = await client.next('error')
    assert.deepEqual([refused.code, refused.retryAfterMs], ['RATE_LIMITED', 10_000])
    assert.equal((await client.closed).code, 4008)
  })

  it('refuse a frame of more than 512 KiB with TOO_LARGE and 4002', async (t) => {
    const server = await start(t)
    const { client } = await server.join('alice')
    client.raw(1, Buffer.alloc(512 * 1_024 + 1, 0x20))
    assert.equal((await client.next('error')).code, 'TOO_LARGE')
    assert.equal((await client.closed).code, 4002)
  })

  it('close a silent socket with 4009 and leave one that answers pings', async (t) => {
    const server = await start(t, { heartbeatMs: 300, silentMs: 750 })
    const dead = await server.open({ pong: false })
    dead.send({ op: 'identify', token: await tokenFor('dead'), device: 'd' })
    const { client: alive } = await server.join('alive')
    assert.equal((await dead.closed).code, 4009)
    assert.ok(dead.pings > 0)
    alive.send({ op: 'heartbeat', ref: 1 })
    await alive.next('heartbeat')
  })

  it('refuse sockets at the cap with 503 and take them again when there is room', async (t) => {
    const server = await start(t, { connectionsMax: 1 })
    const { client } = await server.join('alice')
    await assert.rejects(server.open(), /^Error: HTTP\/1.1 503[\s\S]*Retry-After/)
    client.leave()
    await client.closed
    await server.join('bob')
  })
})

describe('what was published in a topic before', () => {
  it('is written to a socket that joins, and not again to one that is in the topic already', async (t) => {
    const server = await start(t)
    const { client } = await server.join('alice')
    client.send({ op: 'missed', count: 2, bytes: 10 })
    client.send({ op: 'subscribe' })
    client.send({ op: 'missed', count: 2, bytes: 10 })
    client.send({ op: 'barrier', ref: 1 })
    await client.next('heartbeat')
    const seqs = client.frames.flatMap((frame) => (frame.op === 'message' ? [frame.seq] : []))
    assert.deepEqual(seqs, [1, 2])
  })
})

describe('a slow reader', () => {
  const settings = { bufferSoftBytes: 65_536, bufferHardBytes: 1_048_576 }
  const FLOOD = { count: 600, bytes: 32_768 }
  const SMALL = 399

  it('is skipped by pushes, told what it missed when it reads again, and keeps its socket', async (t) => {
    const server = await start(t, settings)
    const { client } = await server.join('alice')
    client.socket.pause()
    client.send({ op: 'pushes', ...FLOOD })
    await untilSkipped(server)
    client.socket.resume()
    await client.find(() => isComplete(client.frames, FLOOD.count), 'every push or word of it')
  })

  it('is skipped by publishes, which others get', async (t) => {
    const server = await start(t, settings)
    const slow = await server.join('slow')
    const quick = await server.join('quick')
    const sender = await server.join('sender')
    for (const { client } of [slow, quick, sender]) {
      client.send({ op: 'subscribe' })
      client.send({ op: 'barrier', ref: 1 })
      await client.next('heartbeat')
    }
    slow.client.socket.pause()
    for (let sent = 0; sent < FLOOD.count; sent += 10) {
      sender.client.send({ op: 'publish', count: 10, bytes: FLOOD.bytes })
      await quick.client.find((frame) => frame.op === 'message' && frame.seq === sent + 10)
    }
    await untilSkipped(server)
    // Small ones share a batch, of which uWebSockets.js reports the first only.
    const count = FLOOD.count + SMALL
    sender.client.send({ op: 'publish', count: SMALL, bytes: 1_000 })
    await quick.client.find((frame) => frame.op === 'message' && frame.seq === count)
    slow.client.socket.resume()
    await slow.client.find(() => isComplete(slow.client.frames, count), 'every publish or word of it')
    assert.equal(sender.client.frames.filter(({ op }) => op === 'message').length, 0)
  })

  it('gets all answers while they are few, behind a barrier', async (t) => {
    const server = await start(t, { bufferSoftBytes: 65_536, bufferHardBytes: 64 * 1_048_576 })
    const { client } = await server.join('alice')
    client.socket.pause()
    client.send({ op: 'answers', ...FLOOD })
    client.send({ op: 'barrier', ref: 5 })
    await until(() => server.server.stats().congested > 0)
    client.socket.resume()
    await client.next('heartbeat')
    const seqs = client.frames.flatMap((frame) => (frame.op === 'message' ? [frame.seq] : []))
    assert.deepEqual(
      seqs,
      Array.from({ length: FLOOD.count }, (_, i) => i + 1),
    )
  })

  it('is closed with 4010 when answers pile up', async (t) => {
    const server = await start(t, settings)
    const { client } = await server.join('alice')
    client.socket.pause()
    client.send({ op: 'answers', ...FLOOD })
    await until(() => server.server.stats().congested === 0 && server.server.stats().detached === 1)
    client.socket.resume()
    assert.equal((await client.closed).code, 4010)
  })

  it('is closed with 4010 when it makes no progress', async (t) => {
    const server = await start(t, { ...settings, congestedMs: 200 })
    const { client } = await server.join('alice')
    client.socket.pause()
    client.send({ op: 'pushes', ...FLOOD })
    await until(() => server.server.stats().detached === 1)
    client.socket.resume()
    assert.equal((await client.closed).code, 4010)
  })
})

/** Something was skipped, and what came and what was named as missing are everything. */
function isComplete(frames: readonly ServerFrame[], count: number): boolean {
  const known = new Set<number>()
  for (const frame of frames) {
    if (frame.op === 'message') known.add(frame.seq)
    if (frame.op === 'lagged') for (let seq = frame.from; seq <= frame.to; seq++) known.add(seq)
  }
  return known.size === count && frames.some(({ op }) => op === 'lagged')
}

const untilSkipped = (server: TestServer): Promise<void> => until(() => server.server.stats().skipped > 0)

/** There is no event for a counter of the server's. */
async function until(test: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!test()) {
    if (Date.now() > deadline) throw new Error('it did not happen')
    await new Promise(setImmediate)
  }
}
