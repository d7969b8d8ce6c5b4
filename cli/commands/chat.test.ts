import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CliProcess, inTemporaryFolder, runCli } from '../testing/cli-process.ts'

async function withNode(use: (cwd: string, url: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (cwd) => {
    const node = new CliProcess(['start', '--port', '0'], { cwd })
    try {
      const [, port] = await node.says(/"url":"http:\/\/127\.0\.0\.1:(\d+)"/)
      await use(cwd, `ws://127.0.0.1:${port}`)
    } finally {
      node.kill('SIGKILL')
      await node.ended
    }
  })
}

function chatArgs(user: string, to: string, url: string): string[] {
  return ['chat', '--user', user, '--to', to, '--url', url]
}

describe('guildhall chat', () => {
  it('lets two people talk, with history, ticks and a clean end', () =>
    withNode(async (cwd, url) => {
      const alice = new CliProcess(chatArgs('alice', 'bob', url), { cwd })
      alice.type('hello bob')
      await alice.says(/alice: hello bob/)
      const bob = new CliProcess(chatArgs('bob', 'alice', url), { cwd })
      await bob.says(/alice: hello bob/)
      await alice.says(/read by bob/)
      bob.type('hello alice')
      await alice.says(/bob: hello alice/)
      alice.endInput()
      bob.kill('SIGINT')
      const [first, second] = await Promise.all([alice.ended, bob.ended])
      assert.deepEqual([first.code, second.code], [0, 0], first.stderr + second.stderr)
      assert.match(first.stdout, /^\d\d:\d\d alice: hello bob\n\d\d:\d\d bob: hello alice\n$/)
    }))

  it('sends every line of a pipe in order, waits until all are durable, and exits 0', () =>
    withNode(async (cwd, url) => {
      const lines = Array.from({ length: 30 }, (_, i) => `line ${i}`)
      const sent = await runCli(chatArgs('ci', 'alice', url), { cwd, input: `${lines.join('\n')}\n` })
      assert.equal(sent.code, 0, sent.stderr)
      const read = await runCli(chatArgs('alice', 'ci', url), { cwd })
      assert.deepEqual(
        read.stdout
          .trim()
          .split('\n')
          .map((line) => line.replace(/^\d\d:\d\d ci: /, '')),
        lines,
      )
    }))

  it('never sends control characters of others to the terminal', () =>
    withNode(async (cwd, url) => {
      await runCli(chatArgs('mallory', 'alice', url), { cwd, input: 'a\u001b]0;x\u0007b\n' })
      const { stdout } = await runCli(chatArgs('alice', 'mallory', url), { cwd })
      assert.match(stdout, /mallory: a␛\]0;x␇b\n$/)
    }))

  it('says what to do when no node answers', () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stdout, stderr } = await runCli(chatArgs('a', 'b', 'ws://127.0.0.1:9'), { cwd })
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /^Cannot reach ws:\/\/127\.0\.0\.1:9: no answer\. Is the node running\?/)
    }))
})
