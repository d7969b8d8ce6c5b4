import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ServerFrame } from '../protocol/index.ts'
import { nextDeadline } from './state.ts'
import { dm, Machine, message } from './testing/machine.ts'

const errorFrame = (code: string, ref: number | undefined, retryAfterMs?: number) =>
  ({
    op: 'error',
    ref,
    code,
    message: 'no',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }) as ServerFrame

const lost = (code: number) => ({ type: 'lost', code, reason: '' }) as const

describe('connecting', () => {
  it('waits for the store, then asks for a token before the socket opens, and identifies after hello', () => {
    const machine = new Machine()
    assert.deepEqual(machine.put({ type: 'start' }), [])
    machine.put({ type: 'loaded', cursors: { inbox: 4, conversations: { 7: 3 } }, outbox: [] })
    assert.ok(machine.has('fetchToken'))
    machine.dialled()
    const [identify] = machine.written('identify')
    assert.deepEqual(identify?.cursors, { inbox: 4, conversations: { 7: 3 } })
    assert.equal(identify?.token, 'secret')
    machine.ready([dm('7', 3)])
    assert.deepEqual(machine.status(), { status: 'online', resumed: false })
  })

  it('ignores the token of an earlier dial', () => {
    const machine = new Machine().online()
    machine.put(lost(1006))
    machine.wait(1_000)
    machine.put({ type: 'token', dial: 1, token: 'old' })
    assert.equal(machine.has('open'), false)
  })

  it('resumes with its ticket and its cursors after 1006', () => {
    const machine = new Machine().online()
    machine.message(1)
    machine.put(lost(1006))
    machine.wait(1_000)
    machine.dialled()
    const [resume] = machine.written('resume')
    assert.deepEqual([resume?.session, resume?.resume], ['s1', 't1'])
    assert.deepEqual(resume?.cursors.conversations, { 7: 1 })
    machine.frame({ op: 'resumed', session: 's1', resume: 't2' })
    assert.deepEqual(machine.status(), { status: 'online', resumed: true })
  })

  it('identifies on the same socket when the session is gone', () => {
    const machine = new Machine().online()
    machine.put(lost(1012))
    machine.wait(1_000)
    machine.dialled()
    machine.frame(errorFrame('SESSION_GONE', machine.written('resume')[0]?.ref))
    assert.equal(machine.written('identify').length, 1)
    assert.equal(machine.has('drop'), false)
  })

  for (const code of [1000, 1001, 4003, 4005, 4007]) {
    it(`identifies anew after ${code}`, () => {
      const machine = new Machine().online()
      machine.put(lost(code))
      machine.wait(1_000)
      machine.dialled()
      assert.equal(machine.written('identify').length, 1)
    })
  }

  for (const code of [1006, 1012, 4000, 4002, 4008, 4009, 4010, 4011]) {
    it(`resumes after ${code}`, () => {
      const machine = new Machine().online()
      machine.put(lost(code))
      machine.wait(1_000)
      machine.dialled()
      assert.equal(machine.written('resume').length, 1)
    })
  }

  for (const [code, reason] of [
    [4004, 'token'],
    [4013, 'replaced'],
  ] as const) {
    it(`stops after ${code}, says why, and goes on only when started again`, () => {
      const machine = new Machine().online()
      machine.put(lost(code))
      assert.deepEqual(machine.status(), { status: 'stopped', reason })
      assert.deepEqual(
        machine.wait(3_600_000).filter(({ type }) => type === 'fetchToken'),
        [],
      )
      machine.put({ type: 'start' })
      assert.ok(machine.has('fetchToken'))
    })
  }

  it('identifies without cursors after 4007 and takes the shorter history of the server', () => {
    const machine = new Machine().online([dm('7', 0)])
    for (const seq of [1, 2, 3]) machine.message(seq)
    machine.put(lost(4007))
    machine.wait(1_000)
    machine.dialled()
    assert.equal(machine.written('identify')[0]?.cursors, undefined)
    machine.ready([dm('7', 1)])
    assert.equal(machine.emitted('error')[0]?.code, 'HISTORY_LOST')
    machine.message(2)
    assert.deepEqual(machine.seqs(), [2])
  })

  it('keeps its introduction within 4 KiB, the liveliest conversations first, and looks for the others itself', () => {
    const entries = Array.from({ length: 500 }, (_, at) => dm(String(10 ** 18 + at * 1_000), 0))
    const machine = new Machine().online(entries)
    const liveliest = entries[499]?.id ?? ''
    machine.message(1, liveliest)
    machine.put(lost(1006))
    machine.wait(1_000)
    machine.dialled()
    const [resume] = machine.written('resume')
    assert.ok(JSON.stringify(resume).length <= 4_096)
    assert.equal(resume?.cursors.conversations?.[liveliest], 1)
    machine.frame({ op: 'resumed', session: 's1', resume: 't2' })
    machine.wait(1_100)
    assert.equal(machine.written('history').length, 4)
  })
})

describe('backing off', () => {
  it('waits a random part of 1, 2, 4, 8, 30, 30 seconds', () => {
    const machine = new Machine().online()
    machine.random = 1
    const waits: number[] = []
    for (let attempt = 0; attempt < 6; attempt++) {
      machine.put(lost(1006))
      const status = machine.status()
      waits.push(status?.status === 'offline' ? status.retryInMs : -1)
      machine.wait(waits.at(-1) ?? 0)
    }
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 30_000, 30_000])
  })

  it('starts again at 1 s only after a stable time online', () => {
    const machine = new Machine().online()
    machine.random = 1
    const loseAfter = (ms: number) => {
      machine.wait(ms)
      machine.put(lost(1006))
      const status = machine.status()
      machine.wait(status?.status === 'offline' ? status.retryInMs : 0)
      machine.dialled()
      machine.frame({ op: 'resumed', session: 's1', resume: 't2' })
      return status?.status === 'offline' ? status.retryInMs : -1
    }
    assert.deepEqual([loseAfter(100), loseAfter(100), loseAfter(10_000)], [1_000, 2_000, 1_000])
  })

  it('waits as long as the server asked before 4008', () => {
    const machine = new Machine().online()
    machine.frame(errorFrame('RATE_LIMITED', undefined, 7_000))
    machine.put(lost(4008))
    assert.equal(
      machine.wait(6_999).some(({ type }) => type === 'fetchToken'),
      false,
    )
    machine.wait(1)
    assert.ok(machine.has('fetchToken'))
  })

  it('moves when told: leaves after afterMs and resumes there with the ticket it was given', () => {
    const machine = new Machine().online()
    machine.frame({ op: 'reconnect', url: 'wss://other/v1/socket', ticket: 'moved', afterMs: 3_000 })
    assert.equal(
      machine.wait(2_999).some(({ type }) => type === 'drop'),
      false,
    )
    machine.wait(1)
    assert.ok(machine.effects.some((effect) => effect.type === 'drop' && effect.code === 4011))
    machine.wait(1)
    machine.put({ type: 'token', dial: machine.state.link.dial, token: 'secret' })
    assert.deepEqual(machine.effects, [{ type: 'open', url: 'wss://other/v1/socket' }])
    machine.dialled()
    assert.equal(machine.written('resume')[0]?.resume, 'moved')
  })

  it('never moves from an encrypted address to a plain one', () => {
    const machine = new Machine().online()
    machine.frame({ op: 'reconnect', url: 'ws://other/v1/socket', afterMs: 0 })
    machine.wait(5)
    assert.equal(machine.state.link.url, 'wss://home/v1/socket')
  })

  it('drops a server that says nothing for 75 s, although it sent heartbeats itself', () => {
    const machine = new Machine().online()
    machine.wait(74_999)
    assert.equal(machine.written('heartbeat').length, 2)
    machine.wait(1)
    assert.ok(machine.has('drop'))
    assert.equal(machine.state.link.phase, 'waiting')
  })
})

describe('sending', () => {
  it('has one message of a conversation on its way, and conversations side by side', () => {
    const machine = new Machine().online([dm('7', 0), dm('8', 0)])
    machine.send('a')
    assert.equal(machine.written('send').length, 1)
    machine.send('b')
    assert.equal(machine.written('send').length, 0)
    machine.send('c', '8')
    assert.equal(machine.written('send').length, 1)
    machine.sent('a', 1)
    assert.deepEqual(
      machine.written('send').map(({ id }) => id),
      ['b'],
    )
  })

  it('repeats an unanswered message after 5 s under the same id', () => {
    const machine = new Machine().online()
    machine.send('a')
    machine.wait(4_999)
    assert.deepEqual(machine.written('send'), [])
    machine.wait(1)
    assert.deepEqual(
      machine.written('send').map(({ id }) => id),
      ['a'],
    )
  })

  it('repeats what is unanswered after a reconnect, in order', () => {
    const machine = new Machine().online()
    machine.send('a')
    machine.send('b')
    machine.put(lost(1006))
    machine.wait(1_000)
    machine.dialled()
    machine.frame({ op: 'resumed', session: 's1', resume: 't2' })
    assert.deepEqual(
      machine.written('send').map(({ id }) => id),
      ['a'],
    )
    machine.sent('a', 1)
    assert.deepEqual(
      machine.written('send').map(({ id }) => id),
      ['b'],
    )
  })

  it('repeats what is unanswered at once after resync', () => {
    const machine = new Machine().online()
    machine.send('a')
    machine.frame({ op: 'resync' })
    assert.deepEqual(
      machine.written('send').map(({ id }) => id),
      ['a'],
    )
  })

  for (const code of ['FORBIDDEN', 'NOT_FOUND', 'TOO_LARGE', 'CONFLICT', 'BAD_FRAME']) {
    it(`rejects a message that is refused with ${code}, forgets it, and goes on with the next`, () => {
      const machine = new Machine().online()
      machine.send('a')
      const ref = machine.written('send')[0]?.ref
      machine.send('b')
      machine.frame(errorFrame(code, ref))
      assert.ok(machine.effects.some((effect) => effect.type === 'notSent' && effect.error.code === code))
      assert.ok(machine.effects.some((effect) => effect.type === 'erase' && effect.key === 'outbox/a'))
      assert.deepEqual(
        machine.written('send').map(({ id }) => id),
        ['b'],
      )
    })
  }

  for (const code of ['RATE_LIMITED', 'OVERLOADED', 'UNAVAILABLE', 'INTERNAL']) {
    it(`tries again after retryAfterMs on ${code}, and lets no later message of the conversation pass`, () => {
      const machine = new Machine().online()
      machine.send('a')
      const ref = machine.written('send')[0]?.ref
      machine.send('b')
      machine.frame(errorFrame(code, ref, 700))
      machine.wait(699)
      assert.deepEqual(machine.written('send'), [])
      machine.wait(1)
      assert.deepEqual(
        machine.written('send').map(({ id }) => id),
        ['a'],
      )
    })
  }

  it('refuses a message beyond the bound of the outbox', () => {
    const machine = new Machine({}, 2)
    machine.send('a')
    machine.send('b')
    machine.send('c')
    assert.ok(
      machine.effects.some((effect) => effect.type === 'notSent' && effect.error.code === 'OUTBOX_FULL'),
    )
  })

  it('refuses at once what no server takes: too many characters, half a surrogate pair, a frame too large', () => {
    const codeOf = (body: string) => {
      const machine = new Machine().online()
      const [effect] = machine.send('a', '7', body).filter(({ type }) => type === 'notSent')
      return effect?.type === 'notSent' ? effect.error.code : 'sent'
    }
    assert.equal(codeOf('x'.repeat(100_001)), 'TOO_LARGE')
    assert.equal(codeOf('😀'.repeat(100_000)), 'sent')
    assert.equal(codeOf('\ud800'), 'BAD_FRAME')
    assert.equal(codeOf('\u0001'.repeat(100_000)), 'TOO_LARGE')
  })

  it('puts its own message into the history at the seq of sent', () => {
    const machine = new Machine().online()
    machine.send('a')
    machine.message(2)
    assert.deepEqual(machine.seqs(), [])
    machine.sent('a', 1)
    assert.deepEqual(
      machine.emitted('message').map(({ seq, own }) => [seq, own]),
      [
        [1, true],
        [2, false],
      ],
    )
  })

  it('takes an own message that comes by history for its lost sent', () => {
    const machine = new Machine().online()
    machine.send('m1')
    machine.frame({ op: 'message', ...message(1), author: 'alice' })
    assert.ok(machine.has('sent'))
    assert.deepEqual(machine.seqs(), [1])
    machine.sent('m1', 1)
    assert.deepEqual(machine.seqs(), [])
  })

  it('spreads a burst below the rate of the server instead of being closed for it', () => {
    const entries = Array.from({ length: 300 }, (_, at) => dm(String(at + 1), 0))
    const machine = new Machine().online(entries, 720)
    for (const { id } of entries) machine.send(`to-${id}`, id)
    assert.equal(machine.state.outbox.slots.size, 300)
    const inFlight = [...machine.state.outbox.slots.values()].filter(({ sentAt }) => sentAt !== null).length
    assert.ok(inFlight <= 120, `${inFlight} at once`)
    machine.wait(1_000)
    assert.ok(machine.written('send').length <= 12)
  })

  it('sends what an earlier process left, before anything new', () => {
    const machine = new Machine()
    machine.send('new')
    machine.put({ type: 'start' })
    machine.put({ type: 'loaded', cursors: null, outbox: [{ id: 'old', to: '7', body: 'x' }] })
    machine.dialled()
    machine.ready()
    assert.deepEqual(
      machine.written('send').map(({ id }) => id),
      ['old'],
    )
  })
})

describe('receiving', () => {
  it('drops what it has seen and holds what comes early', () => {
    const machine = new Machine().online()
    machine.message(2)
    assert.deepEqual(machine.seqs(), [])
    machine.message(1)
    assert.deepEqual(machine.seqs(), [1, 2])
    machine.message(2)
    assert.deepEqual(machine.seqs(), [])
  })

  it('asks for exactly the missing range when a hole does not close by itself', () => {
    const machine = new Machine().online()
    machine.message(1)
    machine.message(5)
    machine.wait(199)
    assert.deepEqual(machine.written('history'), [])
    machine.wait(1)
    const [history] = machine.written('history')
    assert.deepEqual([history?.after, history?.limit], [1, 3])
    const messages = [2, 3, 4].map((seq) => message(seq))
    machine.frame({ op: 'page', ref: history?.ref ?? 0, conversation: '7', messages, more: true })
    assert.deepEqual(machine.seqs(), [2, 3, 4, 5])
  })

  it('pulls a lagged range page by page', () => {
    const machine = new Machine().online()
    machine.frame({ op: 'lagged', conversation: '7', from: 1, to: 450 })
    const asked: number[] = []
    for (let after = 0; after < 450; after += 200) {
      const [history] = machine.written('history')
      asked.push(history?.limit ?? 0)
      const count = Math.min(200, 450 - after)
      const messages = Array.from({ length: count }, (_, at) => message(after + at + 1))
      machine.frame({ op: 'page', ref: history?.ref ?? 0, conversation: '7', messages, more: after < 400 })
    }
    assert.deepEqual(asked, [200, 200, 50])
    assert.equal(machine.state.timelines.get('7')?.cursor, 450)
  })

  it('asks after ready for what the replay did not bring', () => {
    const machine = new Machine().online([dm('7', 3)])
    machine.message(1)
    machine.wait(2_000)
    const [history] = machine.written('history')
    assert.deepEqual([history?.after, history?.limit], [1, 2])
  })

  it('starts a conversation at what is new when the app says so', () => {
    const machine = new Machine({ history: 'new' }).online([dm('7', 40)])
    machine.message(40)
    assert.deepEqual(machine.seqs(), [])
    machine.message(41)
    assert.deepEqual(machine.seqs(), [41])
  })

  it('holds at most 1,000 early messages and pulls the rest', () => {
    const machine = new Machine().online()
    for (let seq = 2; seq <= 1_500; seq++) machine.message(seq)
    assert.equal(machine.state.timelines.get('7')?.held.size, 1_000)
    machine.message(1)
    assert.equal(machine.state.timelines.get('7')?.cursor, 1_001)
    machine.wait(200)
    const [history] = machine.written('history')
    assert.deepEqual([history?.after, history?.limit], [1_001, 200])
  })

  it('gives up a hole that the server cannot fill in three tries, says so and goes on', () => {
    const machine = new Machine().online()
    machine.message(3)
    machine.wait(200)
    for (let attempt = 0; attempt < 3; attempt++) {
      const ref = machine.written('history')[0]?.ref ?? -1
      machine.frame({ op: 'page', ref, conversation: '7', messages: [], more: false })
      if (attempt < 2) machine.wait(1_000)
    }
    assert.equal(machine.emitted('error')[0]?.code, 'HISTORY_LOST')
    assert.deepEqual(machine.seqs(), [3])
  })

  it('closes holes of the inbox by one late sync, which holds no message back', () => {
    const machine = new Machine().online()
    machine.message(1, '7', 2)
    assert.deepEqual(machine.seqs(), [1])
    machine.wait(600)
    const [sync] = machine.written('sync')
    assert.equal(sync?.after, 0)
    const messages = [{ ...message(1), n: 2 }]
    machine.frame({ op: 'inbox', ref: sync?.ref ?? 0, messages, more: false, head: 2 })
    assert.equal(machine.state.inbox.cursor, 2)
  })

  it('reads the inbox to its end after resync', () => {
    const machine = new Machine().online()
    machine.frame({ op: 'resync' })
    const [first] = machine.written('sync')
    const page = [{ ...message(1), n: 1 }]
    machine.frame({ op: 'inbox', ref: first?.ref ?? 0, messages: page, more: true, head: 2 })
    assert.deepEqual(machine.seqs(), [1])
    assert.equal(machine.written('sync')[0]?.after, 1)
  })

  it('acknowledges in batches of 100 ms what the app has handled, and stores its cursor then', () => {
    const machine = new Machine().online()
    machine.wait(200)
    for (const seq of [1, 2, 3]) {
      machine.message(seq)
      machine.put({ type: 'handled', conversation: '7', seq, mine: false })
    }
    machine.wait(99)
    assert.deepEqual(machine.written('ack'), [])
    machine.wait(1)
    assert.deepEqual(
      machine.written('ack').map(({ seq }) => seq),
      [3],
    )
    const saved = machine.effects.find((effect) => effect.type === 'save')
    assert.ok(saved?.type === 'save' && saved.value.includes('"7":3'))
  })
})

describe('closing', () => {
  it('waits for the outbox, then ends the session', () => {
    const machine = new Machine().online()
    machine.send('a')
    machine.put({ type: 'close', waitMs: 4_000 })
    assert.equal(machine.has('closed'), false)
    machine.sent('a', 1)
    assert.ok(machine.effects.some((effect) => effect.type === 'drop' && effect.code === 1000))
    assert.ok(machine.has('closed'))
    assert.equal(nextDeadline(machine.state, machine.now), null)
  })

  it('rejects what is left when the time is over and keeps it in the store', () => {
    const machine = new Machine().online()
    machine.send('a')
    machine.put({ type: 'close', waitMs: 4_000 })
    machine.wait(4_000)
    assert.ok(machine.effects.some((effect) => effect.type === 'notSent' && effect.error.code === 'CLOSED'))
    assert.equal(machine.has('erase'), false)
    machine.send('b')
    assert.ok(machine.has('notSent'))
  })
})
