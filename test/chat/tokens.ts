/** Tokens for tests, made with node:crypto alone, so that forged ones can be made as well. */

import { createHmac } from 'node:crypto'

export const SECRET = 'the-secret-of-the-chat-tests-0123456789abcdef'

export interface Claims {
  readonly sub?: unknown
  readonly exp?: unknown
  readonly tenant?: string
  readonly scope?: string
  readonly nbf?: number
}

/** A valid token of one hour. */
export function tokenOf(user: string, tenant?: string): string {
  return signed({ sub: user, exp: inSeconds(3_600), ...(tenant === undefined ? {} : { tenant }) })
}

export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds
}

/** Any claims under any header, signed with HMAC by any secret. */
export function signed(claims: Claims, { secret = SECRET, alg = 'HS256' } = {}): string {
  const content = `${part({ alg, typ: 'JWT' })}.${part(claims)}`
  const hash = alg === 'HS512' ? 'sha512' : 'sha256'
  return `${content}.${createHmac(hash, secret).update(content).digest('base64url')}`
}

/** The algorithm `none`, without a signature. */
export function unsigned(claims: Claims, alg = 'none'): string {
  return `${part({ alg, typ: 'JWT' })}.${part(claims)}.`
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
