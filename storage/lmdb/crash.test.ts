import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import type { Store } from '../ports.ts'
import { openLmdbStore } from './index.ts'
import { type Acknowledged, conversationsOf } from './test-conversations.ts'

const WRITER = new URL('./test-writer.ts', import.meta.url)
const ROUNDS = 20
/** Each round is cut off at another moment: after so many acknowledgements, in mid-write of the next ones. */
const acknowledgedBefore = (round: number) => 20 + round * 9
const PAGE = 200
const BYSTANDER = 90
const rounds = () => Array.from({ length: ROUNDS }, (_, round) => round)

describe('a killed writer', () => {
  let path = ''
  before(async () => {
    path = await mkdtemp(join(tmpdir(), 'guildhall-crash-'))
  })
  after(() => rm(path, { recursive: true }))

  it(`loses nothing acknowledged when its process is killed ${ROUNDS} times in mid-write`, async () => {
    const acknowledged: Acknowledged[] = []
    for (let round = 0; round < ROUNDS; round++) {
      acknowledged.push(...(await killedProcess(path, round)))
      const store = await openLmdbStore({ path })
      await verify(store, acknowledged)
      await store.close()
    }
  })
})

describe('a thread that ends', () => {
  let path = ''
  before(async () => {
    path = await mkdtemp(join(tmpdir(), 'guildhall-end-'))
  })
  after(() => rm(path, { recursive: true }))

  it(`loses nothing acknowledged and stops nobody, ${ROUNDS} times in mid-write`, async () => {
    const store = await openLmdbStore({ path })
    const acknowledged: Acknowledged[] = []
    const bystander = startThread(path, BYSTANDER)
    for (let round = 0; round < ROUNDS; round++) {
      const victim = startThread(path, round)
      await victim.acknowledges(acknowledgedBefore(round))
      await victim.stop()
      acknowledged.push(...victim.acknowledged)
      await bystander.acknowledges(bystander.acknowledged.length + 40)
      await store.check()
    }
    await bystander.stop()
    await verify(store, [...acknowledged, ...bystander.acknowledged])
    await store.close()
  })
})

async function killedProcess(path: string, round: number): Promise<Acknowledged[]> {
  const flags = ['--disable-warning=ExperimentalWarning', WRITER.pathname, path, String(round)]
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: Acknowledged[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line may be cut off.
    if (line.endsWith('}')) acknowledged.push(JSON.parse(line) as Acknowledged)
    if (acknowledged.length === acknowledgedBefore(round)) child.kill('SIGKILL')
  }
  assert.ok(acknowledged.length >= acknowledgedBefore(round))
  return acknowledged
}

function startThread(path: string, run: number) {
  const worker = new Worker(WRITER, { workerData: { path, run }, execArgv: process.execArgv })
  const acknowledged: Acknowledged[] = []
  worker.on('message', (message: Acknowledged) => acknowledged.push(message))
  return {
    acknowledged,
    async acknowledges(count: number) {
      while (acknowledged.length < count) await once(worker, 'message')
    },
    async stop() {
      worker.postMessage('end')
      await once(worker, 'exit')
    },
  }
}

/** Everything acknowledged is where it was said to be, logs and inboxes have no gaps, pointers lead somewhere. */
async function verify(store: Store, acknowledged: readonly Acknowledged[]): Promise<void> {
  const logs = new Map<string, Map<number, string>>()
  // All that runs wrote to: a message that was stored and not yet acknowledged may be the only one of its conversation.
  for (const run of [...rounds(), BYSTANDER]) {
    for (const conversation of conversationsOf(run))
      logs.set(conversation, await readLog(store, conversation))
  }
  for (const { conversation, seq, id } of acknowledged) assert.equal(logs.get(conversation)?.get(seq), id)
  // Each message went to every inbox with it or not at all.
  const stored = [...logs.values()].reduce((sum, log) => sum + log.size, 0)
  for (const user of ['alice', 'bob', 'carol']) assert.equal(await countInbox(store, user), stored)
}

async function readLog(store: Store, conversation: string): Promise<Map<number, string>> {
  const log = new Map<number, string>()
  for (let more = true; more; ) {
    const page = await store.read(conversation, { after: log.size, limit: PAGE })
    for (const { seq, id } of page.items) {
      assert.equal(seq, log.size + 1)
      log.set(seq, id)
    }
    more = page.more
  }
  assert.equal(await store.head(conversation), log.size)
  assert.equal(new Set(log.values()).size, log.size)
  return log
}

async function countInbox(store: Store, user: string): Promise<number> {
  const seen = new Set<string>()
  for (let more = true; more; ) {
    const page = await store.readInbox(user, seen.size, PAGE)
    for (const { n, message } of page.items) {
      assert.equal(n, seen.size + 1)
      seen.add(`${message.conversation} ${message.seq}`)
    }
    more = page.more
  }
  assert.equal(await store.inboxHead(user), seen.size)
  return seen.size
}
