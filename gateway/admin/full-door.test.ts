/** A door whose places are all taken: who is told, and who makes room. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { FakeClock } from '../fake-clock.ts'
import { ownerAccess } from './access.ts'
import { AuditLog } from './audit.ts'
import type { Desk } from './desk.ts'
import { Door } from './door.ts'
import { connectAdmin } from './index.ts'
import { RawTool } from './raw-tool.ts'
import { RefusedAttempts } from './refused-attempts.ts'

const PLACES = 32
const MINUTE_MS = 60_000

/** A door with all its places taken by tools that have each asked once, a second after one another. */
async function fullDoor(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-full-door-'))
  const path = join(folder, 's')
  const clock = new FakeClock()
  const log = { info() {}, warn() {}, error() {} }
  const desk = {
    isStream: () => false,
    isCall: () => true,
    spend() {},
    answer: async () => ({ may: 'write' }),
  }
  let number = 0
  const door = new Door({
    ...{ isStrict: false, access: () => ownerAccess(true), desk: desk as unknown as Desk, clock, log },
    refused: new RefusedAttempts(clock, log, new AuditLog(folder, log)),
    ...{ nextNumber: () => ++number, onClose() {} },
  })
  const server = createServer(door.take)
  door.guard(server)
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const tools: RawTool[] = []
  t.after(async () => {
    for (const tool of tools) tool.end()
    await door.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  for (let i = 0; i < PLACES; i++) {
    const tool = await RawTool.open(path)
    tools.push(tool)
    assert.equal((await tool.ask({ kind: 'hello' })).ok, true)
    clock.advance(1_000)
  }
  return { path, clock, tools }
}

describe('a full door', () => {
  it('tells also those who write before they read', async (t) => {
    const { path } = await fullDoor(t)
    const late = connect({ path }).pause()
    t.after(() => late.destroy())
    await once(late, 'connect')
    // Accepted after it, so that it has been refused by now.
    await assert.rejects(connectAdmin({ to: path }), { code: 'BUSY' })
    for (let i = 0; i < 3; i++) await new Promise<void>((resolve) => late.write('{}\n', () => resolve()))
    const [told] = await once(late.setEncoding('utf8').resume(), 'data')
    assert.equal(JSON.parse(told).error.code, 'BUSY')
  })

  it('has the tool make room that has asked nothing for the longest, after two minutes', async (t) => {
    const { path, clock, tools } = await fullDoor(t)
    const [first, second] = tools
    assert.equal((await first?.ask({ kind: 'hello' }))?.ok, true) // the second is idle for longer than it now
    clock.advance(2 * MINUTE_MS - 32_000)
    await assert.rejects(connectAdmin({ to: path }), { code: 'BUSY' })
    clock.advance(2_000)
    const late = await connectAdmin({ to: path })
    t.after(() => late.close())
    await second?.closed
    assert.equal((await first?.ask({ kind: 'hello' }))?.ok, true)
  })
})
