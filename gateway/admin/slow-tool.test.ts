/** A channel whose tool asks for too much, or reads nothing: bounded on the node's side. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { FakeClock } from '../fake-clock.ts'
import { ownerAccess } from './access.ts'
import { Channel } from './channel.ts'
import type { Desk } from './desk.ts'
import { Pace } from './pace.ts'
import { RawTool } from './raw-tool.ts'

const MIB = 1_024 * 1_024

/** A desk that answers whatever is asked with so many characters. */
async function toolAtDesk(t: TestContext, chars: number) {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-admin-'))
  const path = join(folder, 's')
  const asked: number[] = []
  const desk = {
    isStream: () => false,
    isCall: () => true,
    spend() {},
    answer: ({ request }: { request: { id: number } }) => {
      asked.push(request.id)
      return Promise.resolve('x'.repeat(chars))
    },
  } as unknown as Desk
  const pace = new Pace(new FakeClock())
  const server = createServer((socket) => {
    const options = {
      number: 1,
      socket,
      access: ownerAccess(true),
      desk,
      pace,
      isStrict: false,
      onClose() {},
    }
    new Channel(options)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const tool = await RawTool.open(path)
  t.after(() => {
    tool.end()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { tool, asked }
}

describe('a channel', () => {
  it('refuses an answer of more than 8 MiB, and goes on', async (t) => {
    const { tool } = await toolAtDesk(t, 8 * MIB)
    const { error } = await tool.ask({ kind: 'ps' })
    assert.equal(error?.code, 'ANSWER_TOO_LARGE')
    assert.match(error?.message ?? '', /ask for fewer rows/)
    assert.equal((await tool.ask({ kind: 'ps' })).error?.code, 'ANSWER_TOO_LARGE')
  })

  it('takes no more requests from a tool that does not read, and goes on where it was', async (t) => {
    const { tool, asked } = await toolAtDesk(t, 2 * MIB)
    tool.socket.pause()
    for (let id = 1; id <= 100; id++) {
      tool.send({ id, kind: 'ps' })
      await new Promise((resolve) => setImmediate(resolve))
    }
    // What the system buffers, and one or two that were under way.
    assert.ok(asked.length < 20, `${asked.length} requests were answered`)
    tool.socket.resume()
    const replies = []
    for (let id = 1; id <= 100; id++) replies.push(await tool.next())
    // Each has an answer: a value, or BUSY where more than eight came at once.
    assert.equal(new Set(replies.map(({ id }) => id)).size, 100)
    for (const { ok, error } of replies) assert.ok(ok || error?.code === 'BUSY')
  })
})
