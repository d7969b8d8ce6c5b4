import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkSettings, isThisMachine } from './checks.ts'
import type { Settings } from './definitions.ts'
import { resolveSettings } from './resolve.ts'

const SECRET = 'x'.repeat(32)

function problemsOf(changes: Partial<Settings>, unreadable: readonly string[] = []): string[] {
  const { settings } = resolveSettings({ flags: {}, env: {} })
  return checkSettings({ ...settings, ...changes }, (file) =>
    unreadable.includes(file) ? 'ENOENT' : undefined,
  )
}

describe('settings that do not go together', () => {
  const refused: readonly [string, Partial<Settings>, RegExp][] = [
    [
      'another host without a secret',
      { host: '0.0.0.0' },
      /^--host: "0\.0\.0\.0" .*no secret\. Set GUILDHALL_JWT_SECRET/,
    ],
    [
      'another host with a short secret',
      { host: '::', jwtSecret: 'short' },
      /^--jwt-secret: it is shorter than 32 bytes/,
    ],
    ['a secret and a key', { jwtSecret: SECRET, jwtPublicKey: 'k' }, /more than one is set\. Keep one/],
    ['a certificate without its key', { tlsCert: 'c' }, /^--tls-cert: it is set without --tls-key/],
    ['a key without its certificate', { tlsKey: 'k' }, /^--tls-key: it is set without --tls-cert/],
    ['an admin port without a certificate', { adminPort: 4_001 }, /^--admin-port: it needs a certificate/],
    ['half a certificate for it', { adminTlsKey: 'k' }, /^--admin-tls-cert, --admin-tls-key: one is set/],
  ]
  for (const [title, changes, expected] of refused) {
    it(`refuses ${title}`, () => {
      const problems = problemsOf(changes)
      assert.equal(problems.length, 1)
      assert.match(problems[0] ?? '', expected)
    })
  }

  it('names every file that cannot be read', () => {
    const problems = problemsOf({ tlsCert: 'c', tlsKey: 'k', jwtPublicKey: 'p' }, ['c', 'k', 'p'])
    assert.deepEqual(
      problems.map((problem) => /^--([a-z-]+): cannot read . *: ENOENT/.exec(problem)?.[1]),
      ['tls-cert', 'tls-key', 'jwt-public-key'],
    )
  })

  it('never repeats the secret', () => {
    assert.doesNotMatch(
      problemsOf({ host: '0.0.0.0', jwtSecret: 'hunter2', jwtJwksUrl: 'u' }).join(),
      /hunter2/,
    )
  })

  it('allows this machine without a secret and with a short one', () => {
    assert.deepEqual(problemsOf({}), [])
    assert.deepEqual(problemsOf({ jwtSecret: 'short' }), [])
  })

  it('allows an admin port with a certificate of its own, or with that of the node', () => {
    assert.deepEqual(problemsOf({ adminPort: 4_001, adminTlsCert: 'c', adminTlsKey: 'k' }), [])
    assert.deepEqual(problemsOf({ adminPort: 4_001, tlsCert: 'c', tlsKey: 'k' }), [])
  })

  it('allows another host with a secret, or with a key', () => {
    assert.deepEqual(problemsOf({ host: '0.0.0.0', jwtSecret: SECRET }), [])
    assert.deepEqual(problemsOf({ host: '0.0.0.0', jwtPublicKey: 'k' }), [])
  })
})

it('knows the names of this machine', () => {
  assert.ok(['127.0.0.1', '127.9.9.9', 'localhost', '::1'].every(isThisMachine))
  assert.ok(!['0.0.0.0', '::', '10.0.0.1', '127.example.org', 'localhost.example.org'].some(isThisMachine))
})
