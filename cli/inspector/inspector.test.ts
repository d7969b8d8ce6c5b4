/** What commands do whatever the node is like: dead, old, foreign, hostile. What they say of a real one: test/inspector. */

import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { ADMIN_VERSION, ANSWER_BYTES_MAX } from '../../gateway/admin/index.ts'
import { HOSTILE, psRow, session, TREE } from '../testing/answers.ts'
import { CliProcess, type Ended, inTemporaryFolder, runCli } from '../testing/cli-process.ts'
import { answering, FakeNode, HELLO, type Request, refusal } from '../testing/fake-node.ts'

async function against(
  answer: (request: Request) => object | string | undefined,
  args: readonly string[],
): Promise<Ended & { readonly requests: readonly Request[] }> {
  const node = await FakeNode.start(answer)
  try {
    const ended = await runCli([...args, '--socket', node.path], { cwd: '/tmp' })
    return { ...ended, requests: node.requests }
  } finally {
    await node.stop()
  }
}

const PS = { atMs: 0, silent: [], truncated: false, rows: [psRow({ name: HOSTILE })], next: undefined }
const BLAST = {
  ...{ actors: 1, types: [], children: 0, links: 1, monitors: 0, sessions: 1, conversations: 0 },
  ...{ guilds: 0, members: 1, users: ['alice'], complete: true },
}

describe('an inspector command', () => {
  it('finds the socket in the data folder of the settings', async () => {
    const node = await FakeNode.start(answering({ ps: PS }))
    try {
      await inTemporaryFolder(async (cwd) => {
        mkdirSync(join(cwd, 'data'))
        symlinkSync(node.path, join(cwd, 'data/admin.sock'))
        const found = await runCli(['ps'], { cwd })
        assert.equal(found.code, 0, found.stderr)
        const env = { GUILDHALL_DATA: join(cwd, 'elsewhere') }
        const { code, stderr } = await runCli(['ps'], { cwd, env })
        assert.equal(code, 3)
        assert.match(stderr, /^Cannot reach the node at .*elsewhere\/admin\.sock: there is no such socket/)
      })
    } finally {
      await node.stop()
    }
  })

  it('exits 2 without a token for --connect, and for an address that is none', async () => {
    for (const env of [{}, { GUILDHALL_ADMIN_TOKEN: '' }]) {
      const { code, stderr } = await runCli(['ps', '--connect', 'localhost:1'], { cwd: '/tmp', env })
      assert.equal(code, 2)
      assert.match(stderr, /no token is given\. Set GUILDHALL_ADMIN_TOKEN/)
    }
    assert.equal((await runCli(['ps', '--connect', 'localhost'], { cwd: '/tmp' })).code, 2)
  })

  it('tells the node who asks, for its audit log', async () => {
    const { requests } = await against(answering({ ps: PS }), ['ps'])
    assert.match(String(requests[0]?.as), /.@./)
  })

  it('exits 3 and says so when the node died and left its socket behind', async () => {
    const node = await FakeNode.start(answering({}))
    const gone = node.path
    await node.stop()
    const { code, stdout, stderr } = await runCli(['tree', '--socket', gone], { cwd: '/tmp' })
    assert.deepEqual([code, stdout], [3, ''])
    assert.match(stderr, /NO_NODE/)
  })

  const wrong: readonly [string, (request: Request) => object | string | undefined, number, RegExp][] = [
    [
      'speaks another version',
      () => refusal('BAD_VERSION', 'Cannot answer: 1 is asked, 2 spoken'),
      3,
      /BAD_VERSION/,
    ],
    [
      'is of an older release',
      ({ kind }) => (kind === 'hello' ? { value: HELLO } : refusal('UNKNOWN_KIND', 'x')),
      1,
      /older release/,
    ],
    ['speaks no such protocol', () => 'HTTP/1.1 400 Bad Request', 3, /NOT_A_NODE/],
    ['never ends its line', () => 'x'.repeat(ANSWER_BYTES_MAX + 10), 3, /NOT_A_NODE/],
    [
      'refuses the token',
      () => refusal('AUTH_FAILED', 'Cannot let in: the token is refused'),
      4,
      /guildhall token/,
    ],
    ['lets read and not write', () => refusal('FORBIDDEN', 'Cannot: read only'), 4, /FORBIDDEN/],
    ['knows no such actor', answering({}), 5, /NOT_FOUND/],
    [
      'is overloaded',
      () => ({ ok: false, error: { code: 'BUSY', message: 'Cannot', retryAfterMs: 1_500 } }),
      1,
      /again in 2 s/,
    ],
    [
      'has hostile names',
      () => refusal('NOT_FOUND', `Cannot find ${HOSTILE}`),
      5,
      /␛\[2J␛\]0;pwned␇<U\+009B>31m<U\+202E>evil␍␊root#/,
    ],
    ['has codes of the future', () => refusal('WHO_KNOWS', 'Cannot: reason'), 1, /INTERNAL/],
  ]
  for (const [title, answer, exitCode, expected] of wrong) {
    it(`says what is wrong, with a stable exit code, when the node ${title}`, async () => {
      const { code, stdout, stderr } = await against(answer, ['info', '1.2.3'])
      assert.deepEqual([code, stdout], [exitCode, ''])
      assert.match(stderr, expected)
      assert.doesNotMatch(stderr.replaceAll('\n', ''), /\p{Cc}/u)
    })
  }

  it('prints one JSON document with schema and node, which steers no terminal either', async () => {
    const { stdout, code } = await against(answering({ ps: PS }), ['ps', '--json'])
    assert.equal(code, 0)
    const { schema, node, atMs, data } = JSON.parse(stdout)
    assert.deepEqual([schema, node, typeof atMs], ['guildhall.ps/1', 'eu-1', 'number'])
    assert.equal(data.rows[0].name, HOSTILE)
    assert.doesNotMatch(stdout.trimEnd(), /[\p{Cc}\u202a-\u202e]/u)
  })

  it('prints one line of JSON per row, each with schema and node', async () => {
    const { stdout } = await against(answering({ tree: TREE }), ['tree', '--ndjson'])
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(rows.length, TREE.rows.length)
    assert.deepEqual([rows[5].schema, rows[5].node, rows[5].count], ['guildhall.tree/1', 'eu-1', 15_000])
  })

  it('prints all of a long answer, however slowly it is read', async () => {
    const rows = Array.from({ length: 5_000 }, (_, slot) => psRow({ ref: `<1.${slot}.1>` }))
    const { stdout, code } = await against(answering({ ps: { ...PS, rows } }), ['ps', '--ndjson'])
    assert.equal(code, 0)
    assert.equal(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '').ref, '<1.4999.1>')
  })

  it('has no colours off a terminal, and no width that nobody asked for', async () => {
    const { stdout } = await against(answering({ tree: TREE }), ['tree'])
    assert.doesNotMatch(stdout.replaceAll('\n', ''), /\p{Cc}/u)
    assert.match(stdout, /MEMORY$/m)
  })

  it('keeps to COLUMNS off a terminal', async () => {
    const node = await FakeNode.start(answering({ tree: TREE }))
    const { stdout } = await runCli(['tree', '--socket', node.path], { cwd: '/tmp', env: { COLUMNS: '80' } })
    await node.stop()
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line)
  })
})

describe('top', () => {
  it('off a terminal needs --once', async () => {
    const { code, stderr } = await against(answering({}), ['top'])
    assert.equal(code, 2)
    assert.match(stderr, /this is no terminal. Use --once/)
  })
})

describe('a trace', () => {
  it('of a word goes by type when there are such actors, and else by name', async () => {
    const kinds = (known: boolean) => (request: Request) => {
      if (request.kind === 'trace') return { end: { why: 'done', shown: 0, skipped: 0, silent: [] } }
      return answering({ ps: { ...PS, rows: known ? PS.rows : [] } })(request)
    }
    const byType = await against(kinds(true), ['trace', 'session'])
    assert.equal(byType.code, 0, byType.stderr)
    assert.equal(byType.requests.at(-1)?.type, 'session')
    const byName = await against(kinds(false), ['trace', 'users.1'])
    assert.equal(byName.requests.at(-1)?.target, 'users.1')
    const byRef = await against(kinds(true), ['trace', '1.2.3'])
    assert.equal(byRef.requests.at(-1)?.target, '1.2.3')
  })

  it('prints messages as they come and ends with Ctrl-C, which is no failure', async () => {
    const event = {
      atMs: 0,
      event: 'sent',
      from: '<1.1.1>',
      to: '<1.2.2>',
      actor: HOSTILE,
      messageType: 'frame',
      skipped: 3,
    }
    const node = await FakeNode.start((request) => {
      if (request.kind === 'trace') return { event }
      if (request.kind !== 'cancel') return answering({})(request)
      const end = { why: 'cancelled', shown: 1, skipped: 0, silent: [] }
      return JSON.stringify({ v: ADMIN_VERSION, id: request.stream, ok: true, end })
    })
    after(() => node.stop())
    const tracing = new CliProcess(['trace', '1.2.2', '--socket', node.path], { cwd: '/tmp' })
    after(() => tracing.kill('SIGKILL'))
    await tracing.says(/sent +<1\.1\.1> → <1\.2\.2> .*frame {2}\(3 left out before\)/)
    tracing.kill('SIGINT')
    const { code, stderr } = await tracing.ended
    assert.equal(code, 0)
    assert.match(stderr, /1 message/)
  })
})

describe('a writing command', () => {
  const written = ({ kind, dryRun }: Request): object =>
    kind === 'hello'
      ? { value: HELLO }
      : { value: { done: dryRun === false, effect: `end ${HOSTILE}`, blast: BLAST } }

  it('does nothing off a terminal without --yes', async () => {
    const { code, requests, stderr } = await against(written, ['kill', '1.2.3'])
    assert.deepEqual([code, requests.length], [2, 0])
    assert.match(stderr, /Look with --dry-run, then give --yes/)
  })

  it('tells the blast radius with --dry-run', async () => {
    const { code, requests, stdout } = await against(written, ['kill', '1.2.3', '--dry-run'])
    assert.equal(code, 0)
    assert.deepEqual(
      requests.map(({ kind, dryRun }) => [kind, dryRun]),
      [
        ['hello', undefined],
        ['kill', true],
      ],
    )
    assert.match(
      stdout,
      /^dry run {2}end ␛\[2J.*\n {2}actors {4}1\n.*\n {2}touches {3}1 session, 1 member, 0 conv/,
    )
  })

  it('does it with --yes, and hands on the reason', async () => {
    const { code, requests, stdout } = await against(written, ['drain', '--yes', '--reason', 'kernel update'])
    assert.equal(code, 0)
    assert.deepEqual(
      requests.slice(1).map(({ kind, dryRun, reason }) => [kind, dryRun, reason]),
      [['drain', false, 'kernel update']],
    )
    assert.match(stdout, /^✓ {2}end/)
  })

  it('has a JSON document, too', async () => {
    const { stdout } = await against(written, ['kick', 'alice', '--dry-run', '--json'])
    const { schema, data } = JSON.parse(stdout)
    assert.deepEqual([schema, data.done, data.blast.sessions], ['guildhall.kick/1', false, 1])
  })

  it('refuses --yes with --dry-run, and a thread that is no number', async () => {
    const both = await against(written, ['kill', '1.2.3', '--yes', '--dry-run'])
    assert.deepEqual([both.code, both.requests.length], [2, 0])
    const thread = await against(written, ['restart-thread', 'one', '--yes'])
    assert.deepEqual([thread.code, thread.requests.length], [2, 0])
  })
})

describe('doctor', () => {
  it('exits 6 when it found a fault, and 0 when it found less', async () => {
    const finding = { check: 'disk', fact: 'it is full', fix: 'make room' }
    const bad = await against(answering({ doctor: { findings: [{ ...finding, level: 'fail' }] } }), [
      'doctor',
    ])
    assert.equal(bad.code, 6)
    assert.match(bad.stderr, /disk/)
    const odd = await against(answering({ doctor: { findings: [{ ...finding, level: 'warn' }] } }), [
      'doctor',
    ])
    assert.equal(odd.code, 0)
  })
})

describe('sessions', () => {
  it('asks for what its options say', async () => {
    const rows = [session({})]
    const value = { atMs: 0, silent: [], truncated: false, total: 1, rows }
    const args = ['sessions', '--user', 'alice', '--tenant', 'acme', '--guild', '7', '--slow', '--limit', '9']
    const { requests } = await against(answering({ sessions: value }), args)
    const { v, id, ...asked } = requests[1] as Request
    assert.deepEqual(asked, {
      kind: 'sessions',
      user: 'alice',
      tenant: 'acme',
      guild: '7',
      slow: true,
      limit: 9,
    })
  })
})
