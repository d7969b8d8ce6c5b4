/** How a channel, its requests and its streams end: by the token, by a bug, by a request that is too long, by the node. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { systemClock } from '../clock.ts'
import type { Access, Right } from './access.ts'
import { REQUEST_BYTES_MAX } from './contract.ts'
import { Refusal } from './params.ts'
import type { Attempt } from './refused-attempts.ts'
import { toolAtDesk } from './tool-at-desk.ts'

const MINUTE_MS = 60_000

function expiring(inMs: number): Access {
  const right: Right = { who: 'user ops', may: 'write', door: 'port', expiresAtMs: Date.now() + inMs }
  return { right: () => Promise.resolve(right) }
}

/** Goes on until it is told to end. */
function untilAborted(_asked: unknown, _emit: unknown, signal: AbortSignal): Promise<{ why: 'done' }> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve({ why: 'done' })
    else signal.addEventListener('abort', () => resolve({ why: 'done' }))
  })
}

describe('a stream', () => {
  it('ends when the token it was asked with expires', async (t) => {
    const options = { access: expiring(50), clock: systemClock }
    const { tool } = await toolAtDesk(t, { stream: untilAborted }, options)
    const { id, error } = await tool.ask({ kind: 'watch' })
    assert.deepEqual([id, error?.code], [1, 'AUTH_FAILED'])
    assert.match(error?.message ?? '', /the token has expired/)
  })

  it('goes on before that, and leaves no timer behind', async (t) => {
    const access = expiring(1_000 * MINUTE_MS)
    const { tool, clock } = await toolAtDesk(t, { stream: untilAborted }, { access })
    const before = clock.timers
    tool.send({ id: 1, kind: 'watch' })
    tool.send({ id: 2, kind: 'cancel', stream: 1 })
    assert.equal((await tool.next()).end?.why, 'cancelled')
    assert.equal(clock.timers, before)
  })
})

describe('a request', () => {
  it('that meets a bug is INTERNAL, and the log tells what it was', async (t) => {
    const answer = (): Promise<never> => Promise.reject(new TypeError('a bug'))
    const { tool, errors } = await toolAtDesk(t, { answer })
    assert.equal((await tool.ask({ kind: 'ps' })).error?.code, 'INTERNAL')
    assert.match(JSON.stringify(errors), /TypeError: a bug/)
    assert.equal((await tool.ask({ kind: 'ps' })).error?.code, 'INTERNAL')
  })

  it('whose answer is no JSON is INTERNAL too', async (t) => {
    const { tool } = await toolAtDesk(t, { answer: () => Promise.resolve(1n) })
    assert.equal((await tool.ask({ kind: 'ps' })).error?.code, 'INTERNAL')
  })

  it('in work when the node stops is answered, and a later one is refused', async (t) => {
    let finish = (_value: string): void => {}
    const asked = Promise.withResolvers<void>()
    const answer = (): Promise<string> => {
      asked.resolve()
      return new Promise((resolve) => {
        finish = resolve
      })
    }
    const { tool, channel } = await toolAtDesk(t, { answer })
    tool.send({ id: 1, kind: 'drain' })
    await asked.promise
    channel.stop()
    assert.equal((await tool.ask({ id: 2, kind: 'ps' })).error?.code, 'UNAVAILABLE')
    finish('it stops')
    assert.equal((await tool.next()).value, 'it stops')
    await tool.closed
  })

  it('that is refused for want of a right is told, by kind and code', async (t) => {
    const told: Attempt[] = []
    const answer = (): Promise<never> => Promise.reject(new Refusal('FORBIDDEN', 'Cannot kill'))
    const refused = { note: (attempt: Attempt) => void told.push(attempt) }
    const { tool } = await toolAtDesk(t, { answer }, { refused })
    await tool.ask({ kind: 'kill', token: 'a.secret.token' })
    const who = 'owner of the socket'
    assert.deepEqual(told, [{ address: undefined, code: 'FORBIDDEN', kind: 'kill', who, as: undefined }])
  })

  it('that is too long ends the connection, though the tool goes on sending and keeps its end open', async (t) => {
    const closed = Promise.withResolvers<void>()
    const answer = (): Promise<string> => Promise.resolve('yes')
    const { tool } = await toolAtDesk(t, { answer }, { onClose: () => closed.resolve() })
    await tool.ask({ kind: 'hello' }) // whoever has not said it is cut off in any case
    tool.socket.allowHalfOpen = true
    tool.write('x'.repeat(REQUEST_BYTES_MAX + 1))
    assert.equal((await tool.next()).error?.code, 'TOO_LARGE')
    tool.write('x'.repeat(REQUEST_BYTES_MAX))
    await closed.promise
  })
})

describe('a stranger', () => {
  const strict = { isStrict: true, access: expiring(MINUTE_MS) }

  it('has one request of at most 8 KiB', async (t) => {
    const { tool } = await toolAtDesk(t, {}, strict)
    tool.write('['.repeat(8_193))
    assert.equal((await tool.next()).error?.code, 'TOO_LARGE')
    await tool.closed
  })

  it('may send longer ones once he has been let in', async (t) => {
    const { tool } = await toolAtDesk(t, { answer: () => Promise.resolve('yes') }, strict)
    assert.equal((await tool.ask({ kind: 'hello' })).value, 'yes')
    assert.equal((await tool.ask({ kind: 'ps', match: 'x'.repeat(10_000) })).value, 'yes')
  })

  it('cannot cancel, which needs no token', async (t) => {
    const { tool } = await toolAtDesk(t, {}, strict)
    assert.equal((await tool.ask({ kind: 'cancel', stream: 1 })).error?.code, 'AUTH_FAILED')
    await tool.closed
  })

  it('waits for the answer to his first request before another is read', async (t) => {
    const checks: ((right: Right) => void)[] = []
    const begun = Promise.withResolvers<void>()
    const right = (): Promise<Right> => {
      begun.resolve()
      return new Promise((resolve) => checks.push(resolve))
    }
    const options = { isStrict: true, access: { right } }
    const { tool } = await toolAtDesk(t, { answer: () => Promise.resolve('yes') }, options)
    tool.send({ id: 1, kind: 'hello' })
    tool.send({ id: 2, kind: 'hello' })
    await begun.promise
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(checks.length, 1)
    const found = await expiring(MINUTE_MS).right(undefined)
    checks[0]?.(found)
    assert.equal((await tool.next()).id, 1)
    checks[1]?.(found)
    assert.equal((await tool.next()).id, 2)
  })
})
