import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { connectAdmin } from '../../gateway/admin/index.ts'
import { CliProcess, inTemporaryFolder, runCli } from '../testing/cli-process.ts'

const SECRET = 'an-example-of-a-secret-with-32-bytes'
const LISTENING = /"url":"http:\/\/127\.0\.0\.1:(\d+)"/

/** A running node, killed at the end however the test went. */
async function withNode(
  cwd: string,
  args: readonly string[],
  use: (node: CliProcess, port: string) => Promise<void>,
): Promise<void> {
  const node = new CliProcess(['start', '--port', '0', ...args], { cwd })
  try {
    const [, port = ''] = await node.says(LISTENING)
    await use(node, port)
  } finally {
    node.kill('SIGKILL')
    await node.ended
  }
}

describe('guildhall start', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`drains at ${signal} and exits 0`, () =>
      inTemporaryFolder((cwd) =>
        withNode(cwd, [], async (node, port) => {
          assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
          node.kill(signal)
          const { code, stderr, stdout } = await node.ended
          assert.deepEqual([code, stderr.split('\n').length], [0, 2], stderr)
          for (const line of stdout.trim().split('\n')) assert.ok(JSON.parse(line))
        }),
      ))
  }

  it('exits 0 when an operator has drained it', () =>
    inTemporaryFolder((cwd) =>
      withNode(cwd, [], async (node) => {
        const admin = await connectAdmin({ to: join(cwd, 'data/admin.sock') })
        await admin.request('drain', {})
        const { code, stderr } = await node.ended
        assert.deepEqual([code, stderr.split('\n').length], [0, 2], stderr)
        admin.close()
      }),
    ))

  it('makes a secret in development, says so, and shows neither that one nor another', () =>
    inTemporaryFolder((cwd) =>
      withNode(cwd, [], async (node, port) => {
        const secret = readFileSync(join(cwd, 'data/dev-secret'), 'utf8').trim()
        const { stdout: token } = await runCli(['token', '--user', 'alice'], { cwd })
        const headers = { authorization: `Bearer ${token.trim()}` }
        const answer = await fetch(`http://127.0.0.1:${port}/v1/gateway`, { headers })
        assert.equal(answer.status, 200)
        node.kill('SIGTERM')
        const { stdout, stderr } = await node.ended
        assert.match(stderr, /^Development mode: no secret is set, .*data\/dev-secret/)
        for (const hidden of [secret, token.trim()]) assert.ok(!(stdout + stderr).includes(hidden))
      }),
    ))

  it('names the folder that it cannot make', () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stderr } = await runCli(['start', '--data', '/dev/null/x'], { cwd })
      assert.equal(code, 1)
      assert.equal(stderr, 'Cannot make the folder /dev/null/x: ENOTDIR. Give another with --data\n')
    }))

  it('says nothing of development with a secret', () =>
    inTemporaryFolder((cwd) =>
      withNode(cwd, ['--jwt-secret', SECRET], async (node) => {
        node.kill('SIGTERM')
        const { code, stdout, stderr } = await node.ended
        assert.deepEqual([code, stderr], [0, ''])
        assert.ok(!stdout.includes(SECRET))
      }),
    ))

  it('names the port that is in use, and the folder', () =>
    inTemporaryFolder((cwd) =>
      withNode(cwd, [], async (_, port) => {
        const samePort = await runCli(['start', '--port', port, '--data', 'other'], { cwd })
        assert.equal(samePort.code, 1)
        assert.match(samePort.stderr, new RegExp(`Cannot .*${port}`))
        const sameFolder = await runCli(['start', '--port', '0'], { cwd })
        assert.equal(sameFolder.code, 1)
        assert.match(sameFolder.stderr, /Cannot use the folder .*data: another process \(pid \d+\) uses it/)
      }),
    ))

  it('refuses another host without a secret, with the fix, before anything is made', () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stdout, stderr } = await runCli(['start', '--host', '0.0.0.0'], { cwd })
      assert.deepEqual([code, stdout], [2, ''])
      assert.match(stderr, /no secret\. Set GUILDHALL_JWT_SECRET/)
    }))
})
