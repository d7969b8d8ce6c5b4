import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { jwtVerify } from 'jose'
import { inTemporaryFolder, runCli } from '../testing/cli-process.ts'

const SECRET = 'an-example-of-a-secret-with-32-bytes'

async function verify(token: string, secret: string) {
  return await jwtVerify(token, new TextEncoder().encode(secret), {
    algorithms: ['HS256'],
    requiredClaims: ['exp'],
  })
}

describe('guildhall token', () => {
  it('prints a token alone on stdout that verifies with the secret of development', () =>
    inTemporaryFolder(async (cwd) => {
      const { code, stdout } = await runCli(['token', '--user', 'alice'], { cwd })
      assert.equal(code, 0)
      assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
      const secret = readFileSync(join(cwd, 'data/dev-secret'), 'utf8').trim()
      const { payload } = await verify(stdout.trim(), secret)
      assert.equal(payload.sub, 'alice')
      assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 3_600)
    }))

  it('carries tenant, scope, audience, issuer and the time it was asked for', () =>
    inTemporaryFolder(async (cwd) => {
      const args = ['token', '--user', 'ops', '--ttl', '15m', '--tenant', 'acme', '--scope', 'admin']
      const env = { GUILDHALL_JWT_SECRET: SECRET, GUILDHALL_JWT_AUDIENCE: 'chat', GUILDHALL_JWT_ISSUER: 'us' }
      const { stdout, stderr } = await runCli(args, { cwd, env })
      const { iat = 0, exp = 0, ...claims } = (await verify(stdout.trim(), SECRET)).payload
      assert.deepEqual(claims, { sub: 'ops', tenant: 'acme', scope: 'admin', aud: 'chat', iss: 'us' })
      assert.equal(exp - iat, 900)
      assert.equal(stderr, '')
    }))

  it('takes the secret from the file that --config names', () =>
    inTemporaryFolder(async (cwd) => {
      writeFileSync(join(cwd, 'my.json'), JSON.stringify({ jwtSecret: SECRET }))
      const { stdout } = await runCli(['token', '--user', 'a', '--config', 'my.json'], { cwd })
      assert.equal((await verify(stdout.trim(), SECRET)).payload.sub, 'a')
    }))

  it('says who makes tokens where there is only a public key', () =>
    inTemporaryFolder(async (cwd) => {
      const env = { GUILDHALL_JWT_JWKS_URL: 'https://id.example.org/jwks' }
      const { code, stdout, stderr } = await runCli(['token', '--user', 'a'], { cwd, env })
      assert.equal(code, 1)
      assert.equal(stdout, '')
      assert.match(stderr, /Cannot make a token: this node checks tokens with a public key/)
    }))

  const wrong = [
    [],
    ['--user', ''],
    ['--user', 'a\u0007'],
    ['--user', 'x'.repeat(129)],
    ['--user', 'a', '--ttl', '1'],
    ['--user', 'a', '--ttl', '0s'],
    ['--user', 'a', '--scope', 'root'],
    ['--user', 'a', '--nonsense'],
    ['--user', 'a', 'extra'],
  ]
  for (const args of wrong) {
    it(`exits 2 and prints nothing on stdout for ${JSON.stringify(args)}`, () =>
      inTemporaryFolder(async (cwd) => {
        const { code, stdout, stderr } = await runCli(['token', ...args], { cwd })
        assert.equal(code, 2)
        assert.equal(stdout, '')
        assert.match(stderr, /^error: .*\n[\s\S]*Run `guildhall token --help` for help\.\n$/)
      }))
  }
})
