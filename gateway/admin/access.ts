/**
 * Access: what a caller may do. The owner of the Unix socket is let in by the file's mode; whoever comes over TCP shows
 * a token.
 *
 * Guarantees: a token counts until it expires, for the connection on which it was shown. The scope `admin` may write,
 * `admin:read` may read, any other nothing; a tenant's token nothing either, because a node's figures cross tenants.
 * Each request gets the right of its own token, or of the last one before it, whatever is asked at the same time.
 */

import type { Authenticator } from '../authenticator.ts'
import { Refusal } from './params.ts'

export interface Right {
  readonly who: string
  readonly may: 'read' | 'write'
  /** Where he came in: those of one door cannot take the places of the other. */
  readonly door: 'socket' | 'port'
  /** Wall clock; undefined: it does not end. Whatever is still going on then must be ended by the channel. */
  readonly expiresAtMs: number | undefined
}

export interface Access {
  /** @throws Refusal `AUTH_FAILED`, `FORBIDDEN`, `UNAVAILABLE` */
  right(token: unknown): Promise<Right>
}

export function ownerAccess(mayWrite: boolean): Access {
  const who = 'owner of the socket'
  const right: Right = { who, may: mayWrite ? 'write' : 'read', door: 'socket', expiresAtMs: undefined }
  return { right: () => Promise.resolve(right) }
}

interface Shown {
  readonly token: string
  readonly right: Right
  readonly expiresAtMs: number
}

export class TokenAccess implements Access {
  readonly #authenticator: Pick<Authenticator, 'check'>
  readonly #nowMs: () => number
  #shown: Shown | undefined
  /** Tokens are checked one after the other, or a request could get the right of another one's token. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(authenticator: Pick<Authenticator, 'check'>, nowMs: () => number = Date.now) {
    this.#authenticator = authenticator
    this.#nowMs = nowMs
  }

  right(token: unknown): Promise<Right> {
    const right = this.#last.then(() => this.#right(token))
    this.#last = right.catch(() => {}) // told to whoever has asked
    return right
  }

  async #right(token: unknown): Promise<Right> {
    if (token !== undefined && token !== this.#shown?.token) {
      this.#shown = undefined
      this.#shown = await this.#check(token)
    }
    if (this.#shown === undefined) throw new Refusal('AUTH_FAILED', 'Cannot answer: no token was shown')
    const { right, expiresAtMs } = this.#shown
    if (this.#nowMs() >= expiresAtMs) {
      throw new Refusal('AUTH_FAILED', 'Cannot answer: the token has expired')
    }
    return right
  }

  async #check(token: unknown): Promise<Shown> {
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
    return { token, right: { who: `user ${id}`, may, door: 'port', expiresAtMs }, expiresAtMs }
  }
}
