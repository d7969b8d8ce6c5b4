/** The small pure parts of the gateway: rate, admission, capacity, frame prefixes, topics, settings. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { codecOf, type ServerFrame } from '../protocol/index.ts'
import { Admission } from './admission.ts'
import { Capacity, descriptorLimit } from './capacity.ts'
import { readPrefix } from './frame-prefix.ts'
import { rateLimit, refilled, spent } from './rate.ts'
import { checkSettings } from './settings.ts'
import { Topics } from './topics.ts'

describe('the rate of a socket', () => {
  it('allows a burst of 240 and then 120 per 10 s', () => {
    const limit = rateLimit(120, 10_000, 240)
    let tokens = limit.full
    for (let i = 0; i < 240; i++) tokens = spent(tokens)
    assert.equal(tokens, 0)
    assert.ok(spent(tokens) < 0)
    assert.equal(refilled(limit, tokens, 100), 120_000)
    assert.equal(refilled(limit, tokens, 1_000_000), limit.full)
  })
})

describe('admission', () => {
  it('runs so many at once, the rest in order, and refuses beyond its queue', async () => {
    const admission = new Admission(2, 2)
    const ends: (() => void)[] = []
    const order: number[] = []
    const job = (name: number) => () =>
      new Promise<void>((resolve) => {
        order.push(name)
        ends.push(resolve)
      })
    const entered = [1, 2, 3, 4, 5].map((name) => admission.enter(job(name)))
    assert.deepEqual(entered, [true, true, true, true, false])
    assert.ok(admission.full)
    assert.deepEqual(order, [1, 2])
    for (let i = 0; i < 4; i++) {
      ends[i]?.()
      await new Promise(setImmediate)
    }
    assert.deepEqual(order, [1, 2, 3, 4])
    assert.deepEqual([admission.running, admission.waiting], [0, 0])
  })
})

describe('capacity', () => {
  it('comes from the limit of descriptors, or from a lower setting', () => {
    const make = (connectionsMax?: number): Capacity =>
      new Capacity({ descriptors: 1_000, reserve: 100, connectionsMax }, { pause() {}, nearlyFull() {} })
    assert.equal(make().socketsMax, 900)
    assert.equal(make(5).socketsMax, 5)
    assert.equal(make(5_000).socketsMax, 900)
  })

  it('stops listening before descriptors run out and listens again when there is room', () => {
    const pauses: boolean[] = []
    const capacity = new Capacity(
      { descriptors: 120, reserve: 40, connectionsMax: undefined },
      { pause: (paused) => pauses.push(paused), nearlyFull() {} },
    )
    for (let i = 0; i < 80; i++) {
      capacity.request(1)
      capacity.socketOpened()
    }
    assert.ok(capacity.isFull)
    assert.deepEqual(pauses, [])
    for (let i = 0; i < 20; i++) capacity.request(1)
    assert.deepEqual(pauses, [true])
    for (let i = 0; i < 7; i++) capacity.request(-1)
    assert.deepEqual(pauses, [true])
    capacity.request(-1)
    assert.deepEqual(pauses, [true, false])
  })

  it('tells once that it is nearly full, and again after there was room', () => {
    const told: number[] = []
    const capacity: Capacity = new Capacity(
      { descriptors: 1_000, reserve: 10, connectionsMax: 100 },
      { pause() {}, nearlyFull: () => told.push(capacity.sockets) },
    )
    const open = (count: number): void => {
      for (let i = 0; i < count; i++) {
        capacity.request(1)
        capacity.socketOpened()
      }
    }
    const close = (count: number): void => {
      for (let i = 0; i < count; i++) capacity.socketClosed()
    }
    open(89)
    assert.deepEqual(told, [])
    open(11)
    assert.deepEqual(told, [90])
    close(15)
    open(15)
    assert.deepEqual(told, [90])
    close(21)
    open(21)
    assert.deepEqual(told, [90, 90])
  })

  it('reads the soft limit of the process', () => {
    assert.equal(
      descriptorLimit('Max open files            20000                524288               files\n'),
      20_000,
    )
    assert.equal(descriptorLimit(''), Number.POSITIVE_INFINITY)
    assert.ok(descriptorLimit() > 0)
  })
})

describe('the prefix of a frame', () => {
  const message = {
    op: 'message',
    conversation: '9223372036854775807',
    messageId: '1',
    id: 'x',
    author: 'a',
    device: 'd',
    at: 1,
    body: '"seq":7',
    kind: 'text',
  }
  for (const subprotocol of ['guildhall.v1.json', 'guildhall.v1.msgpack'] as const) {
    it(`is read from ${subprotocol} without decoding it`, () => {
      for (const seq of [1, 127, 128, 70_000, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
        const { op, conversation, ...rest } = message
        const data = codecOf(subprotocol).encode({ op, conversation, seq, ...rest } as ServerFrame)
        const bytes = typeof data === 'string' ? Buffer.from(data) : data
        const prefix = readPrefix(bytes, subprotocol.endsWith('msgpack'))
        assert.deepEqual(prefix, { conversation, seq })
      }
    })

    it(`is undefined for other frames of ${subprotocol}`, () => {
      const data = codecOf(subprotocol).encode({ op: 'typing', conversation: '1', user: 'a' })
      const bytes = typeof data === 'string' ? Buffer.from(data) : data
      const binary = subprotocol.endsWith('msgpack')
      assert.equal(readPrefix(bytes, binary), undefined)
      for (let length = 0; length < bytes.length; length++) readPrefix(bytes.subarray(0, length), binary)
    })
  }
})

describe('topics', () => {
  const always = () => true
  /** Turns of the event loop that the test ends. */
  function topicsAndTurns() {
    const ends: (() => void)[] = []
    const topics = new Topics((run) => ends.push(run))
    const endTurn = (): void => {
      for (const run of ends.splice(0)) run()
    }
    return { topics, endTurn }
  }

  it('know the heads of their conversations, and what was handed over since a message', () => {
    const { topics } = topicsAndTurns()
    const publishes: readonly (readonly [string, string, number])[] = [
      ['t', '1', 4],
      ['u', '2', 9],
      ['t', '', 0],
      ['t', '1', 5],
    ]
    for (const publish of publishes) topics.published(...publish)
    for (const publish of publishes) topics.handedOver(...publish)
    assert.deepEqual(topics.heads('t'), [{ conversation: '1', seq: 5 }])
    assert.deepEqual(topics.heads('v'), [])
    assert.deepEqual(
      topics.since('2', 9, always).map(({ seq }) => seq),
      [9, 5],
    )
    assert.equal(topics.since(undefined, 0, always).length, 3)
  })

  it('take nothing for skipped that was not yet handed over', () => {
    const { topics } = topicsAndTurns()
    topics.published('t', '1', 4)
    topics.published('t', '1', 5)
    topics.handedOver('t', '1', 4)
    assert.deepEqual(
      topics.since('1', 4, always).map(({ seq }) => seq),
      [4],
    )
    assert.deepEqual(topics.heads('t'), [{ conversation: '1', seq: 5 }])
  })

  it('count a message once for a socket, however many slices and codecs it went to', () => {
    const { topics } = topicsAndTurns()
    for (const name of ['t/json', 't/msgpack', 't/json/1'])
      for (const seq of [4, 5]) topics.handedOver(name, '1', seq)
    for (const name of ['t/json', 't/msgpack', 't/json/1']) {
      const missed = topics.since('1', 4, (one) => one === name)
      assert.deepEqual(
        missed.map(({ seq }) => seq),
        [4, 5],
      )
    }
  })

  it('remember all of a turn and of the one before, however much it was', () => {
    const { topics, endTurn } = topicsAndTurns()
    topics.handedOver('t', '1', 8)
    for (let seq = 1; seq <= 1_000; seq++) topics.handedOver('u', '2', seq)
    const missed = () => topics.since('1', 8, (name) => name === 't').map(({ seq }) => seq)
    assert.deepEqual(missed(), [8])
    endTurn()
    topics.handedOver('u', '2', 1_001)
    assert.deepEqual(missed(), [8])
    endTurn()
    assert.deepEqual(missed(), [])
  })

  it('look back no further than a turn for a frame that is no message', () => {
    const { topics, endTurn } = topicsAndTurns()
    topics.handedOver('t', '1', 1)
    endTurn()
    topics.handedOver('t', '1', 2)
    endTurn()
    topics.handedOver('t', '1', 3)
    assert.deepEqual(
      topics.since(undefined, 0, always).map(({ seq }) => seq),
      [2, 3],
    )
  })
})

describe('settings', () => {
  it('are refused by name and value', () => {
    const auth = { key: { secret: 's' } }
    assert.throws(
      () => checkSettings({ auth, threads: 0 }),
      /threads must be a whole number of at least 1, is 0/,
    )
    assert.throws(() => checkSettings({ auth, port: 70_000 }), /port must be at most 65535, is 70000/)
    assert.throws(() => checkSettings({ auth, silentMs: 5 }), /silentMs must be more than heartbeatMs/)
    assert.equal(checkSettings({ auth, host: undefined }).host, '127.0.0.1')
  })
})
