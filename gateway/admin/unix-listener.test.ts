/** The Unix socket when several want its place. What becomes of a stale one: parts.test.ts. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { listenUnix } from './unix-listener.ts'

function place(t: TestContext): { readonly folder: string; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-admin-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return { folder, path: join(folder, 'admin.sock') }
}

async function answerOf(path: string): Promise<string> {
  let text = ''
  for await (const chunk of connect({ path })) text += chunk
  return text
}

async function opened(t: TestContext, path: string, says: string): Promise<Server> {
  const server = createServer((socket) => socket.end(says))
  t.after(() => server.close())
  await listenUnix(server, path)
  return server
}

const closed = (server: Server) => new Promise((resolve) => server.close(resolve))

describe('the Unix socket', () => {
  it('is opened by one of eight that find a stale one there at once, and that one answers', async (t) => {
    const { folder, path } = place(t)
    const code = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', code])
    const tries = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => opened(t, path, `${i}`)))
    const winners = tries.flatMap(({ status }, i) => (status === 'fulfilled' ? [`${i}`] : []))
    assert.equal(winners.length, 1)
    assert.equal(await answerOf(path), winners[0])
    assert.deepEqual(readdirSync(folder), ['admin.sock'])
  })

  it('goes with its server', async (t) => {
    const { folder, path } = place(t)
    await closed(await opened(t, path, 'first'))
    assert.deepEqual(readdirSync(folder), [])
  })

  it('stays when another server has taken its place', async (t) => {
    const { path } = place(t)
    const first = await opened(t, path, 'first')
    rmSync(path)
    await opened(t, path, 'second')
    await closed(first)
    assert.ok(lstatSync(path).isSocket())
    assert.equal(await answerOf(path), 'second')
  })
})
