import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, it } from 'node:test'
import { SignJWT } from 'jose'
import { Authenticator, type AuthSettings } from './authenticator.ts'

const SECRET = 'the secret of the tests'
const LATER = Math.floor(Date.now() / 1_000) + 600

const hs256 = (claims: Record<string, unknown>, secret = SECRET): string =>
  unsafeToken({ alg: 'HS256' }, claims, (text) =>
    createHmac('sha256', secret).update(text).digest('base64url'),
  )

/** Any header with any claims: libraries refuse to make what attackers send. */
function unsafeToken(header: object, claims: object, sign: (text: string) => string): string {
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${sign(text)}`
}

async function codeOf(settings: AuthSettings, token: string): Promise<string> {
  const who = await new Authenticator(settings).check(token)
  if (who.ok) return `ok ${JSON.stringify(who.identity.user)}`
  assert.ok(!who.failure.message.includes(token.slice(0, 8) || 'no token'), 'the token is not repeated')
  return who.failure.code
}

const withSecret: AuthSettings = { key: { secret: SECRET } }

describe('the authenticator', () => {
  it('knows the user and the tenant of a valid token', async () => {
    assert.equal(await codeOf(withSecret, hs256({ sub: 'alice', exp: LATER })), 'ok "alice"')
    const inTenant = hs256({ sub: 'alice', exp: LATER, tenant: 'acme' })
    assert.equal(await codeOf(withSecret, inTenant), 'ok "acme\\u001falice"')
  })

  it('refuses forged, unsigned, expired and endless tokens', async () => {
    const claims = { sub: 'alice', exp: LATER }
    const bad = [
      hs256(claims, 'another secret'),
      unsafeToken({ alg: 'none' }, claims, () => ''),
      unsafeToken({ alg: 'None' }, claims, () => ''),
      unsafeToken({ alg: 'HS512' }, claims, (text) =>
        createHmac('sha512', SECRET).update(text).digest('base64url'),
      ),
      hs256({ sub: 'alice', exp: LATER - 1_200 }),
      hs256({ sub: 'alice' }),
      hs256({ sub: 'alice', exp: 'never' }),
      hs256({ exp: LATER }),
      '',
      'a.b.c',
      'x'.repeat(4_000),
    ]
    for (const token of bad) assert.equal(await codeOf(withSecret, token), 'AUTH_FAILED', token.slice(0, 60))
  })

  it('refuses users and tenants that are no names', async () => {
    for (const claims of [
      { sub: '' },
      { sub: 7 },
      { sub: 'a\u0000' },
      { sub: 'x'.repeat(129) },
      { sub: 'a\u001fb' },
    ]) {
      assert.equal(await codeOf(withSecret, hs256({ exp: LATER, ...claims })), 'AUTH_FAILED')
    }
    for (const tenant of ['a\u001f', 5, {}, 'x'.repeat(200)]) {
      assert.equal(await codeOf(withSecret, hs256({ sub: 'alice', exp: LATER, tenant })), 'AUTH_FAILED')
    }
  })

  it('checks audience and issuer when they are set', async () => {
    const settings = { ...withSecret, audience: 'chat', issuer: 'us' }
    const claims = { sub: 'alice', exp: LATER, aud: 'chat', iss: 'us' }
    assert.equal(await codeOf(settings, hs256(claims)), 'ok "alice"')
    assert.equal(await codeOf(settings, hs256({ ...claims, aud: 'shop' })), 'AUTH_FAILED')
    assert.equal(await codeOf(settings, hs256({ ...claims, iss: 'them' })), 'AUTH_FAILED')
    assert.equal(await codeOf(settings, hs256({ sub: 'alice', exp: LATER })), 'AUTH_FAILED')
  })

  const kinds: [string, string, () => { publicKey: KeyObject; privateKey: KeyObject }][] = [
    ['EdDSA', 'Ed25519', () => generateKeyPairSync('ed25519')],
    ['ES256', 'P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['RS256', 'RSA', () => generateKeyPairSync('rsa', { modulusLength: 2_048 })],
  ]
  for (const [alg, name, generate] of kinds) {
    it(`takes ${alg} by a PEM or JWK of ${name}, and no HS256 signed with the public key`, async () => {
      const { publicKey, privateKey } = generate()
      const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
      const jwk = JSON.stringify(publicKey.export({ format: 'jwk' }))
      const token = await new SignJWT({ sub: 'alice', exp: LATER })
        .setProtectedHeader({ alg })
        .sign(privateKey)
      for (const key of [pem, jwk]) {
        const settings = { key: { publicKey: key } }
        assert.equal(await codeOf(settings, token), 'ok "alice"')
        assert.equal(await codeOf(settings, hs256({ sub: 'alice', exp: LATER }, key)), 'AUTH_FAILED')
      }
    })
  }

  it('refuses keys that cannot be meant', () => {
    assert.throws(
      () => new Authenticator({ key: { secret: '-----BEGIN PUBLIC KEY-----\n' } }),
      /Cannot use the secret/,
    )
    assert.throws(() => new Authenticator({ key: { secret: '' } }), /Cannot use the secret/)
    assert.throws(() => new Authenticator({ key: { publicKey: 'hello' } }), /Cannot use the public key/)
  })
})
