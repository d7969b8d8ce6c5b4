/** What operators do to a real node: dry runs, rights, and the audit log. */

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { TestServer, tokenFor } from '../test-server.ts'
import { type AdminClient, connectAdmin } from './index.ts'
import { certificateFiles, TEST_CERTIFICATE } from './test-certificate.ts'

type Settings = Parameters<typeof TestServer.start>[0]

async function node(t: TestContext, settings: Settings = {}) {
  const server = await TestServer.start(settings)
  t.after(() => server.stop())
  const path = server.server.admin.path ?? ''
  const client = await connectAdmin({ to: path, as: 'ops\u001b[31m' })
  t.after(() => client.close())
  const audit = (): Record<string, unknown>[] => {
    const file = join(path, '..', 'audit.ndjson')
    return existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : []
  }
  return { server, client, path, audit }
}

async function secured(t: TestContext, claims: Record<string, unknown>) {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-admin-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { server, audit } = await node(t, { adminPort: 0, adminTls: certificateFiles(folder) })
  const to = { host: '127.0.0.1', port: server.server.admin.port ?? 0 }
  const connect = async (): Promise<AdminClient> => {
    const client = await connectAdmin({ to, ca: TEST_CERTIFICATE, token: await tokenFor('ops', claims) })
    t.after(() => client.close())
    return client
  }
  return { server, audit, to, connect }
}

describe('the admin socket', () => {
  it('is for its owner only', async (t) => {
    const { path } = await node(t)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
  })

  it('is gone when the node has stopped', async (t) => {
    const { server, path } = await node(t)
    await server.stop()
    assert.equal(existsSync(path), false)
  })

  it('only reads when the node says so', async (t) => {
    const { client, audit } = await node(t, { adminSocketWrites: false })
    assert.equal(client.hello.may, 'read')
    await assert.rejects(client.request('kill', { target: 'users.1' }), { code: 'FORBIDDEN' })
    await assert.rejects(client.request('state', { target: 'users.1' }), { code: 'FORBIDDEN' })
    await assert.rejects(client.request('mailbox', { target: 'users.1', depth: 1 }), { code: 'FORBIDDEN' })
    assert.equal((await client.request('mailbox', { target: 'users.1' })).mailboxLength, 0)
    assert.equal((await client.request('kill', { target: 'users.1', dryRun: true })).done, false)
    assert.deepEqual(
      audit().map(({ phase, what, result }) => [phase, what, result]),
      ['kill', 'state', 'mailbox'].map((what) => ['refused', what, 'FORBIDDEN']),
    )
  })

  it('is not opened when it is off', async (t) => {
    const server = await TestServer.start({ adminSocket: 'off' })
    t.after(() => server.stop())
    assert.equal(server.server.admin.path, undefined)
  })
})

describe('the admin port', () => {
  it('lets a token of the scope admin write', async (t) => {
    const { connect, audit } = await secured(t, { scope: 'user admin' })
    const client = await connect()
    assert.equal(client.hello.may, 'write')
    await client.request('suspend', { target: 'guilds.1', reason: 'a test' })
    const [begun, done] = audit()
    assert.deepEqual(
      [begun?.who, begun?.what, begun?.phase, done?.phase, done?.write],
      ['user ops', 'suspend', 'begun', 'done', begun?.write],
    )
    assert.deepEqual(begun?.params, { dryRun: false, reason: 'a test', target: 'guilds.1' })
  })

  it('lets a token of the scope admin:read read only', async (t) => {
    const client = await (await secured(t, { scope: 'admin:read' })).connect()
    assert.equal(client.hello.may, 'read')
    await assert.rejects(client.request('drain', {}), { code: 'FORBIDDEN' })
  })

  const refused: [what: string, claims: Record<string, unknown>, code: string, text: RegExp][] = [
    ['without an admin scope', { scope: 'user' }, 'FORBIDDEN', /no scope admin/],
    ['that looks like one', { scope: 'administrator' }, 'FORBIDDEN', /no scope admin/],
    ['of a tenant', { scope: 'admin', tenant: 'acme' }, 'FORBIDDEN', /tenant/],
    ['that has expired', { scope: 'admin', exp: 1 }, 'AUTH_FAILED', /it has expired/],
  ]
  for (const [what, claims, code, message] of refused) {
    it(`refuses a token ${what}`, async (t) => {
      const { connect } = await secured(t, claims)
      await assert.rejects(connect(), { code, message })
    })
  }

  it('refuses whoever shows no token, or a foreign one', async (t) => {
    const { to } = await secured(t, {})
    const ca = TEST_CERTIFICATE
    await assert.rejects(connectAdmin({ to, ca }), { code: 'AUTH_FAILED', message: /no token was shown/ })
    await assert.rejects(connectAdmin({ to, ca, token: 'eyJhbGciOiJub25lIn0.e30.' }), { code: 'AUTH_FAILED' })
  })

  it('hears no more of whoever begins with garbage, and lets others in meanwhile', async (t) => {
    const { to, connect } = await secured(t, { scope: 'admin' })
    const strangers = Array.from({ length: 40 }, () => connectTls({ ...to, ca: TEST_CERTIFICATE }))
    const texts = await Promise.all(
      strangers.map(async (socket) => {
        let text = ''
        socket.setEncoding('utf8').on('data', (more: string) => {
          text += more
        })
        socket.on('error', () => {})
        socket.write('GET / HTTP/1.1\n\n'.repeat(100))
        await new Promise((resolve) => socket.on('close', resolve))
        return text
      }),
    )
    // One answer at the most: what follows it is not read.
    for (const text of texts) assert.ok(text === '' || /^\{[^\n]*\}\n$/.test(text), text)
    assert.equal((await connect()).hello.may, 'write')
  })

  it('is not taken for a node by a client that does not trust its certificate', async (t) => {
    const { to } = await secured(t, {})
    await assert.rejects(connectAdmin({ to }), {
      code: 'NOT_A_NODE',
      message: /Cannot reach the node at 127/,
    })
  })

  it('needs a certificate, and a key that fits', async (t) => {
    await assert.rejects(TestServer.start({ adminPort: 0 }), /it needs a certificate/)
    const folder = mkdtempSync(join(tmpdir(), 'guildhall-admin-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const { certFile } = certificateFiles(folder)
    const adminTls = { certFile, keyFile: certFile }
    await assert.rejects(TestServer.start({ adminPort: 0, adminTls }), {
      message: 'Cannot open the admin port: its certificate or key cannot be used',
    })
  })
})

describe('a dry run', () => {
  it('of a kill tells what ends with it, and nothing ends', async (t) => {
    const { server, client, audit } = await node(t)
    const { client: alice } = await server.join('alice')
    const { done, blast } = await client.request('kill', { target: 'conversations.1', dryRun: true })
    assert.equal(done, false)
    // restForOne: what was started after it goes with it, the sessions too.
    assert.deepEqual(
      new Set(blast.types.map(({ type }) => type)),
      new Set(['conversations', 'guilds', 'api', 'sessions', 'session']),
    )
    assert.deepEqual([blast.sessions, blast.users, blast.complete], [1, ['alice'], true])
    alice.send({ op: 'heartbeat', ref: 1 })
    await alice.next('heartbeat')
    assert.deepEqual(
      alice.frames.filter(({ op }) => op === 'resync'),
      [],
    )
    assert.deepEqual(audit(), [])
  })

  it('of a kick and of a drain closes no socket', async (t) => {
    const { server, client } = await node(t)
    const { client: alice } = await server.join('alice')
    assert.equal((await client.request('kick', { user: 'alice', dryRun: true })).blast.sessions, 1)
    const { effect, blast } = await client.request('drain', { dryRun: true })
    assert.match(effect, /^1 session: all clients are sent away/)
    assert.deepEqual(blast.users, ['alice'])
    alice.send({ op: 'heartbeat', ref: 1 })
    await alice.next('heartbeat')
  })

  it('of a thread tells the members of its conversations', async (t) => {
    const { server, client } = await node(t)
    await server.join('alice')
    const opened = await server.http('alice', 'POST', '/v1/conversations', {
      kind: 'group',
      members: ['bob', 'carol'],
    })
    const { id } = (await opened.json()) as { id: string }
    await server.http('alice', 'POST', `/v1/conversations/${id}/messages`, { id: 'm1', body: 'hello' })
    const { blast } = await client.request('restart-thread', { thread: 1, dryRun: true })
    // The user of the session is one of the three.
    assert.deepEqual([blast.sessions, blast.conversations, blast.members], [1, 1, 3])
  })
})

describe('a pause', () => {
  it('tells whom it touches: one session, a whole thread, everybody', async (t) => {
    const { server, client } = await node(t)
    await server.join('alice')
    const { rows } = await client.request('ps', { type: 'session', limit: 1 })
    for (const target of [rows[0]?.ref ?? '', 'users.1', 'gateway']) {
      const { blast } = await client.request('suspend', { target, dryRun: true })
      assert.deepEqual(
        [blast.actors, blast.sessions, blast.members, blast.users],
        [1, 1, 1, ['alice']],
        target,
      )
    }
  })

  it('is found by doctor, and its end by saying that nothing changes', async (t) => {
    const { client } = await node(t)
    await client.request('suspend', { target: 'users.1' })
    const found = (await client.request('doctor', {})).findings.find(({ check }) => check === 'suspended')
    assert.equal(found?.level, 'warn')
    assert.match(found?.fact ?? '', /^operators have suspended users\.1 <1\./)
    assert.match((await client.request('resume', { target: 'users.1' })).effect, /takes messages again$/)
    assert.match((await client.request('resume', { target: 'users.1' })).effect, /not suspended: nothing/)
  })
})

describe('what the node cannot do without', () => {
  it('is neither killed nor suspended, and the node goes on', async (t) => {
    const { client, server } = await node(t)
    for (const verb of ['kill', 'suspend'] as const) {
      for (const target of ['guildhall', 'rootKeeper']) {
        for (const dryRun of [true, false]) {
          await assert.rejects(client.request(verb, { target, dryRun }), { code: 'BAD_REQUEST' }, target)
        }
      }
    }
    await server.join('alice')
  })
})

describe('a write', () => {
  it('is not carried out when whether to try it only is not said clearly', async (t) => {
    const { client } = await node(t)
    for (const dryRun of [null, 'true', 1]) {
      const params = { target: 'users.1', dryRun } as unknown as { target: string }
      await assert.rejects(client.request('suspend', params), { code: 'BAD_REQUEST' })
    }
    assert.equal((await client.request('info', { target: 'users.1' })).state, 'idle')
  })

  it('is in the audit log with who, what, when and what came of it, control characters escaped', async (t) => {
    const { client, audit, path } = await node(t)
    await client.request('kill', { target: 'api.1' })
    await assert.rejects(client.request('kill', { target: '<1.99999.1>' }), { code: 'NOT_FOUND' })
    const entries = audit()
    assert.deepEqual(
      entries.map(({ what, phase, who, as }) => [what, phase, who, as]),
      [
        ['kill', 'begun', 'owner of the socket', 'ops\u001b[31m'],
        ['kill', 'done', 'owner of the socket', 'ops\u001b[31m'],
        ['kill', 'begun', 'owner of the socket', 'ops\u001b[31m'],
        ['kill', 'failed', 'owner of the socket', 'ops\u001b[31m'],
      ],
    )
    assert.match(String(entries[1]?.result), /^api <1\.\d+\.\d+> \(api\.1\) ends at once/)
    assert.equal(entries[3]?.result, 'NOT_FOUND')
    assert.ok(Date.parse(String(entries[0]?.at)) > 0)
    const file = join(path, '..', 'audit.ndjson')
    assert.equal(readFileSync(file, 'latin1').includes('\u001b'), false)
    assert.equal(statSync(file).mode & 0o777, 0o600)
  })

  it('ends an actor, which its supervisor starts again', async (t) => {
    const { client } = await node(t)
    const before = await client.request('info', { target: 'guilds.1' })
    assert.equal((await client.request('kill', { target: 'guilds.1' })).done, true)
    for (;;) {
      const { restarts } = await client.request('restarts', {})
      if (restarts.some(({ event, child }) => event === 'restarted' && child === 'guilds')) break
    }
    assert.notEqual((await client.request('info', { target: 'guilds.1' })).ref, before.ref)
    await assert.rejects(client.request('info', { target: before.ref }), { code: 'NOT_FOUND' })
  })

  it('suspends an actor and lets it go on', async (t) => {
    const { client } = await node(t)
    await client.request('suspend', { target: 'guilds.1' })
    assert.equal((await client.request('info', { target: 'guilds.1' })).state, 'suspended')
    await client.request('resume', { target: 'guilds.1' })
    assert.equal((await client.request('info', { target: 'guilds.1' })).state, 'idle')
  })

  it('ends the sessions of a user for good: neither socket nor ticket works any more', async (t) => {
    const { server, client } = await node(t)
    const alice = await server.join('alice')
    await client.request('kick', { user: 'alice' })
    assert.equal((await alice.client.next('error')).code, 'FORBIDDEN')
    assert.equal((await alice.client.closed).code, 4004)
    const again = await server.open()
    const { session, resume } = alice.ready
    again.send({ op: 'resume', token: await tokenFor('alice'), session, resume, cursors: {} })
    assert.equal((await again.next('error')).code, 'SESSION_GONE')
  })

  it('ends one session, by its name or by its connection', async (t) => {
    const { server, client } = await node(t)
    const phone = await server.join('alice', 'phone')
    const tablet = await server.join('alice', 'tablet')
    const laptop = await server.join('alice', 'laptop')
    await client.request('kick', { session: phone.ready.session })
    assert.equal((await phone.client.closed).code, 4004)
    const { sessions } = await client.request('where', { user: 'alice' })
    const connection = sessions.find(({ device }) => device === 'tablet')?.connection
    await client.request('kick', { session: String(connection) })
    assert.equal((await tablet.client.closed).code, 4004)
    laptop.client.send({ op: 'heartbeat', ref: 1 })
    await laptop.client.next('heartbeat')
  })

  it('restarts a thread; its sockets stay open', async (t) => {
    const { server, client } = await node(t)
    const { client: alice } = await server.join('alice')
    await client.request('restart-thread', { thread: 1 })
    await alice.next('resync')
    const { threads } = await client.request('threads', {})
    assert.deepEqual([threads[1]?.restarts, threads[1]?.lastFault], [1, 'restarted by an operator'])
  })

  it('drains the node: clients are told where to go, and it stops', async (t) => {
    const { server, client } = await node(t, { drainMs: 100 })
    const { client: alice } = await server.join('alice')
    assert.equal((await client.request('drain', {})).done, true)
    await alice.next('reconnect')
    assert.equal((await alice.closed).code, 1012)
    assert.equal(await server.server.done, 'shutdown')
  })

  it('does not happen when the audit log cannot be written', async (t) => {
    const { client, path } = await node(t)
    const before = await client.request('info', { target: 'guilds.1' })
    // A folder in the place of the file.
    const { mkdirSync } = await import('node:fs')
    mkdirSync(join(path, '..', 'audit.ndjson'))
    await assert.rejects(client.request('kill', { target: 'guilds.1' }), {
      code: 'UNAVAILABLE',
      message: /the audit log cannot be written/,
    })
    assert.equal((await client.request('info', { target: 'guilds.1' })).ref, before.ref)
  })
})
