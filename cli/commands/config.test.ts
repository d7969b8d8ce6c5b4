import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inTemporaryFolder, runCli } from '../testing/cli-process.ts'

const SECRET = 'an-example-of-a-secret-with-32-bytes'

describe('guildhall config', () => {
  it('says of each value where it comes from', () =>
    inTemporaryFolder(async (cwd) => {
      writeFileSync(
        join(cwd, 'guildhall.json'),
        JSON.stringify({ threads: 2, port: 5_000, logLevel: 'warn' }),
      )
      const env = { GUILDHALL_PORT: '5001', GUILDHALL_LOG_LEVEL: 'debug' }
      const { code, stdout } = await runCli(['config', '--json', '--log-level', 'error'], { cwd, env })
      assert.equal(code, 0)
      const { port, threads, logLevel, host } = JSON.parse(stdout) as Record<string, unknown>
      assert.deepEqual(
        { port, threads, logLevel, host },
        {
          port: { value: 5_001, from: 'GUILDHALL_PORT' },
          threads: { value: 2, from: 'guildhall.json' },
          logLevel: { value: 'error', from: '--log-level' },
          host: { value: '127.0.0.1', from: 'default' },
        },
      )
    }))

  it('never shows the secret', () =>
    inTemporaryFolder(async (cwd) => {
      const env = { GUILDHALL_JWT_SECRET: SECRET }
      for (const args of [['config'], ['config', '--json']]) {
        const { stdout, stderr } = await runCli(args, { cwd, env })
        assert.match(stdout, /\(hidden\)/)
        assert.doesNotMatch(stdout + stderr, new RegExp(SECRET))
      }
    }))

  it('shows no secret of a file that is not JSON', () =>
    inTemporaryFolder(async (cwd) => {
      writeFileSync(join(cwd, 'guildhall.json'), `{ "jwtSecret": "${SECRET}", }`)
      const { code, stderr } = await runCli(['config'], { cwd })
      assert.equal(code, 2)
      assert.match(stderr, /guildhall\.json: it is not JSON/)
      assert.doesNotMatch(stderr, new RegExp(SECRET))
    }))

  it('lists every problem and exits 2', () =>
    inTemporaryFolder(async (cwd) => {
      const env = { GUILDHALL_THREADS: 'many' }
      const { code, stdout, stderr } = await runCli(['config', '--port', '99999'], { cwd, env })
      assert.equal(code, 2)
      assert.equal(stdout, '')
      assert.match(stderr, /2 problems\n {2}--port: .*\n {2}GUILDHALL_THREADS: /)
    }))

  it('refuses a file that was asked for and is not there', () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stderr } = await runCli(['config', '--config', 'gone.json'], { cwd })
      assert.equal(code, 2)
      assert.match(stderr, /Cannot read the settings in gone\.json: ENOENT/)
    }))
})
