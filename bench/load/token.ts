/** Tokens for the load generator: HS256, made at once, since a promise for each of 15,000 would be measured too. */
import { createHmac } from 'node:crypto'

const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')

export function tokenFor(user: string, secret: string, ttlSeconds = 3_600): string {
  const exp = Math.floor(Date.now() / 1_000) + ttlSeconds
  const payload = Buffer.from(JSON.stringify({ sub: user, exp })).toString('base64url')
  const signature = createHmac('sha256', secret).update(`${HEADER}.${payload}`).digest('base64url')
  return `${HEADER}.${payload}.${signature}`
}
