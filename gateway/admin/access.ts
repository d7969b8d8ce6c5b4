/**
 * Access: what a caller may do. The owner of the Unix socket is let in by the file's mode; whoever comes over TCP shows
 * a token.
 *
 * Guarantees: a token counts until it expires, for the connection on which it was shown. The scope `admin` may write,
 * `admin:read` may read, any other nothing; a tenant's token nothing either, because a node's figures cross tenants.
 */

import type { Authenticator } from '../authenticator.ts'
import { Refusal } from './params.ts'

export interface Right {
  readonly who: string
  readonly may: 'read' | 'write'
}

export interface Access {
  /** @throws Refusal `AUTH_FAILED`, `FORBIDDEN`, `UNAVAILABLE` */
  right(token: unknown): Promise<Right>
}

export function ownerAccess(mayWrite: boolean): Access {
  const right = { who: 'owner of the socket', may: mayWrite ? 'write' : 'read' } as const
  return { right: () => Promise.resolve(right) }
}

export class TokenAccess implements Access {
  readonly #authenticator: Authenticator
  readonly #nowMs: () => number
  #token: string | undefined
  #right: Right | undefined
  #expiresAtMs = 0

  constructor(authenticator: Authenticator, nowMs: () => number = Date.now) {
    this.#authenticator = authenticator
    this.#nowMs = nowMs
  }

  async right(token: unknown): Promise<Right> {
    if (token !== undefined && token !== this.#token) await this.#take(token)
    if (this.#right === undefined) throw new Refusal('AUTH_FAILED', 'Cannot answer: no token was shown')
    if (this.#nowMs() >= this.#expiresAtMs) {
      throw new Refusal('AUTH_FAILED', 'Cannot answer: the token has expired')
    }
    return this.#right
  }

  async #take(token: unknown): Promise<void> {
    this.#right = undefined
    this.#token = undefined
    if (typeof token !== 'string') throw new Refusal('AUTH_FAILED', 'Cannot accept the token: it is no text')
    const who = await this.#authenticator.check(token)
    if (!who.ok) {
      const { code, message } = who.failure
      throw new Refusal(code === 'UNAVAILABLE' ? 'UNAVAILABLE' : 'AUTH_FAILED', message)
    }
    const { id, tenant, scopes, expiresAtMs } = who.identity
    const may = scopes.includes('admin') ? 'write' : scopes.includes('admin:read') ? 'read' : undefined
    if (may === undefined)
      throw new Refusal('FORBIDDEN', 'Cannot answer: the token has no scope admin or admin:read')
    if (tenant !== '')
      throw new Refusal('FORBIDDEN', "Cannot answer: a tenant's token does not reach the whole node")
    this.#token = token
    this.#right = { who: `user ${id}`, may }
    this.#expiresAtMs = expiresAtMs
  }
}
