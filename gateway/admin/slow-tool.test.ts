/** A channel whose tool asks for too much, or reads nothing: bounded on the node's side. */

import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { ChannelOptions } from './channel.ts'
import type { Asked } from './desk.ts'
import { type AtDesk, toolAtDesk } from './tool-at-desk.ts'

const MIB = 1_024 * 1_024

/** At a desk that answers whatever is asked with so many characters. */
async function toolAnswered(
  t: TestContext,
  chars: number,
  options: Partial<ChannelOptions> = {},
): Promise<AtDesk & { readonly asked: number[] }> {
  const asked: number[] = []
  const answer = ({ request }: Asked): Promise<string> => {
    asked.push((request as { id: number }).id)
    return Promise.resolve('x'.repeat(chars))
  }
  return { ...(await toolAtDesk(t, { answer }, options)), asked }
}

async function sendSlowly({ tool }: AtDesk, count: number): Promise<void> {
  for (let id = 1; id <= count; id++) {
    tool.send({ id, kind: 'ps' })
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('a channel', () => {
  it('refuses an answer of more than 8 MiB, and goes on', async (t) => {
    const { tool } = await toolAnswered(t, 8 * MIB)
    const { error } = await tool.ask({ kind: 'ps' })
    assert.equal(error?.code, 'ANSWER_TOO_LARGE')
    assert.match(error?.message ?? '', /ask for fewer rows/)
    assert.equal((await tool.ask({ kind: 'ps' })).error?.code, 'ANSWER_TOO_LARGE')
  })

  it('takes no more requests from a tool that does not read, and goes on where it was', async (t) => {
    const at = await toolAnswered(t, 2 * MIB)
    const { tool, asked } = at
    tool.socket.pause()
    await sendSlowly(at, 100)
    // What the system buffers, and one or two that were under way.
    assert.ok(asked.length < 20, `${asked.length} requests were answered`)
    tool.socket.resume()
    const replies = []
    for (let id = 1; id <= 100; id++) replies.push(await tool.next())
    // Each has an answer: a value, or BUSY where more than eight came at once.
    assert.equal(new Set(replies.map(({ id }) => id)).size, 100)
    for (const { ok, error } of replies) assert.ok(ok || error?.code === 'BUSY')
  })

  it('keeps no more than two of the largest answers, of all that were asked for at once', async (t) => {
    const { tool, channel } = await toolAnswered(t, 7 * MIB)
    tool.socket.pause()
    for (let id = 1; id <= 8; id++) tool.send({ id, kind: 'ps' })
    while (channel.unreadBytes === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.ok(channel.unreadBytes < 17 * MIB, `${channel.unreadBytes} bytes wait`)
    tool.socket.resume()
    const codes = []
    for (let id = 1; id <= 8; id++) codes.push((await tool.next()).error?.code ?? 'answered')
    assert.deepEqual(codes, ['answered', 'answered', ...Array(6).fill('BUSY')])
  })

  it('says BUSY when those of other tools take up all the room', async (t) => {
    const { tool } = await toolAnswered(t, 10, { hasRoom: () => false })
    const { error } = await tool.ask({ kind: 'ps' })
    assert.deepEqual([error?.code, error?.retryAfterMs], ['BUSY', 100])
  })

  it('cuts off a tool that reads nothing for a minute or two', async (t) => {
    const at = await toolAnswered(t, 7 * MIB)
    const { tool, channel, clock } = at
    tool.socket.pause()
    tool.send({ id: 1, kind: 'ps' })
    while (channel.unreadBytes === 0) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(120_000)
    tool.socket.resume() // or its own end would not be seen
    await tool.closed
    assert.equal(tool.replies.length, 0)
  })

  it('leaves alone a tool that has read everything, whatever it waits for', async (t) => {
    const { tool, clock } = await toolAnswered(t, 10)
    await tool.ask({ kind: 'ps' })
    clock.advance(3_600_000)
    assert.equal((await tool.ask({ kind: 'ps' })).ok, true)
  })

  it('cuts off a tool on a strict door that asks nothing for ten minutes', async (t) => {
    const { tool, clock } = await toolAnswered(t, 10, { isStrict: true })
    await tool.ask({ kind: 'ps' })
    clock.advance(9 * 60_000)
    assert.equal((await tool.ask({ kind: 'ps' })).ok, true)
    clock.advance(10 * 60_000)
    await tool.closed
  })
})
