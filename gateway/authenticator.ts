/**
 * Authenticator: who a token speaks for.
 *
 * Guarantees: the accepted algorithms are always given and follow from the kind of key, so a token cannot choose its
 * own; `none` is never one of them. A token without `sub` or `exp` is refused. Failures name the claim at fault and
 * repeat nothing of the token.
 */

import { createPublicKey, type KeyObject } from 'node:crypto'
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { type Failure, isUserId } from '../protocol/index.ts'
import { type UserKey, userKey } from '../storage/index.ts'

export interface AuthSettings {
  readonly key: /** HS256. */
    | { readonly secret: string }
    /** A PEM or a JWK as JSON: Ed25519 (EdDSA), P-256 (ES256) or RSA (RS256). */
    | { readonly publicKey: string }
    /** Any of these three, from a server. */
    | { readonly jwksUrl: string }
  /** Checked when given. */
  readonly audience?: string | undefined
  readonly issuer?: string | undefined
}

/** What a valid token says. */
interface Identity {
  readonly user: UserKey
  readonly id: string
  /** Empty: the tenant without a name. */
  readonly tenant: string
  readonly scopes: readonly string[]
  /** From when on the token does not count any more, in ms since 1970. */
  readonly expiresAtMs: number
}

export type Authenticated =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly failure: Failure }

interface Verifier {
  readonly key: Uint8Array | KeyObject | JWTVerifyGetKey
  readonly algorithms: string[]
}

const PUBLIC_ALGORITHMS = ['EdDSA', 'Ed25519', 'ES256', 'RS256']
const TENANT_CHARS_MAX = 128
const RETRY_MS = 2_000

export class Authenticator {
  readonly #verifier: Verifier
  readonly #claims: { audience?: string; issuer?: string; requiredClaims: string[] }

  /** @throws Error when the key cannot be used. */
  constructor({ key, audience, issuer }: AuthSettings) {
    this.#verifier = verifierOf(key)
    this.#claims = {
      requiredClaims: ['sub', 'exp'],
      ...(audience === undefined ? {} : { audience }),
      ...(issuer === undefined ? {} : { issuer }),
    }
  }

  async check(token: string): Promise<Authenticated> {
    const { key, algorithms } = this.#verifier
    try {
      // The two overloads of jwtVerify differ in the key only.
      const { payload } = await jwtVerify(token, key as JWTVerifyGetKey, { ...this.#claims, algorithms })
      return identityOf(payload)
    } catch (error) {
      return { ok: false, failure: failureOf(error) }
    }
  }
}

function verifierOf(key: AuthSettings['key']): Verifier {
  if ('secret' in key) {
    // A public key taken for a secret would let anyone who knows it sign tokens.
    if (key.secret === '' || key.secret.includes('-----BEGIN')) {
      throw new Error('Cannot use the secret for tokens: it is empty or a PEM key')
    }
    return { key: new TextEncoder().encode(key.secret), algorithms: ['HS256'] }
  }
  if ('jwksUrl' in key) {
    return { key: createRemoteJWKSet(new URL(key.jwksUrl)), algorithms: PUBLIC_ALGORITHMS }
  }
  const publicKey = importPublicKey(key.publicKey.trim())
  return { key: publicKey, algorithms: algorithmsOf(publicKey) }
}

function importPublicKey(text: string): KeyObject {
  try {
    return text.startsWith('{')
      ? createPublicKey({ key: JSON.parse(text), format: 'jwk' })
      : createPublicKey(text)
  } catch {
    // Without the cause: its text may hold part of the key.
    throw new Error('Cannot use the public key for tokens: it is neither a PEM nor a JWK')
  }
}

function algorithmsOf(key: KeyObject): string[] {
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  if (asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519']
  if (asymmetricKeyType === 'rsa') return ['RS256']
  if (asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1') return ['ES256']
  throw new Error(`Cannot use the public key for tokens: its type is ${asymmetricKeyType}`)
}

function identityOf({ sub, tenant = '', scope, exp = 0 }: JWTPayload): Authenticated {
  if (!isUserId(sub)) return refused('sub is no user id')
  if (!isTenant(tenant)) return refused('tenant is no name')
  const scopes = typeof scope === 'string' ? scope.split(' ') : []
  return {
    ok: true,
    identity: { user: userKey(tenant, sub), id: sub, tenant, scopes, expiresAtMs: exp * 1_000 },
  }
}

function isTenant(value: unknown): value is string {
  return value === '' || (isUserId(value) && value.length <= TENANT_CHARS_MAX)
}

function failureOf(error: unknown): Failure {
  if (error instanceof errors.JWTExpired) return authFailed('it has expired')
  if (error instanceof errors.JWTClaimValidationFailed) return authFailed(`${error.claim} is not accepted`)
  if (error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError)) {
    // Not the token's fault: the server with the keys does not answer.
    const message = 'Cannot check the token: the keys cannot be fetched'
    return { code: 'UNAVAILABLE', message, retryAfterMs: RETRY_MS }
  }
  return authFailed('it is not a valid token of this server')
}

function refused(fact: string): Authenticated {
  return { ok: false, failure: authFailed(fact) }
}

function authFailed(fact: string): Failure {
  return { code: 'AUTH_FAILED', message: `Cannot accept the token: ${fact}` }
}
