import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { StorageError } from '../storage/index.ts'
import type { SessionArg } from './messages.ts'
import { UNSENT_MAX, WAITING_FRAMES_MAX } from './session-state.ts'
import { SessionNode } from './session-test-node.ts'

function identify(
  cursors: Extract<SessionArg['start'], { kind: 'identify' | 'resume' }>['cursors'],
  ref?: number,
) {
  return { start: { kind: 'identify', ref, cursors, session: 's', resume: 'r' } } as const
}

describe('a session that identifies', () => {
  it('says ready with what the user has', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    await node.guild('20', '21', ['carol', 'alice'])
    await node.append('10')
    await node.append('21', { inboxes: [] })
    await node.store.advanceRead('21', 'alice', 1)
    await node.opened(1, { ...identify({ inbox: 1 }, 7), device: 'laptop' })
    assert.deepEqual(node.frames(1), [
      {
        op: 'ready',
        ref: 7,
        session: 's',
        resume: 'r',
        user: { id: 'alice' },
        device: 'laptop',
        inbox: 1,
        conversations: [{ id: '10', kind: 'dm', head: 1, delivered: 0, read: 0, members: ['alice', 'bob'] }],
        guilds: [
          {
            id: '20',
            name: 'g',
            owner: 'carol',
            channels: [{ id: '21', name: 'general', head: 1, read: 1 }],
          },
        ],
      },
    ])
  })

  it('replays the inbox after its cursor, with numbers', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    for (let i = 0; i < 5; i++) await node.append('10')
    await node.opened(1, identify({ inbox: 2 }))
    assert.deepEqual(
      node.framesOf(1, 'message').map(({ n, seq }) => [n, seq]),
      [
        [3, 3],
        [4, 4],
        [5, 5],
      ],
    )
  })

  it('replays a 1:1 without cursor from what the device has acknowledged, and a channel not at all', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    await node.guild('20', '21', ['alice'])
    for (let i = 0; i < 3; i++) await node.append('10')
    await node.append('21', { inboxes: [] })
    await node.store.advanceDelivered('10', 'alice', 'laptop', 2)
    await node.opened(1, { device: 'laptop' })
    assert.deepEqual(node.shown(1), ['10:3'])
  })

  it('replays 200 of a conversation, the oldest, and names the rest as lagged', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    await node.guild('20', '21', ['alice'])
    for (let i = 0; i < 230; i++) await node.append('10')
    for (let i = 0; i < 210; i++) await node.append('21', { inboxes: [] })
    await node.opened(1, identify({ inbox: 10, conversations: { 21: 5 } }))
    const seqs = (conversation: string) =>
      node
        .framesOf(1, 'message')
        .filter((each) => each.conversation === conversation)
        .map(({ seq }) => seq)
    assert.deepEqual(
      seqs('10'),
      Array.from({ length: 200 }, (_, i) => 11 + i),
    )
    assert.deepEqual(
      seqs('21'),
      Array.from({ length: 200 }, (_, i) => 6 + i),
    )
    assert.deepEqual(node.framesOf(1, 'lagged'), [
      { op: 'lagged', conversation: '10', from: 211, to: 230 },
      { op: 'lagged', conversation: '21', from: 206, to: 210 },
    ])
  })

  it('joins its topics at the heads it has read, after a barrier', async () => {
    const node = await SessionNode.start()
    await node.guild('20', '21', ['alice'])
    await node.append('21', { inboxes: [] })
    await node.opened(1)
    assert.equal(node.gateway.sent.at(-1)?.type, 'barrier')
    const [join] = node.relays.sent
    assert.ok(join?.type === 'join')
    assert.deepEqual([join.key, join.connection, join.reached], ['20', 1, [{ conversation: '21', seq: 1 }]])
  })

  it('refuses a cursor above the head: BAD_CURSOR and 4007', async () => {
    for (const cursors of [{ inbox: 2 }, { conversations: { 10: 2 } }, { conversations: { 21: 1 } }]) {
      const node = await SessionNode.start()
      await node.dm('10')
      await node.guild('20', '21', ['alice'])
      await node.append('10')
      await node.opened(1, identify(cursors, 3))
      const [error] = node.framesOf(1, 'error')
      assert.deepEqual([error?.ref, error?.code, node.frames(1).length], [3, 'BAD_CURSOR', 1])
      assert.deepEqual(node.closes(1), [4007])
    }
  })

  it('closes with 4000 when the store fails during the replay', async () => {
    for (const operation of ['inboxHead', 'readInbox'] as const) {
      const node = await SessionNode.start()
      await node.dm('10')
      await node.append('10')
      node.faults.set(operation, new StorageError('STORE_CLOSED', 'Cannot read: it is closed'))
      await node.opened(1, identify({ inbox: 0 }))
      assert.deepEqual(node.closes(1), [4000])
    }
  })

  it('answers what the client says meanwhile after the replay', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    for (let i = 0; i < 3; i++) await node.append('10')
    const ref = node.open(1, identify({ inbox: 0 }))
    node.say(ref, { op: 'heartbeat', ref: 1 })
    await node.settle()
    assert.deepEqual(
      node.frames(1).map(({ op }) => op),
      ['ready', 'message', 'message', 'message', 'heartbeat'],
    )
  })

  it('closes with 4008 when too much is said meanwhile', async () => {
    const node = await SessionNode.start()
    const ref = node.open(1)
    for (let i = 0; i <= WAITING_FRAMES_MAX; i++) node.say(ref, { op: 'heartbeat' })
    await node.settle()
    assert.deepEqual(node.closes(1), [4008])
  })

  it('tells events that come meanwhile after ready', async () => {
    const node = await SessionNode.start()
    const ref = node.open(1)
    const frame = { op: 'typing', conversation: '10', user: 'bob' } as const
    node.simulation.send(ref, { type: 'event', frame, except: 0 })
    await node.settle()
    assert.deepEqual(
      node.frames(1).map(({ op }) => op),
      ['ready', 'typing'],
    )
  })
})

describe('a session that resumes', () => {
  it("says resumed and replays, its own device's messages too", async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    await node.append('10', { author: 'alice', device: 'laptop' })
    const start = { kind: 'resume', ref: 4, cursors: { inbox: 0 }, session: 's2', resume: 'r2' } as const
    await node.opened(1, { device: 'laptop', start })
    assert.deepEqual(node.frames(1)[0], { op: 'resumed', ref: 4, session: 's2', resume: 'r2' })
    assert.deepEqual(node.shown(1), ['10:1'])
  })
})

describe('a session in place of another', () => {
  it('says resync, joins topics at the present heads, and goes on from the present inbox', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    await node.guild('20', '21', ['alice'])
    await node.append('10')
    await node.append('21', { inboxes: [] })
    await node.opened(1, { start: { kind: 'replace' } })
    assert.deepEqual(node.frames(1), [{ op: 'resync' }])
    const [join] = node.relays.sent
    assert.deepEqual(join?.type === 'join' && join.reached, [{ conversation: '21', seq: 1 }])
    const hint = await node.append('10')
    hint()
    await node.settle()
    assert.deepEqual(node.shown(1), ['10:2'])
  })
})

describe('a live session', () => {
  it('shows each message once and in order, whatever becomes of the hints and whenever they come', async () => {
    const fate = fc.constantFrom('deliver', 'deliver', 'lose', 'twice', 'late')
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.array(fc.tuple(fate, fc.nat(3)), { minLength: 1, maxLength: 30 }),
        fc.option(fc.nat(5)),
        async (seed, fates, inboxCursor) => {
          const node = await SessionNode.start(seed)
          await node.dm('10')
          await node.dm('11', 'alice', 'carol')
          for (let i = 0; i < 5; i++) await node.append('10')
          const ref = node.open(1, identify(inboxCursor === null ? {} : { inbox: inboxCursor }))
          const late: (() => void)[] = []
          for (const [fated, ms] of fates) {
            const hint = await node.append(ms % 2 === 0 ? '10' : '11')
            if (fated === 'late') late.push(hint)
            else if (fated !== 'lose') hint()
            if (fated === 'twice') hint()
            await node.settle(ms)
            if (ms === 3) late.shift()?.()
          }
          node.simulation.send(ref, { type: 'catchUp' })
          await node.settle(3_000)
          const after = inboxCursor ?? 0
          const expected = (await node.store.readInbox('alice', after, 200)).items
          assert.deepEqual(
            node.shown(1).toSorted(),
            expected.map(({ message }) => `${message.conversation}:${message.seq}`).toSorted(),
          )
          const numbers = node.framesOf(1, 'message').flatMap(({ n }) => n ?? [])
          assert.deepEqual(
            numbers,
            numbers.toSorted((a, b) => a - b),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('does not show what its own connection has sent, and shows what another device has', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    await node.opened(1, { device: 'laptop' })
    await node.opened(2, { device: 'tablet' })
    const hint = await node.append('10', { author: 'alice', device: 'laptop', connection: 1 })
    hint()
    const next = await node.append('10')
    next()
    await node.settle()
    assert.deepEqual([node.shown(1), node.shown(2)], [['10:2'], ['10:1', '10:2']])
  })

  it('does not show its own message either when it has to pull it', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    const ref = await node.opened(1, { device: 'laptop' })
    await node.append('10', { author: 'alice', device: 'laptop', connection: 1 })
    await node.append('10')
    node.simulation.send(ref, { type: 'catchUp' })
    await node.settle()
    assert.deepEqual(node.shown(1), ['10:2'])
  })

  it('pulls again when the store fails, until it does not', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    const ref = await node.opened(1)
    node.faults.set('readInbox', new StorageError('STORE_CLOSED', 'Cannot read: it is closed'))
    await node.append('10')
    node.simulation.send(ref, { type: 'catchUp' })
    await node.settle(5_000)
    assert.deepEqual(node.shown(1), [])
    node.faults.clear()
    await node.settle(5_000)
    assert.deepEqual(node.shown(1), ['10:1'])
  })

  it('forgets a hint that stays unfounded', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    const ref = await node.opened(1)
    const message = {
      conversation: '10',
      seq: 1,
      messageId: '1',
      id: 'x',
      author: 'bob',
      device: 'd',
    } as const
    const stored = { ...message, at: 0, kind: 'text', body: '' } as const
    node.simulation.send(ref, { type: 'deliver', n: 5, message: stored, from: 0 })
    await node.settle(5_000)
    const hint = await node.append('10')
    hint()
    await node.settle()
    assert.deepEqual(node.shown(1), ['10:1'])
  })

  it('writes the skipped ranges when its socket reads again', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    const lagged = { op: 'lagged', conversation: '10', from: 1, to: 2 } as const
    node.simulation.send(ref, { type: 'writable', lagged: [lagged] })
    await node.settle()
    assert.deepEqual(node.frames(1).at(-1), lagged)
  })

  it('joins a topic when it may, and leaves it when it may not any more', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    const channels = [{ id: '21', name: 'general', head: 3, read: 0 }]
    const added = { op: 'guild.added', guild: { id: '20', name: 'g', owner: 'bob', channels } } as const
    node.simulation.send(ref, { type: 'event', frame: added, except: 0, join: '20' })
    const removed = { op: 'guild.removed', guild: { id: '20' } } as const
    node.simulation.send(ref, { type: 'event', frame: removed, except: 0, leave: '20' })
    await node.settle()
    const [join, leave] = node.relays.sent
    assert.deepEqual(join?.type === 'join' && join.reached, [{ conversation: '21', seq: 3 }])
    assert.equal(leave?.type, 'leave')
    assert.deepEqual(
      node.frames(1).map(({ op }) => op),
      ['ready', 'guild.added', 'guild.removed'],
    )
  })

  it('tries again to join when its relay does not answer', async () => {
    const node = await SessionNode.start()
    await node.guild('20', '21', ['alice'])
    node.relays.answers = false
    const ref = await node.opened(1)
    node.say(ref, { op: 'heartbeat' })
    await node.settle(20_000)
    assert.ok(node.relays.sent.length >= 2)
    assert.equal(node.frames(1).at(-1)?.op, 'heartbeat')
    node.relays.answers = true
    await node.settle(10_000)
    const joins = node.relays.sent.length
    await node.settle(20_000)
    assert.equal(node.relays.sent.length, joins)
  })

  it('leaves its topics and is forgotten when its socket is gone', async () => {
    const node = await SessionNode.start()
    await node.guild('20', '21', ['alice'])
    const ref = await node.opened(1)
    node.simulation.send(ref, { type: 'closed' })
    await node.settle()
    assert.equal(node.simulation.isAlive(ref), false)
    assert.deepEqual(
      node.relays.sent.map(({ type }) => type),
      ['join', 'leave'],
    )
    assert.notEqual(await node.store.lastSeen('alice'), undefined)
  })
})

describe('a client frame', () => {
  it('that cannot be decoded closes with 4002', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    node.sayBytes(ref, new TextEncoder().encode('{'))
    await node.settle()
    assert.deepEqual(node.closes(1), [4002])
  })

  it('that is no frame is answered with an error, and the session goes on', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    node.say(ref, { op: 'sing', ref: 1 })
    node.say(ref, { op: 'send', ref: 2 })
    node.say(ref, { op: 'heartbeat', ref: 3 })
    await node.settle()
    const answers = node.frames(1).slice(1) as { ref?: number; code?: string }[]
    assert.deepEqual(
      answers.map(({ ref, code }) => [ref, code]),
      [
        [1, 'UNKNOWN_OP'],
        [2, 'BAD_FRAME'],
        [3, undefined],
      ],
    )
  })

  it('that identifies or resumes again gets ALREADY_IDENTIFIED and 4005, and nothing after it is heard', async () => {
    const resume = { op: 'resume', ref: 1, token: 't', session: 's', resume: 'r', cursors: {} }
    for (const frame of [{ op: 'identify', ref: 1, token: 't', device: 'd' }, resume]) {
      const node = await SessionNode.start()
      const ref = await node.opened(1)
      node.say(ref, frame)
      node.say(ref, { op: 'heartbeat' })
      await node.settle()
      assert.deepEqual(
        node.framesOf(1, 'error').map(({ ref: of, code }) => [of, code]),
        [[1, 'ALREADY_IDENTIFIED']],
      )
      assert.deepEqual([node.closes(1), node.frames(1).length], [[4005], 2])
    }
  })
})

describe('a send', () => {
  const send = { op: 'send', ref: 1, to: '10', id: 'm1', body: 'hello' }

  it('goes to the conversation and is answered with sent', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1, { device: 'laptop' })
    node.conversationAnswer = { ok: true, value: { seq: 4, messageId: '77', at: 9, duplicate: false } }
    node.say(ref, send)
    await node.settle()
    const [asked] = node.conversations.sent
    assert.ok(asked?.type === 'post')
    const { key, author, device, connection, post } = asked
    assert.deepEqual([key, author, device, connection], ['10', 'alice', 'laptop', 1])
    assert.deepEqual(post, { id: 'm1', body: 'hello', kind: 'text' })
    const sent = { op: 'sent', ref: 1, to: '10', id: 'm1', seq: 4, messageId: '77', at: 9, duplicate: false }
    assert.deepEqual(node.frames(1).at(-1), sent)
  })

  it('is answered with the failure that its conversation gives', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    const failure = { code: 'CONFLICT', message: 'Cannot send: taken' }
    node.conversationAnswer = { ok: false, failure }
    node.say(ref, send)
    await node.settle()
    assert.deepEqual(node.frames(1).at(-1), { op: 'error', ref: 1, ...failure })
  })

  it('is answered with UNAVAILABLE and a time when nobody answers', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    node.conversations.answers = false
    node.say(ref, send)
    await node.settle(6_000)
    const [error] = node.framesOf(1, 'error')
    assert.deepEqual([error?.ref, error?.code, error?.retryAfterMs], [1, 'UNAVAILABLE', 1_000])
  })

  it('is refused with OVERLOADED when 512 are under way', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    node.conversations.answers = false
    for (let i = 0; i <= 512; i++) node.say(ref, { ...send, to: String(i), ref: i })
    await node.settle()
    const [error] = node.framesOf(1, 'error')
    assert.deepEqual([error?.ref, error?.code], [512, 'OVERLOADED'])
  })
})

describe('ack, read and typing', () => {
  it('go to the conversation; success is silent and a failure is told', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    node.say(ref, { op: 'ack', conversation: '10', seq: 3 })
    node.say(ref, { op: 'read', conversation: '10', seq: 2 })
    node.say(ref, { op: 'typing', conversation: '10' })
    await node.settle()
    assert.deepEqual(
      node.conversations.sent.map(({ type }) => type),
      ['ack', 'read', 'typing'],
    )
    assert.equal(node.frames(1).length, 1)
    node.conversationAnswer = { ok: false, failure: { code: 'FORBIDDEN', message: 'Cannot: no member' } }
    node.say(ref, { op: 'ack', ref: 9, conversation: '10', seq: 3 })
    await node.settle()
    const [error] = node.framesOf(1, 'error')
    assert.deepEqual([error?.ref, error?.code], [9, 'FORBIDDEN'])
  })
})

describe('history and sync', () => {
  it('give pages', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    for (let i = 0; i < 5; i++) await node.append('10')
    const ref = await node.opened(1, identify({ inbox: 5 }))
    node.say(ref, { op: 'history', ref: 1, conversation: '10', before: 5, limit: 2 })
    node.say(ref, { op: 'sync', ref: 2, after: 3, limit: 1 })
    await node.settle()
    const [page] = node.framesOf(1, 'page')
    assert.deepEqual([page?.ref, page?.more, page?.messages.map(({ seq }) => seq)], [1, true, [3, 4]])
    assert.ok(page?.messages.every(({ n }) => n === undefined))
    const [inbox] = node.framesOf(1, 'inbox')
    assert.deepEqual(
      [inbox?.ref, inbox?.more, inbox?.head, inbox?.messages.map(({ n }) => n)],
      [2, true, 5, [4]],
    )
  })

  it('answer for what is not there, not his, or not yet', async () => {
    const node = await SessionNode.start()
    await node.dm('10', 'bob', 'carol')
    await node.guild('20', '21', ['bob'])
    await node.store.createConversation({ id: '30', tenant: 'other', kind: 'group', createdAt: 0 }, ['alice'])
    const ref = await node.opened(1)
    for (const [i, conversation] of ['99', '30', '10', '21'].entries()) {
      node.say(ref, { op: 'history', ref: i, conversation })
    }
    node.say(ref, { op: 'sync', ref: 4, after: 1 })
    await node.settle()
    assert.deepEqual(
      node
        .framesOf(1, 'error')
        .toSorted((a, b) => (a.ref ?? 0) - (b.ref ?? 0))
        .map(({ code }) => code),
      ['NOT_FOUND', 'NOT_FOUND', 'FORBIDDEN', 'FORBIDDEN', 'BAD_CURSOR'],
    )
  })

  it('end a page early where bodies are large', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    for (const id of ['1', '2', '3', '4']) {
      const message = { messageId: id, id, author: 'bob', device: 'd', at: 1, kind: 'text' } as const
      await node.store.append('10', [{ ...message, body: 'x'.repeat(100_000) }], ['alice'])
    }
    const ref = await node.opened(1, identify({ inbox: 4 }))
    node.say(ref, { op: 'history', ref: 1, conversation: '10', after: 0 })
    node.say(ref, { op: 'history', ref: 2, conversation: '10' })
    await node.settle()
    const pages = node.framesOf(1, 'page').toSorted((a, b) => (a.ref ?? 0) - (b.ref ?? 0))
    assert.deepEqual(
      pages.map(({ messages, more }) => [messages.map(({ seq }) => seq), more]),
      [
        [[1, 2], true],
        [[3, 4], true],
      ],
    )
  })

  it('are answered with UNAVAILABLE when the store fails', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    node.faults.set('inboxHead', new StorageError('STORE_CLOSED', 'Cannot read: it is closed'))
    node.faults.set('conversation', new StorageError('STORE_OVERLOADED', 'Cannot read: too much waits'))
    node.say(ref, { op: 'sync', ref: 1, after: 0 })
    node.say(ref, { op: 'history', ref: 2, conversation: '10' })
    await node.settle()
    const errors = node.framesOf(1, 'error').toSorted((a, b) => (a.ref ?? 0) - (b.ref ?? 0))
    assert.deepEqual(
      errors.map(({ code, retryAfterMs }) => [code, retryAfterMs]),
      [
        ['UNAVAILABLE', 1_000],
        ['OVERLOADED', 500],
      ],
    )
  })
})

describe('a session without gateway', () => {
  it('keeps its answers in order and pulls its messages once there is one again', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    const ref = await node.opened(1)
    await node.stopGateway()
    for (let i = 0; i < 3; i++) {
      node.say(ref, { op: 'heartbeat', ref: i })
      const hint = await node.append('10')
      hint()
    }
    await node.settle()
    assert.equal(node.frames(1).length, 1)
    await node.startGateway()
    await node.settle()
    assert.deepEqual(
      node.framesOf(1, 'heartbeat').map((frame) => frame.ref),
      [0, 1, 2],
    )
    assert.deepEqual(node.shown(1), ['10:1', '10:2', '10:3'])
  })

  it('goes on with its replay where it was', async () => {
    const node = await SessionNode.start()
    await node.dm('10')
    for (let i = 0; i < 3; i++) await node.append('10')
    await node.stopGateway()
    const ref = node.open(1, identify({ inbox: 0 }))
    node.say(ref, { op: 'heartbeat' })
    await node.settle()
    await node.startGateway()
    await node.settle()
    assert.deepEqual(
      node.frames(1).map(({ op }) => op),
      ['ready', 'message', 'message', 'message', 'heartbeat'],
    )
  })

  it('has its socket closed with 4000 when more is unsent than is kept', async () => {
    const node = await SessionNode.start()
    const ref = await node.opened(1)
    await node.stopGateway()
    for (let i = 0; i <= UNSENT_MAX; i++) node.say(ref, { op: 'heartbeat' })
    await node.settle()
    await node.startGateway()
    await node.settle()
    assert.deepEqual(node.closes(1), [4000])
  })
})
