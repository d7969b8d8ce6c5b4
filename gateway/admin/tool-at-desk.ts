/** For tests: a tool on a channel whose desk, access and clock are the test's. */

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { FakeClock } from '../fake-clock.ts'
import { ownerAccess } from './access.ts'
import { Channel, type ChannelOptions } from './channel.ts'
import type { Desk } from './desk.ts'
import { Pace } from './pace.ts'
import { RawTool } from './raw-tool.ts'

type DeskOfTest = Partial<Pick<Desk, 'answer' | 'stream'>>
export interface AtDesk {
  readonly tool: RawTool
  readonly channel: Channel
  readonly clock: FakeClock
  readonly errors: object[]
}

/** `watch` is a stream, all else a call. */
export async function toolAtDesk(
  t: TestContext,
  parts: DeskOfTest,
  options: Partial<ChannelOptions> = {},
): Promise<AtDesk> {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-admin-'))
  const path = join(folder, 's')
  const desk = {
    isStream: (kind: string) => kind === 'watch',
    isCall: (kind: string) => kind !== 'watch',
    spend() {},
    ...parts,
  } as unknown as Desk
  const clock = new FakeClock()
  const pace = new Pace(clock)
  const errors: object[] = []
  const log = { info() {}, warn() {}, error: (fields: object) => void errors.push(fields) }
  const server = createServer()
  const accepted = new Promise<Channel>((resolve) => {
    server.on('connection', (socket) => {
      const channel = new Channel({
        ...{ number: 1, socket, access: ownerAccess(true), desk, clock, log, pace, strangersPace: pace },
        ...{ isStrict: false, refused: { note() {} }, hasRoom: () => true, onIn() {}, onClose() {} },
        ...options,
      })
      resolve(channel)
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const tool = await RawTool.open(path)
  t.after(() => {
    tool.end()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { tool, channel: await accepted, clock, errors }
}
