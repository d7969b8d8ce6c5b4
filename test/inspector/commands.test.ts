/** The inspector's commands, as an operator types them, against a real node with people on it. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Ended, runCli } from '../../cli/testing/cli-process.ts'
import { connectAdmin, DEPTH_MAX, LIMITS, ROWS_MAX } from '../../gateway/admin/index.ts'
import { certificateFiles } from '../../gateway/admin/test-certificate.ts'
import { type FaultMsg, faulty } from '../chat/faulty-actor.ts'
import { LocalServer } from '../chat/local-server.ts'
import { type Person, personCalled } from '../chat/people.ts'
import type { RawClient } from '../chat/raw-client.ts'
import { inSeconds, SECRET, signed } from '../chat/tokens.ts'

/** A name that a terminal must not be shown raw. */
const TITLE = 'Night \u001b]0;pwned\u0007shift\u202e'

let server: LocalServer
let folder: string
let alice: Person
let clients: { readonly alice: RawClient; readonly bob: RawClient }
/** What can be asked about. */
let known: { dm: string; guild: string; channel: string; message: string; forCarol: string }

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'guildhall-inspector-'))
  server = await LocalServer.start({
    ...{ threads: 1, adminPort: 0, adminTls: certificateFiles(folder) },
    module: new URL('../chat/faulty-actor.ts', import.meta.url).href,
  })
  alice = personCalled(server.url, 'alice')
  const bob = personCalled(server.url, 'bob')
  const dm = await alice.http.dm('bob')
  const toCarol = await alice.http.dm('carol')
  const { id: guild, channel } = await alice.http.guild(TITLE)
  clients = { alice: await alice.online(), bob: await bob.online() }
  const { messageId } = await clients.alice.say(dm, 'hello')
  const forCarol = (await clients.alice.say(toCarol, 'hello')).messageId
  const { seq } = await clients.bob.next('message')
  await clients.bob.request({ op: 'ack', conversation: dm, seq, ref: 1 }).catch(() => {})
  known = { dm, guild, channel, message: messageId, forCarol }
  await trouble()
})

/** An actor that crashed, a message to it afterwards, one that was started anew, and one whose messages wait. */
async function trouble(): Promise<void> {
  const { node } = server.server
  const admin = await connectAdmin({ to: server.server.admin.path ?? '' })
  const placement = { thread: 1 }
  const culprit = await node.spawn(faulty, undefined, { placement, name: 'culprit' })
  const fault = { type: 'throw', why: 'only numbers can be added' } satisfies FaultMsg
  node.send(culprit, fault)
  while ((await admin.request('crashes', {})).crashes.length === 0) await new Promise(setImmediate)
  node.send(culprit, fault)
  while ((await admin.request('deadletters', {})).total === 0) await new Promise(setImmediate)
  await admin.request('kill', { target: 'guilds.1' })
  while ((await admin.request('restarts', { match: 'guilds' })).restarts.length === 0) {
    await new Promise(setImmediate)
  }
  const sleeper = await node.spawn(faulty, undefined, { placement, name: 'sleeper' })
  await admin.request('suspend', { target: 'sleeper' })
  node.send(sleeper, fault)
  admin.close()
}

after(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** On the socket that its data folder tells of. */
async function guildhall(...args: readonly string[]): Promise<Ended> {
  return await runCli(args, { cwd: folder, env: { GUILDHALL_DATA: server.data, COLUMNS: '80' } })
}

async function json(...args: readonly string[]) {
  const { code, stdout, stderr } = await guildhall(...args, '--json')
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

describe('every reading command', () => {
  const commands: readonly (readonly [name: string, args: () => readonly string[], says: RegExp])[] = [
    ['tree', () => ['tree'], /guildhall .*\n[\s\S]*└─ shard\.1 [\s\S]*session /],
    ['top', () => ['top', '--once'], /THR +STATE[\s\S]*▼MSG\/S/],
    ['ps', () => ['ps', 'session'], /<1\.\d+\.\d+> +session /],
    ['info', () => ['info', 'users.1'], /users\.1 <1\.2\.3>[\s\S]*last messages/],
    ['state', () => ['state', 'config'], /nodeNumber: 0/],
    ['mailbox', () => ['mailbox', 'sleeper', '--peek'], /1 [\s\S]*throw[\s\S]*only numbers can be added/],
    ['links', () => ['links', 'sessions.1'], /parent +<1\.0\.1> +shard/],
    ['threads', () => ['threads'], /0 +main[\s\S]*1 +running/],
    ['restarts', () => ['restarts', '--since', '1h'], /CHILD[\s\S]*shard +guilds/],
    ['crashes', () => ['crashes'], /culprit[\s\S]*TypeError: only numbers can be added[\s\S]*throw/],
    ['deadletters', () => ['deadletters'], /WHY[\s\S]*throw/],
    ['sessions', () => ['sessions', '--user', 'bob'], /1 session[\s\S]*bob +phone +live/],
    ['where', () => ['where', 'bob'], /bob {2}online/],
    ['guild', () => ['guild', known.guild], /Night ␛\]0;pwned␇shift<U\+202E> {2}guild/],
    ['conversation', () => ['conversation', known.dm], /head +1\n[\s\S]*owner +running/],
    ['doctor', () => ['doctor'], /✓ disk[\s\S]*in order/],
    ['metrics', () => ['watch'], /guildhall_sessions +gauge +2/],
  ]
  for (const [name, args, says] of commands) {
    it(`${name} answers in text that fits 80 columns, and in JSON with its schema`, async () => {
      const [text, document] = await Promise.all([guildhall(...args()), guildhall(...args(), '--json')])
      assert.ok(text.code === 0 || (name === 'doctor' && text.code === 6), text.stderr)
      assert.match(text.stdout, says)
      for (const line of text.stdout.split('\n')) assert.ok([...line].length <= 80, line)
      const { schema, node, data } = JSON.parse(document.stdout)
      assert.deepEqual([schema, typeof node, typeof data], [`guildhall.${name}/1`, 'string', 'object'])
    })
  }

  it('why tells a message that waits for somebody who is away from one that arrived', async () => {
    const away = await guildhall('why', known.forCarol, '--user', 'carol')
    assert.match(away.stdout, /offline {2}[\s\S]*✓ persisted[\s\S]*✗ pushed/)
    const { data } = await json('why', known.message, '--user', 'bob')
    assert.ok(['pushed', 'acknowledged'].includes(data.verdict), data.verdict)
  })

  it('watch ends after so many looks', async () => {
    const { code, stdout } = await guildhall(
      'watch',
      'guildhall_sessions',
      '--interval',
      '100ms',
      '--count',
      '2',
    )
    assert.equal(code, 0)
    assert.match(stdout, /^(\d\d:\d\d:\d\d +2 .*\n){2}$/)
  })

  it('trace shows who sends what to whom, and ends after so many messages', async () => {
    const { code, stdout } = await tracing('trace', 'session', '--max', '3')
    assert.equal(code, 0)
    assert.match(stdout, /^\d\d:\d\d:\d\d\.\d{3} (sent|arrived|handled) .* session +\w+$/m)
    assert.equal(stdout.trimEnd().split('\n').length, 3)
    assert.doesNotMatch(stdout, /hello/)
  })
})

describe('a reading command', () => {
  it('restarts tells what happened within --since only', async () => {
    assert.match((await guildhall('restarts', '--since', '1ms')).stdout, /No restart/)
  })

  it('mailbox tells what waits, and only with --peek what is in it', async () => {
    const { stdout } = await guildhall('mailbox', 'sleeper')
    assert.match(stdout, /throw/)
    assert.doesNotMatch(stdout, /only numbers/)
    assert.match((await guildhall('mailbox', 'users.1')).stdout, /nothing waits/)
  })

  it('trace keeps to --rate, and counts what it leaves out', async () => {
    const startMs = performance.now()
    const { stdout } = await tracing('trace', 'session', '--max', '2', '--rate', '1', '--ndjson')
    assert.ok(performance.now() - startMs >= 1_000)
    const [, second] = stdout.trimEnd().split('\n')
    assert.ok(JSON.parse(second ?? '').skipped > 0, stdout)
  })

  const most: readonly (readonly [args: readonly string[], option: string, max: number])[] = [
    [['ps'], '--limit', ROWS_MAX],
    [['ps'], '--thread', 255],
    [['tree'], '--limit', ROWS_MAX],
    [['tree'], '--fold', 1_000],
    [['top', '--once'], '--limit', LIMITS.top],
    [['restarts'], '--limit', LIMITS.events],
    [['crashes'], '--limit', LIMITS.events],
    [['deadletters'], '--limit', LIMITS.letters],
    [['mailbox', 'users.1'], '--limit', LIMITS.messages],
    [['mailbox', 'users.1', '--peek'], '--depth', DEPTH_MAX],
    [['state', 'users.1'], '--depth', DEPTH_MAX],
    [['sessions'], '--limit', ROWS_MAX],
    [['guild', 'GUILD'], '--limit', LIMITS.members],
    [['conversation', 'DM'], '--limit', LIMITS.members],
  ]
  for (const [args, option, max] of most) {
    it(`${args.join(' ')} takes as much as the node with ${option}, and no more`, async () => {
      const words = args.map((word) => ({ GUILD: known.guild, DM: known.dm })[word] ?? word)
      const [fits, beyond] = await Promise.all([
        guildhall(...words, option, `${max}`),
        guildhall(...words, option, `${max + 1}`),
      ])
      // There is no thread 255, which the node says.
      assert.equal(fits.code, option === '--thread' ? 5 : 0, fits.stderr)
      assert.equal(beyond.code, 2)
      assert.match(beyond.stderr, new RegExp(`Give a whole number from \\d to ${max}`))
    })
  }
})

/** A trace while Alice talks. */
async function tracing(...args: readonly string[]): Promise<Ended> {
  const trace = guildhall(...args)
  let talking = true
  void trace.finally(() => {
    talking = false
  })
  while (talking) await clients.alice.say(known.dm, 'hello again')
  return await trace
}

describe('what there is not', () => {
  const questions: readonly (readonly string[])[] = [
    ['info', '9.9.9'],
    ['info', 'nobody'],
    ['tree', '1.99999.1'],
    ['guild', '1'],
    ['conversation', '1'],
    ['why', '1', '--user', 'bob'],
    ['kill', '1.99999.1', '--dry-run'],
    ['restart-thread', '7', '--dry-run'],
  ]
  for (const question of questions) {
    it(`is said, with exit code 5: ${question.join(' ')}`, async () => {
      const { code, stdout, stderr } = await guildhall(...question)
      assert.deepEqual([code, stdout], [5, ''], stderr)
      assert.match(stderr, /^Cannot .*NOT_FOUND\)\n$/)
    })
  }
})

describe('over TLS', () => {
  async function remote(token: string, ...args: readonly string[]): Promise<Ended> {
    const at = ['--connect', `localhost:${server.server.admin.port}`, '--ca', join(folder, 'admin.crt')]
    return await runCli([...args, ...at], { cwd: folder, env: { GUILDHALL_ADMIN_TOKEN: token } })
  }
  const token = (scope: string | undefined, secret = SECRET): string =>
    signed({ sub: 'ops', exp: inSeconds(60), ...(scope === undefined ? {} : { scope }) }, { secret })

  it('a token with the scope admin may read and write, one with admin:read may read', async () => {
    assert.equal((await remote(token('admin'), 'threads')).code, 0)
    assert.equal((await remote(token('admin'), 'suspend', 'api.1', '--dry-run')).code, 0)
    assert.equal((await remote(token('admin:read'), 'threads')).code, 0)
    const refused = await remote(token('admin:read'), 'kill', 'api.1', '--yes')
    assert.equal(refused.code, 4)
    assert.match(refused.stderr, /FORBIDDEN/)
  })

  it('a foreign token, a plain user and a certificate of strangers are refused, each with its reason', async () => {
    const foreign = await remote(token('admin', 'another-secret-of-at-least-32-bytes!'), 'threads')
    assert.deepEqual([foreign.code, foreign.stdout], [4, ''])
    assert.match(foreign.stderr, /AUTH_FAILED/)
    assert.equal((await remote(token(undefined), 'threads')).code, 4)
    const unknown = [
      'threads',
      '--connect',
      `localhost:${server.server.admin.port}`,
      '--token',
      token('admin'),
    ]
    const stranger = await runCli(unknown, { cwd: folder })
    assert.equal(stranger.code, 3)
    assert.match(stranger.stderr, /certificate[\s\S]*NOT_A_NODE/)
  })
})

describe('writes', () => {
  it('suspend and resume change what the actor does, and only what is not a dry run', async () => {
    await guildhall('suspend', 'api.1', '--dry-run')
    assert.equal((await json('info', 'api.1')).data.state, 'idle')
    const { stdout } = await guildhall('suspend', 'api.1', '--yes', '--reason', 'test')
    assert.match(stdout, /^✓ /)
    assert.equal((await json('info', 'api.1')).data.state, 'suspended')
    await guildhall('resume', 'api.1', '--yes')
    assert.equal((await json('info', 'api.1')).data.state, 'idle')
  })

  it('kick closes the sockets of a user', async () => {
    const mallory = await personCalled(server.url, 'mallory').online()
    const blast = await json('kick', 'mallory', '--dry-run')
    assert.deepEqual(
      [blast.data.done, blast.data.blast.sessions, blast.data.blast.users],
      [false, 1, ['mallory']],
    )
    await guildhall('kick', 'mallory', '--yes')
    await mallory.closed
    assert.equal((await json('where', 'mallory')).data.sessions.length, 0)
  })

  it('kill ends an actor, whose supervisor starts another', async () => {
    const first = (await json('info', 'api.1')).data.ref
    const { code, stdout } = await guildhall('kill', 'api.1', '--yes')
    assert.equal(code, 0)
    assert.match(stdout, /touches/)
    const restarts = await guildhall('restarts')
    assert.match(restarts.stdout, /shard +api +.*restarted/)
    assert.notEqual((await json('info', 'api.1')).data.ref, first)
  })

  it('restart-thread replaces a thread while clients stay connected', async () => {
    const { code, stderr } = await guildhall('restart-thread', '1', '--yes')
    assert.equal(code, 0, stderr)
    await clients.alice.next('resync')
    await clients.alice.say(known.dm, 'still here')
    assert.match((await guildhall('restarts')).stdout, /thread 1 +replaced/)
  })

  it('drain sends clients away and stops the node', async () => {
    const before = await json('drain', '--dry-run')
    assert.ok(before.data.blast.sessions >= 2)
    const { code, stderr } = await guildhall('drain', '--yes')
    assert.equal(code, 0, stderr)
    await clients.alice.next('reconnect')
    await server.server.done
    assert.equal((await guildhall('threads')).code, 3)
  })
})
