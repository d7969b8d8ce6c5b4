import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  crash,
  details,
  HOSTILE,
  NOW_MS,
  pageAt,
  psRow,
  session,
  THREADS,
  TREE,
  threadFigures,
  topRow,
  top as topWith,
  WHY,
} from '../../testing/answers.ts'
import type { Page } from '../output.ts'
import { type Line, lineWidth, paint } from '../text/line.ts'
import { topOnce } from '../top/view.ts'
import { infoView, linksView, mailboxView, stateView } from './actor.ts'
import { conversationView, guildView } from './chat.ts'
import { crashesView } from './crashes.ts'
import { doctorView } from './doctor.ts'
import { deadLettersView, restartsView } from './events.ts'
import { metricsView, tickLines } from './metrics.ts'
import { psView } from './ps.ts'
import { sessionsView, whereView } from './sessions.ts'
import { threadsView } from './threads.ts'
import { treeView } from './tree.ts'
import { whyView } from './why.ts'
import { writtenView } from './written.ts'

type View = (page: Page) => readonly Line[]

function at(width: number, view: View): string[] {
  return view(pageAt(width)).map((line) => paint(line, { width, colours: false }))
}

describe('the supervision tree', () => {
  const view: View = (page) => treeView(TREE, page)

  it('fits 80 columns: what is not running or silent, what is full, and many of one type as one', () => {
    assert.deepEqual(at(80, view), [
      'eu-1  up 3h00m  2 threads  15,043 actors',
      '',
      'ACTOR                      REF      THR  STATE           MAILBOX  RESTARTS',
      'guildhall                  <0.0.1>    0  idle                  ·       0/5',
      '├─ shard.2                               no answer',
      '├─ shard.1                 <1.0.1>    1  idle                  ·       4/5',
      '│  ├─ api                                restarting',
      '│  ├─ users                <1.2.3>    1  idle                120',
      '│  └─ sessions             <1.3.4>    1  idle                  ·       0/5',
      '│     ├─ session           <1.9.9>    1  suspended         1,200',
      '│     └─ session × 15,000             1  1 suspended  312 (≤300)',
      '└─ gateway                 <0.4.5>    0  idle                  ·',
      '',
      "! thread 2 gives no answer: session <2.5.12> handling 'frame' for 3.2 s",
    ])
  })

  it('uses 200 columns', () => {
    const [, , heading, , , shard] = at(200, view)
    assert.match(heading ?? '', /TYPE .* HANDLED +TIME +MEMORY$/)
    assert.match(shard ?? '', /shard\.1 +restForOne .* 1\.2k +57 ms +2\.0 KiB$/)
  })
})

describe('the threads', () => {
  const view: View = (page) => threadsView({ atMs: NOW_MS, threads: THREADS }, page)

  it('name the actor and the message that hold one up, and what to do', () => {
    const lines = at(80, view)
    assert.match(lines[4] ?? '', /^ {2}1 {2}stuck +100% +3\.20 s /)
    assert.ok(lines.includes("! thread 1 makes no progress for 3.20 s: session <1.5.12> 'frame' 3.20 s"))
    assert.ok(lines.includes('  what would go with it: guildhall restart-thread 1 --dry-run'))
  })

  it('use 200 columns', () => {
    const lines = at(200, view)
    assert.match(lines[2] ?? '', /LIMIT +RING +ACTORS +QUEUE +HANDLED +LOST +REFUSED +RESTARTS +IN WORK$/)
    assert.match(lines[4] ?? '', /100% {2}████████/)
  })
})

describe('why', () => {
  it('says the verdict first, then how far the message came', () => {
    const lines = at(80, (page) => whyView(WHY, page))
    assert.equal(lines[0], 'message 42 of 1314160384516097  id 1314160384516098')
    assert.match(lines[3] ?? '', /^congested {2}His phone reads too slowly/)
    assert.deepEqual(lines.slice(6, 10), [
      '  ✓ persisted     seq 42 of the log, on disk',
      '  ✓ routed        number 7 of his inbox',
      '  ✗ pushed        skipped: 1.2 MiB wait in the socket',
      '  · acknowledged  not yet',
    ])
  })
})

describe('crashes', () => {
  it('that are alike are shown once, with their number and the flight recorder', () => {
    const loop = [crash({ atMs: NOW_MS - 90_000 }), crash({ atMs: NOW_MS - 50_000 }), crash({})]
    const lines = at(80, (page) =>
      crashesView([...loop, crash({ actor: 'relay', atMs: NOW_MS })], page, { all: false, stack: false }),
    )
    assert.match(lines[0] ?? '', /5 s ago: conversation crashed on 'post' {2}× 3 in 1m25s$/)
    assert.ok(lines.includes('  last messages  post → ack → post'))
    assert.ok(lines.includes('    at handle (actors/conversation.ts:12:5)'))
    assert.match(lines.find((line) => line.includes('relay')) ?? '', /0 s ago: relay crashed on 'post'$/)
  })

  it('are listed one by one when asked for', () => {
    const lines = at(80, (page) => crashesView([crash({}), crash({})], page, { all: true, stack: true }))
    assert.equal(lines.filter((line) => line.includes('crashed on')).length, 2)
    assert.equal(lines.filter((line) => line.includes(' at ')).length, 6)
  })
})

describe('what doctor found', () => {
  it('has the faults last, each with its fix, and counts', () => {
    const lines = at(80, (page) =>
      doctorView(
        [
          { check: 'disk', level: 'fail', fact: '12 MiB are free', fix: 'make room on /var' },
          { check: 'clock', level: 'ok', fact: 'it is right', fix: '' },
        ],
        page,
      ),
    )
    assert.deepEqual(lines, [
      '✓ clock  it is right',
      '✗ disk   12 MiB are free',
      '         fix: make room on /var',
      '',
      '1 fault, 0 warnings, 1 in order',
    ])
  })
})

describe('the blast radius', () => {
  it('leaves no kind out, so that zero can be relied on', () => {
    const blast = {
      actors: 7_513,
      types: [{ type: 'session', count: 7_500 }],
      children: 6,
      links: 0,
      monitors: 1,
      sessions: 7_500,
      conversations: 0,
      guilds: 0,
      members: 7_500,
      users: ['alice', 'bob'],
      complete: false,
    }
    const lines = at(80, (page) => writtenView({ done: false, effect: 'end thread 1', blast }, page))
    assert.deepEqual(lines, [
      'dry run  end thread 1',
      '  actors    7,513: session\u00a0×\u00a07,500',
      '  ties      6 children, 0 links, 1 monitor',
      '  touches   7,500 sessions, 7,500 members, 0 conversations, 0 guilds',
      '  users     alice, bob, …',
      '  at least: there was more than could be counted in time',
    ])
  })
})

describe('every view', () => {
  const many = { count: 200, first: [HOSTILE, '<1.2.3>'] }
  const row = psRow({
    name: HOSTILE,
    type: HOSTILE,
    current: HOSTILE,
    mailboxLength: 5_000,
    oldestAgeMs: 9_000,
  })
  const missing = { atMs: NOW_MS, silent: [{ thread: 1, busyWith: HOSTILE }], truncated: true }
  const owner = {
    thread: 1,
    state: 'running' as const,
    ref: '<1.2.3>',
    mailboxLength: 3,
    about: { [HOSTILE]: HOSTILE },
  }
  const hostileSession = session({ user: HOSTILE, device: HOSTILE, tenant: HOSTILE, session: HOSTILE })
  const hostileTop = topWith([topRow({ name: HOSTILE, current: HOSTILE })], missing)
  const current = { ref: '<1.1.1>', actor: HOSTILE, name: HOSTILE, messageType: HOSTILE, forMs: 1 }
  const views: Readonly<Record<string, View>> = {
    tree: (page) =>
      treeView(
        {
          ...missing,
          actors: 1,
          rows: [
            { kind: 'actor', depth: 0, orphan: true, actor: row, supervisor: undefined, id: HOSTILE },
            {
              kind: 'fold',
              depth: 1,
              parent: undefined,
              thread: 1,
              type: HOSTILE,
              count: 9,
              mailboxLength: 9,
              mailboxMax: 1,
              handled: 9,
              states: {},
            },
          ],
        },
        page,
      ),
    top: (page) => topOnce(hostileTop, {}, page),
    ps: (page) => psView({ ...missing, rows: [row], next: HOSTILE }, page),
    info: (page) =>
      infoView(
        details({
          ...row,
          lastMessages: [HOSTILE],
          groups: [HOSTILE],
          links: many,
          about: { [HOSTILE]: HOSTILE },
          supervisor: {
            form: 'static',
            strategy: 'oneForOne',
            intensity: { restarts: 1, periodMs: 5_000 },
            restarts: 1,
            children: [{ id: HOSTILE, state: 'stopped', ref: undefined }],
            childrenCount: 1,
          },
        }),
        page,
      ),
    state: (page) => stateView({ ref: '<1.2.3>', type: HOSTILE, state: HOSTILE.repeat(50) }, page),
    mailbox: (page) =>
      mailboxView(
        {
          ref: '<1.2.3>',
          mailboxLength: 9,
          oldestAgeMs: 1,
          messages: [{ type: HOSTILE, kind: 'call', content: HOSTILE.repeat(20) }],
        },
        page,
      ),
    links: (page) =>
      linksView(
        {
          ref: '<1.2.3>',
          type: HOSTILE,
          name: HOSTILE,
          counts: { parent: 1, child: 0, link: 9, watching: 0, watchedBy: 0 },
          related: [
            { relation: 'parent', ref: '<1.1.1>', type: HOSTILE, name: HOSTILE },
            { relation: 'link', ref: '<1.1.2>', type: undefined, name: undefined },
          ],
        },
        page,
      ),
    threads: (page) =>
      threadsView(
        { atMs: NOW_MS, threads: [threadFigures({ answered: false, current, lastFault: HOSTILE })] },
        page,
      ),
    restarts: (page) =>
      restartsView(
        {
          restarts: [
            {
              atMs: NOW_MS,
              thread: 1,
              ref: '<1.2.3>',
              supervisor: HOSTILE,
              event: 'gaveUp',
              child: HOSTILE,
              reason: HOSTILE,
            },
          ],
          threadEvents: [{ atMs: NOW_MS, thread: 1, event: 'stuck', detail: HOSTILE }],
        },
        page,
      ),
    crashes: (page) =>
      crashesView(
        [
          crash({
            actor: HOSTILE,
            name: HOSTILE,
            reason: HOSTILE,
            lastMessages: [HOSTILE],
            stack: `${HOSTILE}\n    at ${HOSTILE.repeat(9)}`,
          }),
        ],
        page,
        { all: false, stack: true },
      ),
    deadletters: (page) =>
      deadLettersView(
        {
          total: 1,
          letters: [{ atMs: NOW_MS, thread: 1, to: HOSTILE, messageType: HOSTILE, why: 'gone' }],
          silent: missing.silent,
        },
        page,
      ),
    sessions: (page) => sessionsView({ ...missing, total: 9, rows: [hostileSession] }, page),
    where: (page) =>
      whereView(
        {
          user: HOSTILE,
          tenant: HOSTILE,
          online: false,
          thread: 1,
          sessions: [hostileSession],
          lastSeenMs: NOW_MS,
          inboxHead: 1,
          conversations: 1,
          guilds: 1,
        },
        page,
      ),
    guild: (page) =>
      guildView(
        {
          guild: '1',
          name: HOSTILE,
          tenant: HOSTILE,
          owner: HOSTILE,
          open: true,
          createdAtMs: 0,
          members: 9,
          online: undefined,
          channels: [{ conversation: '2', name: HOSTILE, head: 9, published: 1 }],
          relay: owner,
          guildActor: owner,
          memberRows: [{ user: HOSTILE, sessions: 1, read: undefined }],
        },
        page,
      ),
    conversation: (page) =>
      conversationView(
        {
          conversation: '1',
          kind: 'channel',
          tenant: HOSTILE,
          title: HOSTILE,
          guild: '1',
          createdAtMs: 0,
          head: 9,
          lastMessageAtMs: NOW_MS,
          members: 9,
          audience: 'topic',
          owner,
          relay: owner,
          published: undefined,
          memberRows: [{ user: HOSTILE, sessions: 1, read: 3 }],
        },
        page,
      ),
    why: (page) =>
      whyView(
        {
          ...WHY,
          user: HOSTILE,
          text: HOSTILE,
          message: { ...WHY.message, author: HOSTILE, kind: HOSTILE },
          devices: [{ session: HOSTILE, device: HOSTILE, verdict: 'offline', fact: HOSTILE, delivered: 1 }],
        },
        page,
      ),
    doctor: (page) =>
      doctorView([{ check: 'disk', level: 'warn', fact: HOSTILE.repeat(9), fix: HOSTILE }], page),
    metrics: (page) =>
      metricsView([{ name: HOSTILE, type: 'gauge', labels: HOSTILE, value: 1.234567 }], page),
  }
  for (const [name, view] of Object.entries(views)) {
    for (const width of [80, 200]) {
      it(`of ${name} fits ${width} columns and shows hostile names harmlessly`, () => {
        const lines = view(pageAt(width))
        for (const line of lines) {
          const text = paint(line, { width: Number.POSITIVE_INFINITY, colours: false })
          assert.doesNotMatch(text, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
        }
        // The heading may be cut at the edge; nothing else is.
        const overlong = lines.slice(1).filter((line) => lineWidth(line) > width)
        assert.deepEqual(overlong, [])
      })
    }
  }
})

describe('a metric', () => {
  it('has five digits, and all where they tell a point in time', () => {
    const shown = (value: number): string =>
      tickLines(0, [{ name: 'm', type: 'gauge', labels: '', value }], new Map())
        .map((line) => paint(line, { width: 200, colours: false }))
        .join('')
    assert.match(shown(0.123456789), / 0\.12346 /)
    assert.match(shown(1_795_739_596.039), / 1795739596\.039 /)
  })
})
