import assert from 'node:assert/strict'
import { closeSync, openSync } from 'node:fs'
import { describe, it } from 'node:test'
import { inTemporaryFolder, runCli } from './testing/cli-process.ts'

const LOOK = [
  'tree',
  'top',
  'ps',
  'info',
  'state',
  'mailbox',
  'links',
  'trace',
  'threads',
  'restarts',
  'crashes',
]
const ASK = ['deadletters', 'sessions', 'where', 'guild', 'conversation', 'why', 'doctor', 'watch']
const STEER = ['kill', 'suspend', 'resume', 'kick', 'drain', 'restart-thread']
const COMMANDS = [
  ...['start', 'config', 'token', 'chat', 'export', 'import', 'completion'],
  ...[...LOOK, ...ASK, ...STEER],
]

describe('guildhall', { concurrency: 2 }, () => {
  for (const command of COMMANDS) {
    it(`explains ${command} with examples`, () =>
      inTemporaryFolder(async (cwd) => {
        const { code, stdout, stderr } = await runCli([command, '--help'], { cwd })
        assert.equal(code, 0)
        assert.equal(stderr, '')
        assert.match(stdout, new RegExp(`^Usage: guildhall ${command} `))
        assert.match(stdout, new RegExp(`Examples:\\n {2}\\$ .*guildhall ${command}`))
      }))
  }

  it('lists every command and the exit codes', () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stdout } = await runCli(['--help'], { cwd })
      assert.equal(code, 0)
      for (const command of COMMANDS) assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'))
      assert.match(stdout, /Exit codes: 0 done, 1 failed, 2 wrong/)
      for (const line of stdout.split('\n')) assert.ok([...line].length <= 80, line)
    }))

  it('exits 1 and says so when what it prints finds no room on the disk', () =>
    inTemporaryFolder(async (cwd) => {
      const output = openSync('/dev/full', 'w')
      const { code, stderr } = await runCli(['config'], { cwd, output })
      closeSync(output)
      assert.equal(code, 1)
      assert.match(stderr, /^Cannot write the output: ENOSPC/m)
    }))

  const wrong: readonly [readonly string[], RegExp][] = [
    [[], /Usage: guildhall/],
    [['tokn'], /unknown command 'tokn'[\s\S]*token/],
    [['--nonsense'], /unknown option '--nonsense'/],
    [['start', '--prot', '1'], /unknown option '--prot'[\s\S]*--port/],
    [['start', '--port'], /argument missing/],
    [['import'], /missing required argument 'file'/],
    [['why', '1'], /'--user <id>' not specified/],
    [['tree', '--json', '--ndjson'], /cannot be used with/],
    [['top', '--interval', '5'], /Give a time from 100 to 60000 ms/],
    [['ps', '--limit', '0'], /Give a whole number from 1 to 5000/],
    [['chat', '--user', 'a'], /'--to <id>' not specified/],
    [['chat', '--user', 'a', '--to', 'b', '--url', 'nowhere'], /Give an address such as ws:/],
  ]
  for (const [args, expected] of wrong) {
    it(`exits 2 and says what is wrong with ${JSON.stringify(args)}`, () =>
      inTemporaryFolder(async (cwd) => {
        const { code, stdout, stderr } = await runCli(args, { cwd })
        assert.equal(code, 2)
        assert.equal(stdout, '')
        assert.match(stderr, expected)
      }))
  }
})
