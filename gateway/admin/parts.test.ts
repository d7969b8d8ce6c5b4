/** The small parts of the admin channel: lines, budget, audit log, the Unix socket, and why from bare facts. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { FakeClock } from '../fake-clock.ts'
import { AuditLog } from './audit.ts'
import { Budget } from './budget.ts'
import { Lines } from './lines.ts'
import { readMetrics } from './node-commands.ts'
import { Pace } from './pace.ts'
import { listenUnix } from './unix-listener.ts'
import { type DeviceFacts, explain, type MessageFacts } from './why.ts'

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-admin-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('lines', () => {
  it('come whole, whatever the pieces, multi-byte characters too', () => {
    const lines = new Lines(100)
    const found: string[] = []
    for (const byte of Buffer.from('grüße\n\nzwei\r\n')) {
      assert.ok(lines.push(Buffer.from([byte]), (line) => found.push(line)))
    }
    assert.deepEqual(found, ['grüße', 'zwei\r'])
  })

  it('are refused when they are too long, also before they end', () => {
    assert.equal(
      new Lines(4).push(Buffer.from('12345'), () => {}),
      false,
    )
    assert.equal(
      new Lines(4).push(Buffer.from('12345\n'), () => {}),
      false,
    )
    assert.equal(
      new Lines(4).push(Buffer.from('1234\n1234'), () => {}),
      true,
    )
  })
})

describe('the budget', () => {
  it('lets a burst through, then 1% of the time', async () => {
    const clock = new FakeClock()
    const budget = new Budget(clock, { part: 0.01, burstMs: 100 })
    assert.equal(await budget.enter(0), undefined)
    budget.spend(105)
    let entered = false
    const entering = budget.enter(0).then(() => {
      entered = true
    })
    clock.advance(499)
    await Promise.resolve()
    assert.equal(entered, false)
    clock.advance(1)
    await entering
  })

  it('tells when to ask again instead of keeping anyone waiting for long', async () => {
    const clock = new FakeClock()
    const budget = new Budget(clock, { part: 0.01, burstMs: 100 })
    budget.spend(130)
    assert.equal(await budget.enter(0), 3_000)
    clock.advance(3_100)
    assert.equal(await budget.enter(0), undefined)
  })

  it('lets those who wait pay first, so that each waits longer than the one before', async () => {
    const clock = new FakeClock()
    const budget = new Budget(clock, { part: 0.01, burstMs: 100 })
    budget.spend(101)
    const entered: number[] = []
    for (const who of [1, 2, 3]) budget.enter(3).then(() => entered.push(who))
    for (const expected of [[1], [1], [1], [1, 2], [1, 2], [1, 2], [1, 2, 3]]) {
      clock.advance(100)
      await new Promise((resolve) => setImmediate(resolve))
      assert.deepEqual(entered, expected)
    }
    budget.spend(20)
    assert.equal(await budget.enter(0), 2_300)
  })

  it('shuts nobody out for longer than a burst takes to come back, whatever something has cost', async () => {
    const clock = new FakeClock()
    const budget = new Budget(clock, { part: 0.01, burstMs: 100 })
    budget.spend(1_000_000)
    assert.equal(await budget.enter(0), 10_000)
  })

  it('saves up no more than a burst', async () => {
    const clock = new FakeClock()
    const budget = new Budget(clock, { part: 0.01, burstMs: 100 })
    clock.advance(10_000_000)
    budget.spend(150)
    assert.equal(await budget.enter(0), 5_000)
  })
})

describe('the pace of lines', () => {
  it('is a burst of 400, then 200 per second', () => {
    const clock = new FakeClock()
    const pace = new Pace(clock)
    const taken = (): number => {
      let count = 0
      while (pace.take()) count++
      return count
    }
    assert.equal(taken(), 400)
    clock.advance(100)
    assert.equal(taken(), 20)
    clock.advance(1_000_000)
    assert.equal(taken(), 400)
  })
})

describe('the audit log', () => {
  const entry = {
    write: 1,
    phase: 'done',
    who: 'ops',
    as: undefined,
    what: 'kill',
    params: {},
    result: 'x',
  } as const

  it('begins another file when one is full, and keeps five', (t) => {
    const folder = folderOf(t)
    const log = { info() {}, warn() {}, error() {} }
    const audit = new AuditLog(folder, log, 500)
    for (let write = 0; write < 40; write++) audit.write({ ...entry, write })
    const names = ['audit.1.ndjson', 'audit.2.ndjson', 'audit.3.ndjson', 'audit.4.ndjson', 'audit.ndjson']
    assert.deepEqual(readdirSync(folder).toSorted(), names)
    const writes = ['audit.1.ndjson', 'audit.ndjson'].flatMap((name) =>
      readFileSync(join(folder, name), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).write as number),
    )
    assert.equal(writes.at(-1), 39)
    assert.deepEqual(
      writes,
      Array.from(writes, (_, i) => 40 - writes.length + i),
    )
  })
})

describe('the Unix socket', () => {
  async function listening(t: TestContext, path: string): Promise<Server> {
    const server = createServer((socket) => socket.end())
    t.after(() => server.close())
    await listenUnix(server, path)
    return server
  }

  it('takes the place of one that a dead process has left', async (t) => {
    const path = join(folderOf(t), 'admin.sock')
    const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', code])
    assert.ok(lstatSync(path).isSocket())
    const mask = process.umask()
    await listening(t, path)
    assert.equal(lstatSync(path).mode & 0o777, 0o600)
    assert.equal(process.umask(), mask)
  })

  it('is not taken from whoever answers there', async (t) => {
    const path = join(folderOf(t), 'admin.sock')
    await listening(t, path)
    await assert.rejects(listening(t, path), /another node answers there/)
  })

  it('never removes what is no socket', async (t) => {
    const path = join(folderOf(t), 'admin.sock')
    writeFileSync(path, 'notes')
    await assert.rejects(listening(t, path), /a file that is no socket is in its place/)
    assert.equal(readFileSync(path, 'utf8'), 'notes')
  })

  it('says when its path is too long for the system', async (t) => {
    await assert.rejects(listening(t, join(folderOf(t), 'x'.repeat(100))), /longer than 107 bytes/)
  })
})

describe('metrics', () => {
  it('are read with type and labels, of histograms too', () => {
    const text = `# HELP a b\n# TYPE a counter\na{code="1"} 2\na 3\n# TYPE h histogram\nh_bucket{le="+Inf"} 4\nh_sum 0.5\n`
    assert.deepEqual(readMetrics(text), [
      { name: 'a', type: 'counter', labels: 'code="1"', value: 2 },
      { name: 'a', type: 'counter', labels: '', value: 3 },
      { name: 'h_bucket', type: 'histogram', labels: 'le="+Inf"', value: 4 },
      { name: 'h_sum', type: 'histogram', labels: '', value: 0.5 },
    ])
  })
})

describe('why, from bare facts', () => {
  const live: DeviceFacts = {
    session: 's1',
    device: 'phone',
    state: 'live',
    delivered: 0,
    ticketLeftMs: undefined,
    isSlow: false,
    skipped: undefined,
    bufferedBytes: 0,
    isSubscribed: true,
    actor: { phase: 'live', n: 9, pulling: false, mailboxLength: 0, isSuspended: false },
    busyWith: undefined,
  }
  const facts: MessageFacts = {
    message: { conversation: '7', seq: 4, messageId: '99', author: 'alice', atMs: 0, kind: 'text' },
    authorDevice: 'desk',
    user: 'bob',
    isMember: true,
    read: 0,
    lastSeenMs: undefined,
    route: { kind: 'inboxes', n: 9, isRouterSuspended: false },
    devices: [live],
  }
  const topic = {
    kind: 'topic',
    topic: '5',
    published: 4,
    relay: 'running',
    relayThread: 1,
    busyWith: undefined,
  } as const

  const cases: [
    what: string,
    change: Partial<MessageFacts>,
    device: Partial<DeviceFacts>,
    verdict: string,
    text: RegExp,
  ][] = [
    ['pushed', {}, {}, 'pushed', /number 9 of the inbox was handed/],
    ['a session that starts', {}, { state: 'starting', actor: undefined }, 'starting', /its session starts/],
    [
      'a session that is replaced',
      {},
      { state: 'replacing', actor: undefined },
      'starting',
      /has died and starts anew/,
    ],
    [
      'a session that replays',
      {},
      { actor: { phase: 'opening', n: 0, pulling: true, mailboxLength: 0, isSuspended: false } },
      'behind',
      /still replays/,
    ],
    [
      'a session that pulls',
      {},
      { actor: { phase: 'live', n: 3, pulling: true, mailboxLength: 0, isSuspended: false } },
      'behind',
      /at number 3 of the inbox, the message is number 9; it reads the inbox/,
    ],
    [
      'a thread that hangs',
      {},
      { actor: undefined, busyWith: 'x <1.2.3>' },
      'threadStuck',
      /gives no answer: x <1.2.3>/,
    ],
    [
      'a session that is suspended',
      {},
      { actor: { phase: 'live', n: 3, pulling: false, mailboxLength: 2, isSuspended: true } },
      'suspended',
      /its session is suspended, 2 messages wait/,
    ],
    [
      'a suspended actor before the session',
      { route: { kind: 'inboxes', n: 10, isRouterSuspended: true } },
      {},
      'suspended',
      /what tells its session of new messages is suspended/,
    ],
    [
      'a relay that is suspended',
      { route: { ...topic, published: 3, relay: 'suspended' } },
      {},
      'suspended',
      /the relay of 5 is suspended/,
    ],
    [
      'what was skipped',
      {},
      { isSlow: true, skipped: { from: 3, to: 8 } },
      'congested',
      /seq 3 to 8 were skipped/,
    ],
    ['what may wait unread', {}, { isSlow: true, bufferedBytes: 12 }, 'congested', /12 bytes wait/],
    ['a skip of others', {}, { skipped: { from: 5, to: 8 } }, 'pushed', /./],
    [
      'a device that has it',
      {},
      { delivered: 4 },
      'acknowledged',
      /phone: the device has acknowledged everything up to 4/,
    ],
    ['a device just below', {}, { delivered: 3 }, 'pushed', /./],
    ['read', { read: 4, isMember: false }, {}, 'acknowledged', /has read the conversation up to 4/],
    ['not subscribed', { route: topic }, { isSubscribed: false }, 'notSubscribed', /has not joined topic 5/],
    ['published', { route: topic }, {}, 'pushed', /was published to the socket/],
    [
      'not yet published',
      { route: { ...topic, published: 3 } },
      {},
      'relayBehind',
      /relay \(running\) has published up to 3/,
    ],
    [
      'a relay that crashed',
      { route: { ...topic, published: undefined, relay: 'crashed' } },
      {},
      'relayBehind',
      /relay \(crashed\)/,
    ],
    [
      'a relay that hangs',
      { route: { ...topic, published: 3, relay: 'unknown' } },
      {},
      'threadStuck',
      /thread 1 of the relay/,
    ],
    [
      'no inbox number',
      { route: { kind: 'inboxes', n: undefined, isRouterSuspended: false } },
      {},
      'beforeJoining',
      /was no member when it was sent/,
    ],
  ]
  for (const [what, change, device, verdict, text] of cases) {
    it(`tells ${what}: ${verdict}`, () => {
      const answer = explain({ ...facts, ...change, devices: [{ ...live, ...device }] })
      assert.equal(answer.verdict, verdict)
      assert.match(answer.text, text)
    })
  }

  it('tells the trouble of one device though another has no trouble', () => {
    const detached = { ...live, device: 'tablet', state: 'detached', ticketLeftMs: 61_000 } as const
    const { verdict, text, devices } = explain({ ...facts, devices: [live, detached] })
    assert.equal(verdict, 'detached')
    assert.match(text, /tablet: .* waits for another 61 s/)
    assert.deepEqual(
      devices.map((each) => each.verdict),
      ['pushed', 'detached'],
    )
  })
})
