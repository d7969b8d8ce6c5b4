/** The door with TLS: strangers who say nothing keep nobody out, and do not keep the node from stopping. */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { FakeClock } from '../fake-clock.ts'
import { TestServer, tokenFor } from '../test-server.ts'
import { AuditLog } from './audit.ts'
import { connectAdmin } from './index.ts'
import { RefusedAttempts } from './refused-attempts.ts'
import { certificateFiles, TEST_CERTIFICATE } from './test-certificate.ts'

async function secured(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-door-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const warnings: { readonly fields: Readonly<Record<string, unknown>>; readonly message: string }[] = []
  const log = {
    info() {},
    warn: (fields: object, message: string) => void warnings.push({ fields: { ...fields }, message }),
    error() {},
  }
  const server = await TestServer.start({ adminPort: 0, adminTls: certificateFiles(folder), log })
  t.after(() => server.stop())
  const to = { host: '127.0.0.1', port: server.server.admin.port ?? 0 }
  const operator = async (claims: Record<string, unknown> = { scope: 'admin' }) => {
    const client = await connectAdmin({ to, ca: TEST_CERTIFICATE, token: await tokenFor('ops', claims) })
    t.after(() => client.close())
    return client
  }
  return { server, to, operator, warnings }
}

function opened(t: TestContext, socket: Socket, event: 'connect' | 'secureConnect'): Promise<Socket> {
  t.after(() => socket.destroy())
  socket.on('error', () => {})
  return new Promise((resolve) => socket.once(event, () => resolve(socket)))
}

describe('the door with TLS', () => {
  it('closes at once, although a stranger is in the middle of his handshake', {
    timeout: 10_000,
  }, async (t) => {
    const { server, to } = await secured(t)
    const silent = await opened(t, connect(to), 'connect')
    const closed = new Promise((resolve) => silent.once('close', resolve))
    await server.server.drain()
    await closed
    await assert.rejects(connectAdmin({ to, ca: TEST_CERTIFICATE }), { code: 'NO_NODE' })
  })

  it('lets operators in though 80 strangers say nothing, before TLS or behind it', async (t) => {
    const { to, operator } = await secured(t)
    const first = await operator()
    for (let i = 0; i < 40; i++) await opened(t, connect(to), 'connect')
    for (let i = 0; i < 40; i++) {
      await opened(t, connectTls({ ...to, ca: TEST_CERTIFICATE }), 'secureConnect')
    }
    const second = await operator()
    assert.equal((await second.request('hello', {})).may, 'write')
    // Whoever has been let in does not make room.
    assert.equal((await first.request('hello', {})).may, 'write')
  })

  it('tells an operator what is wrong with his way in', async (t) => {
    const { to, server } = await secured(t)
    const message = /certificate is signed by nobody who is known here/
    await assert.rejects(connectAdmin({ to }), { code: 'NOT_A_NODE', message })
    const plain = connectAdmin({ to: { ...to, port: server.port } })
    await assert.rejects(plain, { code: 'NOT_A_NODE', message: /does not speak TLS/ })
  })

  it('has who was refused in the log of the node, without his token', async (t) => {
    const { operator, warnings } = await secured(t)
    await assert.rejects(operator({ scope: 'user' }), { code: 'FORBIDDEN' })
    const [told] = warnings.filter(({ message }) => message === 'an operator was refused')
    const { address, code, kind, who } = told?.fields ?? {}
    assert.deepEqual([address, code, kind, who], ['127.0.0.1', 'FORBIDDEN', 'hello', undefined])
    assert.doesNotMatch(JSON.stringify(warnings), /eyJ/)
  })

  it('has who may only read and tried to write in the audit log', async (t) => {
    const { server, operator } = await secured(t)
    const reader = await operator({ scope: 'admin:read' })
    await assert.rejects(reader.request('kill', { target: 'users.1' }), { code: 'FORBIDDEN' })
    const file = join(server.server.admin.path ?? '', '..', 'audit.ndjson')
    const { phase, who, what, result } = JSON.parse(readFileSync(file, 'utf8'))
    assert.deepEqual([phase, who, what, result], ['refused', 'user ops', 'kill', 'FORBIDDEN'])
  })
})

describe('refused attempts', () => {
  it('are told no more than 20 at once and one every 10 s, with how many were left out', () => {
    const clock = new FakeClock()
    const told: { readonly untold?: number }[] = []
    const log = { info() {}, warn: (fields: object) => void told.push(fields), error() {} }
    const refused = new RefusedAttempts(clock, log, new AuditLog(undefined, log))
    const attempt = {
      address: '::1',
      code: 'AUTH_FAILED',
      kind: 'hello',
      who: undefined,
      as: undefined,
    } as const
    for (let i = 0; i < 1_000; i++) refused.note(attempt)
    assert.equal(told.length, 20)
    clock.advance(10_000)
    refused.note(attempt)
    refused.note(attempt)
    assert.deepEqual([told.length, told.at(-1)?.untold], [21, 980])
  })
})
