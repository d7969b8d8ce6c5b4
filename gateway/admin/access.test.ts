/** What a token lets its bearer do, when several are shown at once, and until when. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Authenticator } from '../authenticator.ts'
import { ownerAccess, TokenAccess } from './access.ts'

/** Knows the tokens `admin` and `admin:read`, and answers when it is told to. */
function slowAuthenticator() {
  const waiting: (() => void)[] = []
  const check = async (token: string) => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return { ok: true, identity: { id: token, tenant: '', scopes: [token], expiresAtMs: 5_000 } }
  }
  const answer = async (): Promise<void> => {
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
    waiting.shift()?.()
  }
  return { check: check as unknown as Authenticator['check'], answer }
}

describe('access by token', () => {
  it('gives each of two requests that come at once the right of its own token', async () => {
    const { check, answer } = slowAuthenticator()
    const access = new TokenAccess({ check }, () => 0)
    const both = [access.right('admin:read'), access.right('admin'), access.right(undefined)]
    await answer()
    await answer()
    const rights = await Promise.all(both)
    assert.deepEqual(
      rights.map(({ who, may }) => [who, may]),
      [
        ['user admin:read', 'read'],
        ['user admin', 'write'],
        ['user admin', 'write'],
      ],
    )
  })

  it('lets nobody in with what an earlier, refused token has left', async () => {
    const { check, answer } = slowAuthenticator()
    const access = new TokenAccess({ check }, () => 0)
    const first = access.right('admin')
    await answer()
    await first
    await assert.rejects(access.right(5), { message: /it is no text/ })
    await assert.rejects(access.right(undefined), { message: /no token was shown/ })
  })

  it('tells until when it counts, and ends then', async () => {
    const { check, answer } = slowAuthenticator()
    let nowMs = 4_999
    const access = new TokenAccess({ check }, () => nowMs)
    const right = access.right('admin')
    await answer()
    assert.equal((await right).expiresAtMs, 5_000)
    nowMs = 5_000
    await assert.rejects(access.right('admin'), { message: /has expired/ })
    assert.equal((await ownerAccess(true).right(undefined)).expiresAtMs, undefined)
  })
})
