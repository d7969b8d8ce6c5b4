/** What /metrics makes of sockets that read too slowly, against fake sessions. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { ServerFrame } from '../../protocol/index.ts'
import { FAKE_ACTORS } from '../fake-actors.ts'
import { TestServer } from '../test-server.ts'

const FLOOD = { count: 600, bytes: 32_768 }

describe('deliveries to a slow reader', () => {
  let server: TestServer
  before(async () => {
    const settings = { bufferSoftBytes: 65_536, bufferHardBytes: 1_048_576 }
    server = await TestServer.start(settings, FAKE_ACTORS)
  })
  after(() => server.stop())

  it('of its session: those that were taken are those that arrive, the others were tried', async () => {
    const { client } = await server.join('alice')
    client.socket.pause()
    client.send({ op: 'pushes', ...FLOOD })
    await until(() => server.server.stats().skipped > 0)
    client.socket.resume()
    await client.find(() => isComplete(client.frames), 'every push or word of it')
    const value = await scraped(server)
    const arrived = client.frames.filter(({ op }) => op === 'message').length
    assert.equal(value('guildhall_message_delivery_attempts_total{path="direct"}'), FLOOD.count)
    assert.equal(value('message_delivery_success_total{path="direct"}'), arrived)
    assert.equal(value('guildhall_pushes_skipped_total'), FLOOD.count - arrived)
    assert.ok(value('guildhall_slow_consumers_total') > 0)
    assert.equal(value('guildhall_sockets_congested'), 0)
  })

  it('of a topic: one attempt for each subscriber but the sender, no success for the slow one', async () => {
    const [slow, quick, sender] = [
      await server.join('slow'),
      await server.join('quick'),
      await server.join('sender'),
    ]
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
    slow.client.socket.resume()
    await slow.client.find(() => isComplete(slow.client.frames), 'every publish or word of it')
    const value = await scraped(server)
    const attempts = value('guildhall_message_delivery_attempts_total{path="topic"}')
    const successes = value('message_delivery_success_total{path="topic"}')
    assert.equal(attempts, 2 * FLOOD.count)
    assert.equal(value('guildhall_publish_receivers_bucket{le="2"}'), FLOOD.count)
    assert.equal(value('guildhall_publish_receivers_bucket{le="1"}'), 0)
    // uWebSockets.js reports a batch by its first: what is taken for skipped may have arrived, never the reverse.
    const arrived = slow.client.frames.filter(({ op }) => op === 'message').length
    assert.ok(successes >= FLOOD.count && successes <= FLOOD.count + arrived, `${successes} successes`)
    assert.ok(successes < attempts)
  })

  it('scrapes that come together share one answer', async () => {
    const texts = await Promise.all(Array.from({ length: 20 }, () => text(server)))
    assert.ok(new Set(texts).size < 20)
  })
})

/** Something was named as missing, and with what came it is everything. */
function isComplete(frames: readonly ServerFrame[]): boolean {
  const known = new Set<number>()
  for (const frame of frames) {
    if (frame.op === 'message') known.add(frame.seq)
    if (frame.op === 'lagged') for (let seq = frame.from; seq <= frame.to; seq++) known.add(seq)
  }
  return known.size === FLOOD.count && frames.some(({ op }) => op === 'lagged')
}

async function text(server: TestServer): Promise<string> {
  return (await fetch(`${server.server.url}/metrics`)).text()
}

async function scraped(server: TestServer): Promise<(series: string) => number> {
  const lines = (await text(server)).split('\n')
  return (series) => Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length))
}

/** There is no event for a counter of the server's. */
async function until(test: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!test()) {
    if (Date.now() > deadline) throw new Error('it did not happen')
    await new Promise(setImmediate)
  }
}
