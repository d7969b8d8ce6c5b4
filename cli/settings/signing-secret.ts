/** The secret that tokens are signed with, on a node that has one. */

import { Failure } from '../failure.ts'
import { isDevelopment } from './checks.ts'
import type { Settings } from './definitions.ts'
import { devSecret } from './dev-secret.ts'

/** @throws Failure where tokens are checked with a public key */
export function signingSecret(settings: Settings): string {
  if (settings.jwtSecret !== undefined) return settings.jwtSecret
  if (isDevelopment(settings)) return devSecret(settings.data).secret
  const fix = 'Have it made by whoever holds the private key, or set GUILDHALL_JWT_SECRET'
  throw new Failure(`Cannot make a token: this node checks tokens with a public key. ${fix}`)
}
