/**
 * A scheduler thread that is ended, hangs or leaks under load: no socket closes and nothing acknowledged is lost.
 * GUILDHALL_THREAD_FAULTS says how often in all (6; 20 in `npm run test:chaos`), GUILDHALL_SEED repeats a run.
 */

import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import type { Log } from '../../gateway/index.ts'
import { Chance, seedOfRun } from './chance.ts'
import { type FaultMsg, faulty } from './faulty-actor.ts'
import { checkHistory, historyOf, spread, Talker } from './load.ts'
import { LocalServer } from './local-server.ts'
import { person, range } from './people.ts'
import { within } from './raw-client.ts'

const FAULTS = Number(process.env.GUILDHALL_THREAD_FAULTS ?? 6)
const SEED = seedOfRun()
const THREADS = 2
const STUCK_MS = 1_000
const KINDS = ['end', 'hang', 'leak'] as const
const RECOVER_MS = 60_000

it(`${FAULTS} faults of threads under load close no socket and lose nothing acknowledged`, async (t) => {
  console.log(`threads: GUILDHALL_SEED=${SEED} GUILDHALL_THREAD_FAULTS=${FAULTS}`)
  const chance = new Chance(SEED)
  const watcher = new ThreadWatcher()
  const server = await LocalServer.start({
    threads: THREADS,
    stuckMs: STUCK_MS,
    heapLimitMb: 256,
    log: watcher,
    module: new URL('./faulty-actor.ts', import.meta.url).href,
  })
  after(() => server.stop())
  const { talkers, listeners, conversations } = await town(server.url)
  const recoveries: Record<string, number[]> = { end: [], hang: [], leak: [] }
  for (const i of range(0, FAULTS - 1)) {
    const kind = KINDS[i % KINDS.length] ?? 'end'
    const thread = 1 + chance.below(THREADS)
    await everyoneSpeaks(talkers)
    const since = performance.now()
    const replaced = watcher.replaced(thread)
    if (kind === 'end') server.server.node.restartThread(thread)
    else await provoke(server, thread, kind)
    await within(`thread ${thread} to be replaced after '${kind}'`, replaced, RECOVER_MS)
    await everyoneSpeaks(talkers)
    recoveries[kind]?.push(performance.now() - since)
  }
  await Promise.all(talkers.map((talker) => talker.stop()))
  const clients = [...talkers.map(({ client }) => client), ...listeners]
  assert.equal(clients.filter(({ isOpen }) => !isOpen).length, 0, 'sockets were closed')
  for (const [conversation, user] of conversations) {
    const acknowledged = talkers.flatMap((talker) => talker.acknowledged)
    const history = await historyOf(server.url, user, conversation)
    checkHistory(
      history,
      acknowledged.filter((message) => message.conversation === conversation),
    )
  }
  for (const [kind, times] of Object.entries(recoveries)) {
    console.log(
      `threads: ${kind}, fault to everyone acknowledged again, ${times.length} times: ${spread(times)}`,
    )
    t.diagnostic(`${kind}: ${spread(times)}`)
  }
  await Promise.all(clients.map((client) => client.leave()))
})

/** Ten 1:1s in which one talks and the other listens, and a guild in which five talk. */
async function town(url: string) {
  const people = range(1, 20).map((i) => person(url, `p${i}`))
  const clients = await Promise.all(
    people.map((one, i) => one.online({ codec: i % 3 === 0 ? 'msgpack' : 'json' })),
  )
  const conversations = new Map<string, string>()
  const talkers: Talker[] = []
  const listeners = clients.filter((_, i) => i % 2 === 1)
  for (let i = 0; i < people.length; i += 2) {
    const [one, other, client] = [people[i], people[i + 1], clients[i]]
    assert.ok(one !== undefined && other !== undefined && client !== undefined)
    const dm = await one.http.dm(other.name)
    conversations.set(dm, one.name)
    talkers.push(new Talker(client, dm))
  }
  return { talkers, listeners, conversations }
}

/** Resolves when each has had another message acknowledged. */
async function everyoneSpeaks(talkers: readonly Talker[]): Promise<void> {
  await Promise.all(talkers.map((talker) => within(() => talker.describe(), talker.another(), RECOVER_MS)))
}

async function provoke({ server }: LocalServer, thread: number, kind: FaultMsg['type']): Promise<void> {
  const actor = await server.node.spawn(faulty, undefined, { placement: { thread } })
  server.node.send(actor, { type: kind })
}

/** Learns from the log which threads were replaced. */
class ThreadWatcher implements Log {
  readonly #waiting = new Set<{ readonly thread: number; readonly resolve: () => void }>()

  warn(fields: object): void {
    const { event, thread } = fields as { readonly event?: string; readonly thread?: number }
    if (event !== 'replaced') return
    for (const waiter of this.#waiting) {
      if (waiter.thread !== thread) continue
      this.#waiting.delete(waiter)
      waiter.resolve()
    }
  }

  info(): void {}
  error(): void {}

  replaced(thread: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.add({ thread, resolve }))
  }
}
