/** doctor on real nodes: what it finds where something is wrong, and that it finds nothing where all is well. */

import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { TestServer } from '../test-server.ts'
import type { AdminNode } from './admin-node.ts'
import { checkClock, checkDisk, storeFill } from './doctor-store.ts'
import { connectAdmin, type Finding } from './index.ts'
import { certificateFiles } from './test-certificate.ts'

const DEV_SECRET = 'd'.repeat(64)

async function findings(
  t: TestContext,
  settings: Parameters<typeof TestServer.start>[0] = {},
): Promise<readonly Finding[]> {
  const server = await TestServer.start(settings)
  t.after(() => server.stop())
  const admin = await connectAdmin({ to: server.server.admin.path ?? '' })
  t.after(() => admin.close())
  return (await admin.request('doctor', {})).findings
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-doctor-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function of(all: readonly Finding[], check: string): Finding[] {
  return all.filter((finding) => finding.check === check)
}

describe('doctor', () => {
  it('looks at descriptors, kernel, memory, threads, disk, store, clock, secrets and files', async (t) => {
    const all = await findings(t)
    const checks = ['descriptors', 'memory', 'threads', 'disk', 'store', 'clock', 'secrets', 'files']
    for (const check of checks) assert.ok(of(all, check).length > 0, check)
    for (const { level, fix } of all) assert.equal(fix === '', level === 'ok')
    for (const check of ['store', 'clock', 'secrets', 'files'])
      assert.equal(of(all, check)[0]?.level, 'ok', check)
  })

  it('finds the secret of development mode and files that others may open, and shows no secret', async (t) => {
    const data = folderOf(t)
    writeFileSync(join(data, 'dev-secret'), `${DEV_SECRET}\n`)
    chmodSync(join(data, 'dev-secret'), 0o644)
    chmodSync(data, 0o755)
    const all = await findings(t, { data, auth: { key: { secret: DEV_SECRET } } })
    assert.deepEqual(
      of(all, 'secrets').map(({ level, fact }) => [level, fact]),
      [['warn', 'the secret of development mode is in use, on 127.0.0.1']],
    )
    assert.deepEqual(
      of(all, 'files').map(({ fix }) => fix),
      [`chmod 700 ${data}`, `chmod 600 ${join(data, 'dev-secret')}`],
    )
    assert.equal(JSON.stringify(all).includes(DEV_SECRET), false)
  })

  it('finds a folder of the admin socket that others may write to', async (t) => {
    const folder = folderOf(t)
    chmodSync(folder, 0o733)
    const adminSocket = join(folder, 'a.sock')
    const [open] = of(await findings(t, { adminSocket }), 'files')
    assert.deepEqual([open?.level, open?.fix], ['warn', `chmod go-w ${folder}`])
    assert.match(open?.fact ?? '', /where the admin socket is \(mode 733\)/)
    chmodSync(folder, 0o1777)
    const server = await findings(t, { adminSocket: join(folder, 'b.sock') })
    assert.match(of(server, 'files')[0]?.fix ?? '', /in a folder of the node alone/)
    chmodSync(folder, 0o755)
    assert.equal(of(await findings(t, { adminSocket: join(folder, 'c.sock') }), 'files')[0]?.level, 'ok')
  })

  it('finds a secret that is too short', async (t) => {
    const [finding] = of(await findings(t, { auth: { key: { secret: 'short' } } }), 'secrets')
    assert.deepEqual([finding?.level, finding?.fact], ['warn', 'the secret is shorter than 32 bytes'])
  })

  it('finds a node without room for sockets', async (t) => {
    const [descriptors] = of(await findings(t, { connectionsMax: 1 }), 'descriptors')
    const fix = 'raise connectionsMax, or start another node'
    assert.deepEqual([descriptors?.level, descriptors?.fix], ['warn', fix])
  })

  it('finds a data folder that is gone', async (t) => {
    const data = join(folderOf(t), 'gone')
    const [finding] = await checkDisk({ settings: { data } } as AdminNode)
    assert.deepEqual([finding?.level, finding?.fix], ['fail', 'give the node back its data folder'])
  })

  it('finds a clock that is behind what was stored, and one that was set', async (t) => {
    const storedAt = (ms: number) => {
      const lastId = async () => String((BigInt(ms) - 1_420_070_400_000n) << 22n)
      const use = async (_: unknown, read: (store: unknown) => unknown) => read({ lastId })
      return checkClock({ store: { use } } as unknown as AdminNode)
    }
    assert.equal((await storedAt(Date.now()))[0]?.level, 'ok')
    const [behind] = await storedAt(Date.now() + 60_000)
    assert.equal(behind?.level, 'fail')
    assert.match(behind?.fact ?? '', /the clock is \d+ ms behind the newest id/)
    const nowMs = Date.now()
    t.mock.method(Date, 'now', () => nowMs - 3_600_000)
    const [set] = await storedAt(nowMs - 7_200_000)
    assert.equal(set?.level, 'warn')
    assert.match(set?.fact ?? '', /the clock was set by -3\d{6} ms/)
  })

  it('finds a store that is nearly full', () => {
    const levels = [100, 800, 801, 950, 951].map((used) => storeFill(used, 1_000).level)
    assert.deepEqual(levels, ['ok', 'ok', 'warn', 'warn', 'fail'])
    assert.match(storeFill(900, 1_000).fact, /takes 900 of 1000 MiB \(90.0%\)/)
  })

  it('tells how long the certificate holds', async (t) => {
    const all = await findings(t, { adminPort: 0, adminTls: certificateFiles(folderOf(t)) })
    assert.match(of(all, 'tls')[0]?.fact ?? '', /holds for 36\d{3} days/)
  })
})
