/**
 * `kill -9` of the node at random moments under load, again and again, on one data folder and port. The SDK clients
 * are never helped. GUILDHALL_KILLS says how often (5; 50 in `npm run test:chaos`), GUILDHALL_SEED repeats a run.
 */

import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { connect, type GuildhallClient, type Sent } from '../../client/index.ts'
import { Chance, seedOfRun } from './chance.ts'
import { type Acknowledged, checkHistory, historyOf, spread } from './load.ts'
import { person, range } from './people.ts'
import { within } from './raw-client.ts'
import { ServerProcess } from './server-process.ts'
import type { Message } from './wire.ts'

const KILLS = Number(process.env.GUILDHALL_KILLS ?? 5)
const SEED = seedOfRun()
/** At most so many sends of one client wait for their acknowledgement. */
const IN_FLIGHT = 5
/** A kill comes after a random number of acknowledgements, none included. */
const ACKNOWLEDGED_BETWEEN_KILLS_MAX = 120
const RECOVER_MS = 60_000

/** One SDK client: all that it was told, and all that it was promised. */
class Device {
  readonly user: string
  readonly client: GuildhallClient
  readonly told = new Map<string, { seq: number; id: string; author: string; body: string }[]>()
  readonly acknowledged: Acknowledged[] = []
  #stopped = false
  #sending: Promise<void>[] = []
  #acknowledgedOne: () => void

  constructor(url: string, user: string, token: string, device: string, acknowledgedOne: () => void) {
    this.user = user
    this.#acknowledgedOne = acknowledgedOne
    this.client = connect({ url, token, device, channelHistory: 'all' })
    this.client.on('message', ({ conversation, seq, id, author, body }) => {
      const list = this.told.get(conversation) ?? []
      this.told.set(conversation, list)
      list.push({ seq, id, author, body })
    })
  }

  talk(chance: Chance, conversations: readonly string[]): void {
    this.#sending = range(1, IN_FLIGHT).map(async (lane) => {
      for (let i = 0; !this.#stopped; i++) {
        const to = chance.pick(conversations)
        const body = `${this.user} ${lane}.${i}`
        const { seq, id }: Sent = await this.client.send(to, body)
        this.acknowledged.push({ conversation: to, seq, id, body })
        this.#acknowledgedOne()
      }
    })
  }

  /** Resolves when everything sent is acknowledged. */
  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#sending)
  }
}

it(`${KILLS} times kill -9 under load loses nothing acknowledged and ends with one history everywhere`, async (t) => {
  console.log(`kill-9: GUILDHALL_SEED=${SEED} GUILDHALL_KILLS=${KILLS}`)
  const chance = new Chance(SEED)
  const server = await ServerProcess.start()
  after(() => server.dispose())
  const { devices, conversations, acknowledgements } = await town(server.url, chance)
  const recoveries: number[] = []
  for (const _ of range(1, KILLS)) {
    await acknowledgements.more(chance.below(ACKNOWLEDGED_BETWEEN_KILLS_MAX + 1))
    await server.kill()
    const killed = performance.now()
    await server.start()
    await acknowledgements.more(1)
    recoveries.push(performance.now() - killed)
  }
  await acknowledgements.more(100)
  await within(
    'all sends to be acknowledged',
    Promise.all(devices.map((device) => device.stop())),
    RECOVER_MS,
  )
  const histories = await checkedHistories(server.url, devices, conversations)
  for (const device of devices) await checkTold(device, conversations.get(device.user) ?? [], histories)
  await Promise.all(devices.map(({ client }) => client.close()))
  const total = [...histories.values()].reduce((sum, history) => sum + history.length, 0)
  t.diagnostic(`${KILLS} kills, ${total} messages, kill to next acknowledgement: ${spread(recoveries)}`)
  console.log(
    `kill-9: ${KILLS} kills, ${total} messages, kill to next acknowledgement: ${spread(recoveries)}`,
  )
})

/** Twelve people with 1:1s, a group and a guild; three of them on two devices; all talking. */
async function town(url: string, chance: Chance) {
  const people = range(1, 12).map((i) => person(url, `p${i}`))
  const names = people.map(({ name }) => name)
  const first = people[0]
  assert.ok(first !== undefined)
  const dms = new Map<string, string[]>(names.map((name) => [name, []]))
  for (let i = 0; i < people.length; i += 2) {
    const [one, two] = [people[i], people[i + 1]]
    if (one === undefined || two === undefined) continue
    const dm = await one.http.dm(two.name)
    for (const { name } of [one, two]) dms.get(name)?.push(dm)
  }
  const group = await first.http.group(names.slice(1))
  const guild = await first.http.guild('Town')
  for (const name of names.slice(1)) await first.http.put(`/v1/guilds/${guild.id}/members/${name}`)
  const acknowledgements = new Counter()
  const devices = people.flatMap(({ name, token }, i) =>
    (i < 3 ? ['phone', 'laptop'] : ['phone']).map(
      (device) => new Device(url, name, token, device, () => acknowledgements.count()),
    ),
  )
  const conversations = new Map(names.map((name) => [name, [...(dms.get(name) ?? []), group, guild.channel]]))
  for (const device of devices) device.talk(chance, conversations.get(device.user) ?? [])
  return { devices, conversations, acknowledgements }
}

/** The log of every conversation, which holds all that any device was promised. */
async function checkedHistories(
  url: string,
  devices: readonly Device[],
  conversations: ReadonlyMap<string, readonly string[]>,
) {
  const histories = new Map<string, Message[]>()
  for (const [user, own] of conversations) {
    for (const conversation of own) {
      if (histories.has(conversation)) continue
      const history = await historyOf(url, user, conversation)
      const promised = devices.flatMap(({ acknowledged }) => acknowledged)
      checkHistory(
        history,
        promised.filter((message) => message.conversation === conversation),
      )
      histories.set(conversation, history)
    }
  }
  return histories
}

/** Fails unless the device was told each conversation of its user in full, in order, once. */
async function checkTold(
  device: Device,
  conversations: readonly string[],
  histories: ReadonlyMap<string, readonly Message[]>,
): Promise<void> {
  for (const conversation of conversations) {
    const history = histories.get(conversation) ?? []
    await reached(device.client, conversation, history.length)
    assert.deepEqual(
      device.told.get(conversation),
      history.map(({ seq, id, author, body }) => ({ seq, id, author, body })),
      `${device.user} was told another history of ${conversation}`,
    )
  }
}

function reached(client: GuildhallClient, conversation: string, seq: number): Promise<void> {
  const arrived = new Promise<void>((resolve) => {
    const look = (): void => {
      if (client.cursor(conversation) >= seq) resolve()
    }
    client.on('message', () => queueMicrotask(look))
    look()
  })
  const what = () =>
    `seq ${seq} of ${conversation}, at ${client.cursor(conversation)} of ${client.head(conversation)}`
  return within(what, arrived, RECOVER_MS)
}

/** Counts, and says when it has counted so many more. */
class Counter {
  #count = 0
  #waiting: { readonly at: number; readonly resolve: () => void }[] = []

  count(): void {
    this.#count++
    this.#waiting = this.#waiting.filter(({ at, resolve }) => {
      if (this.#count < at) return true
      resolve()
      return false
    })
  }

  more(by: number): Promise<void> {
    if (by === 0) return Promise.resolve()
    const at = this.#count + by
    const counted = new Promise<void>((resolve) => this.#waiting.push({ at, resolve }))
    return within(() => `acknowledgement ${at}, at ${this.#count}`, counted, RECOVER_MS)
  }
}
