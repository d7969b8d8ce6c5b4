/** Signs tokens as a node with a secret accepts them. */

import type { Settings } from './settings/definitions.ts'
import { signingSecret } from './settings/signing-secret.ts'

export interface TokenRequest {
  readonly user: string
  readonly ttlSeconds: number
  readonly tenant?: string | undefined
  readonly scope?: string | undefined
}

export async function makeToken(settings: Settings, { user, ttlSeconds, tenant, scope }: TokenRequest) {
  const { SignJWT } = await import('jose') // only here: most commands need no token
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const claims = { ...(tenant === undefined ? {} : { tenant }), ...(scope === undefined ? {} : { scope }) }
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(user)
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + ttlSeconds)
  if (settings.jwtAudience !== undefined) token.setAudience(settings.jwtAudience)
  if (settings.jwtIssuer !== undefined) token.setIssuer(settings.jwtIssuer)
  return await token.sign(new TextEncoder().encode(signingSecret(settings)))
}
