import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { codecOf } from '../protocol/index.ts'
import type { NewMessage, StoredMessage } from '../storage/index.ts'
import type { GatewayMsg, RelayRequest } from './messages.ts'
import { World } from './test-world.ts'

const TOPIC = '500'
const CHANNEL = '501'

const text = (seq: number): NewMessage => ({
  messageId: String(9_000 + seq),
  id: `m${seq}`,
  author: 'tenant\u001falice',
  device: 'phone',
  at: 1,
  kind: 'text',
  body: `body ${seq}`,
})

async function withMessages(count: number) {
  const world = await World.start()
  const messages = Array.from({ length: count }, (_, index) => text(index + 1))
  if (count > 0) await world.store.append(CHANNEL, messages, [])
  return world
}

const publish = (seq: number, from = 0): RelayRequest => {
  const message: StoredMessage = { ...text(seq), conversation: CHANNEL, seq }
  return { type: 'publish', key: TOPIC, message, from }
}

async function tell(world: World, ...requests: RelayRequest[]): Promise<void> {
  for (const request of requests) world.simulation.send(world.relay(TOPIC), request)
  await world.simulation.advance(10)
}

async function join(world: World, connection: number, seq: number): Promise<void> {
  await world.simulation.call<RelayRequest, 'join'>(world.relay(TOPIC), {
    type: 'join',
    key: TOPIC,
    connection,
    codec: 'guildhall.v1.json',
    reached: [{ conversation: CHANNEL, seq }],
  })
  await world.simulation.advance(10)
}

const kinds = (messages: readonly GatewayMsg[]) =>
  messages.filter(({ type }) => type !== 'topicHeads' && type !== 'baseline').map(({ type }) => type)

describe('a relay', () => {
  it('publishes a message in both codecs, with the user and without the tenant, past the sender', async () => {
    const world = await withMessages(0)
    await tell(world, publish(1, 9))
    const published = world.gateway.find((msg) => msg.type === 'publish')
    assert.ok(
      published?.type === 'publish' && published.json !== undefined && published.msgpack !== undefined,
    )
    assert.equal(published.except, 9)
    assert.ok(published.json.startsWith(`{"op":"message","conversation":"${CHANNEL}","seq":1,`))
    assert.equal(JSON.parse(published.json).author, 'alice')
    const decoded = codecOf('guildhall.v1.msgpack').decode(published.msgpack)
    assert.deepEqual(decoded, JSON.parse(published.json))
    assert.deepEqual(Object.keys(decoded as object).slice(0, 3), ['op', 'conversation', 'seq'])
  })

  it('fills a gap from the log and drops what it has published', async () => {
    const world = await withMessages(5)
    await tell(world, publish(1), publish(4), publish(2), publish(5), publish(5))
    assert.deepEqual(world.published(CHANNEL), [1, 2, 3, 4, 5])
  })

  it('finds a lost last message by the head', async () => {
    const world = await withMessages(3)
    await tell(world, publish(1), { type: 'head', key: TOPIC, conversation: CHANNEL, seq: 3 })
    assert.deepEqual(world.published(CHANNEL), [1, 2, 3])
  })

  it('goes on where the gateway says that a predecessor ended', async () => {
    const world = await withMessages(4)
    world.setHead(TOPIC, CHANNEL, 2)
    await tell(world, publish(4))
    assert.deepEqual(world.published(CHANNEL), [3, 4])
  })

  it('publishes when asked to check what the log has and the sockets have not', async () => {
    const world = await withMessages(0)
    await join(world, 7, 0)
    await world.store.append(TOPIC, [text(1), text(2)], [])
    await tell(world, { type: 'check', key: TOPIC })
    assert.deepEqual(world.published(TOPIC), [1, 2])
  })

  it('is there again after a crash, and publishes what its predecessor did not live to', async () => {
    const world = await withMessages(0)
    await join(world, 7, 0)
    await world.simulation.advance(2_000)
    await world.store.append(TOPIC, [text(1)], [])
    world.crash('relay')
    await world.simulation.advance(10)
    assert.deepEqual(world.published(TOPIC), [1])
  })

  it('writes what a socket misses before it subscribes it', async () => {
    const world = await withMessages(3)
    await tell(world, publish(1), publish(2), publish(3))
    world.gateway.length = 0
    await join(world, 7, 1)
    assert.deepEqual(kinds(world.gateway), ['write', 'write', 'subscribe'])
    const pushed = world.gateway.map((msg) => (msg.type === 'write' ? msg.push?.seq : undefined))
    assert.deepEqual(pushed, [2, 3, undefined])
    assert.ok(world.gateway.every((msg) => 'topic' in msg && msg.topic === TOPIC))
  })

  it('tells lagged where it has not kept the frames', async () => {
    const world = await withMessages(3)
    world.setHead(TOPIC, CHANNEL, 3)
    await join(world, 7, 1)
    const [write] = world.gateway.filter((msg) => msg.type === 'write')
    assert.ok(write?.type === 'write' && typeof write.data === 'string')
    assert.deepEqual(JSON.parse(write.data), { op: 'lagged', conversation: CHANNEL, from: 2, to: 3 })
  })

  it('publishes as much as a socket has before it subscribes it', async () => {
    const world = await withMessages(3)
    await tell(world, publish(1))
    await join(world, 7, 3)
    assert.deepEqual(kinds(world.gateway), ['publish', 'publish', 'publish', 'subscribe'])
  })

  it('passes events on and unsubscribes who leaves', async () => {
    const world = await withMessages(0)
    const frame = { op: 'typing', conversation: CHANNEL, user: 'bob' } as const
    await tell(world, { type: 'event', key: TOPIC, frame, except: 3 })
    await tell(world, { type: 'leave', key: TOPIC, connection: 3, codec: 'guildhall.v1.json' })
    assert.deepEqual(kinds(world.gateway), ['publish', 'unsubscribe'])
  })

  it('tells a gap that is too long as lagged', async () => {
    const world = await withMessages(0)
    await tell(world, publish(1), publish(2_000))
    assert.deepEqual(world.published(CHANNEL), [1])
    const lagged = world.gateway.at(-1)
    assert.ok(lagged?.type === 'publish' && lagged.json !== undefined)
    assert.deepEqual(JSON.parse(lagged.json), { op: 'lagged', conversation: CHANNEL, from: 2, to: 2_000 })
  })
})
