/**
 * Random clients on real sockets against a simple model: whatever devices do (send, drop, resume, read slowly, come as
 * a second device), in the end every device of a member holds the same history, which is the log.
 * GUILDHALL_SOCKET_SEEDS says how many seeds (20; 100 in `npm run test:chaos`), GUILDHALL_SEED the first of them.
 */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { Chance, seedOfRun } from './chance.ts'
import { checkHistory, historyOf } from './load.ts'
import { LocalServer } from './local-server.ts'
import { ModelDevice } from './model-device.ts'
import { person, range } from './people.ts'

const SEEDS = Number(process.env.GUILDHALL_SOCKET_SEEDS ?? 20)
const FIRST_SEED = seedOfRun()
const STEPS = 120
const LONG_BODY = 'long '.repeat(18_000)

let server: LocalServer
before(async () => {
  // A small bound on what waits for a socket, so that slow readers are told `lagged` within a short test.
  server = await LocalServer.start({ bufferSoftBytes: 16 * 1_024 })
})
after(() => server.stop())

describe(`${SEEDS} random programs from GUILDHALL_SEED=${FIRST_SEED}`, () => {
  for (const seed of range(FIRST_SEED, FIRST_SEED + SEEDS - 1)) {
    it(`of seed ${seed} end with one history on every device`, async () => {
      const chance = new Chance(seed)
      const { devices, conversations } = await town(server.url)
      for (const _ of range(1, STEPS)) await act(chance, chance.pick(devices), conversations)
      await finish(devices, conversations)
    })
  }
})

/** Three people, the first two with two devices each: a 1:1, a group and a channel. */
async function town(url: string) {
  const [alice, bob, carol] = [person(url, 'alice'), person(url, 'bob'), person(url, 'carol')]
  const dm = await alice.http.dm(bob.name)
  const group = await alice.http.group([bob.name, carol.name])
  const { id, channel } = await alice.http.guild('Town')
  for (const { name } of [bob, carol]) await alice.http.put(`/v1/guilds/${id}/members/${name}`)
  const device = (one: typeof alice, name: string): ModelDevice => new ModelDevice(url, one, name, [channel])
  const devices = [
    ...[alice, bob, carol].map((one) => device(one, 'phone')),
    ...[alice, bob].map((one) => device(one, 'laptop')),
  ]
  const both = [dm, group, channel]
  const conversations = new Map([
    [alice.name, both],
    [bob.name, both],
    [carol.name, [group, channel]],
  ])
  return { devices, conversations }
}

async function act(
  chance: Chance,
  device: ModelDevice,
  conversations: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const own = conversations.get(device.user) ?? []
  const dice = chance.below(100)
  if (!device.isOnline) return dice < 50 ? device.connect(dice < 35) : undefined
  if (dice < 65) return device.send(chance.pick(own), `${device.user} ${chance.below(1_000_000)}`)
  if (dice < 68) return device.sendMany(20, chance.pick(own), LONG_BODY)
  if (dice < 78) return device.ack(chance.pick(own))
  if (dice < 84) return device.pause()
  if (dice < 92) return device.resumeReading()
  return device.drop()
}

async function finish(
  devices: readonly ModelDevice[],
  conversations: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  for (const device of devices) device.resumeReading()
  await Promise.all(devices.map((device) => device.finish(new Map())))
  const histories = new Map<string, Awaited<ReturnType<typeof historyOf>>>()
  for (const [user, own] of conversations) {
    for (const id of own) if (!histories.has(id)) histories.set(id, await historyOf(server.url, user, id))
  }
  for (const device of devices) {
    const own = conversations.get(device.user) ?? []
    await device.finish(new Map(own.map((id) => [id, histories.get(id)?.length ?? 0])))
    for (const id of own) {
      const history = histories.get(id) ?? []
      checkHistory(
        history,
        device.acknowledged.filter(({ conversation }) => conversation === id),
      )
      const held = [...(device.held.get(id) ?? [])].sort(([a], [b]) => a - b).map(([, content]) => content)
      assert.deepEqual(
        held,
        history.map(({ id, body }) => `${id} ${body}`),
      )
    }
    await device.drop()
  }
}
