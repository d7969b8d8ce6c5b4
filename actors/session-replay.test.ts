import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { InboxMessage, StoredMessage } from '../storage/index.ts'
import { type LogRange, REPLAY_MAX, Replay, type ReplayPlan, type Want } from './session-replay.ts'

/** A world of conversations: what was appended, in order, some of it with a number in the inbox. */
interface World {
  readonly logs: Map<string, StoredMessage[]>
  readonly inbox: InboxMessage[]
}

function worldOf(appends: readonly { conversation: string; inInbox: boolean }[]): World {
  const logs = new Map<string, StoredMessage[]>()
  const inbox: InboxMessage[] = []
  for (const [i, { conversation, inInbox }] of appends.entries()) {
    const log = logs.get(conversation) ?? []
    logs.set(conversation, log)
    const message: StoredMessage = {
      conversation,
      seq: log.length + 1,
      // From 95 on, so that lengths differ.
      messageId: String(95 + i),
      id: `c${i}`,
      author: 'bob',
      device: 'd',
      at: i,
      kind: 'text',
      body: '',
    }
    log.push(message)
    if (inInbox) inbox.push({ n: inbox.length + 1, message })
  }
  return { logs, inbox }
}

function readWant({ logs, inbox }: World, { conversation, after, limit }: Want): InboxMessage[] {
  if (conversation === undefined) return inbox.filter(({ n }) => n > after).slice(0, limit)
  const log = logs.get(conversation) ?? []
  return log
    .filter(({ seq }) => seq > after)
    .slice(0, limit)
    .map((message) => ({ n: 0, message }))
}

function replayed(world: World, plan: ReplayPlan) {
  const replay = new Replay(plan)
  const shown: InboxMessage[] = []
  while (!replay.finished) {
    for (const want of replay.wants(3)) replay.feed(want, readWant(world, want))
    for (let item = replay.peek(); item !== undefined; item = replay.peek()) {
      shown.push(item)
      replay.take()
    }
  }
  return { shown, lagged: replay.lagged() }
}

const keyOf = ({ conversation, seq }: StoredMessage): string => `${conversation}:${seq}`

/** `d` is a 1:1 and in the inbox; `c` and `e` are channels. */
const appends = fc.array(
  fc.constantFrom('c', 'd', 'e', 'f').map((conversation) => ({
    conversation,
    inInbox: conversation === 'd' || conversation === 'f',
  })),
  // Long enough that many have more than is replayed.
  { maxLength: 1_500, size: 'max' },
)

const cursor = fc.double({ min: 0, max: 1, noNaN: true })

function rangesOf(world: World, at: Record<string, number>): LogRange[] {
  return Object.entries(at).map(([conversation, share]) => {
    const to = world.logs.get(conversation)?.length ?? 0
    return { conversation, after: Math.floor(share * to), to }
  })
}

describe('a replay', () => {
  it('shows or names as lagged all that the cursors miss, once, oldest first, 200 at most for each', () => {
    fc.assert(
      fc.property(appends, cursor, cursor, cursor, (list, inboxShare, c, d) => {
        const world = worldOf(list)
        const inbox = { after: Math.floor(inboxShare * world.inbox.length), to: world.inbox.length }
        const logs = rangesOf(world, { c, d })
        const { shown, lagged } = replayed(world, { inbox, logs, covered: new Map() })
        const expected = missing(world, inbox.after, logs)
        assert.deepEqual(
          shown.map(({ message }) => keyOf(message)),
          expected.shown,
        )
        assert.deepEqual(new Map(lagged.map((each) => [each.conversation, each])), expected.lagged)
        for (const { n, message } of shown) {
          const own = world.inbox.find((each) => each.message === message)
          if (own !== undefined && own.n > inbox.after) assert.equal(n, own.n)
        }
      }),
    )
  })

  it('leaves to the logs what they cover, so that nothing is shown twice', () => {
    fc.assert(
      fc.property(appends, cursor, cursor, cursor, (list, inboxShare, c, d) => {
        const world = worldOf(list)
        const inbox = { after: Math.floor(inboxShare * world.inbox.length), to: world.inbox.length }
        const logs = rangesOf(world, { c, d })
        const covered = new Map(logs.map(({ conversation, to }) => [conversation, to]))
        const { shown } = replayed(world, { inbox, logs, covered })
        const keys = shown.map(({ message }) => keyOf(message))
        assert.equal(new Set(keys).size, keys.length)
        assert.ok(shown.every(({ n, message }) => n === 0 || message.conversation === 'f'))
      }),
    )
  })

  it('reads in small pages when there are many conversations', () => {
    const logs = Array.from({ length: 1_000 }, (_, i) => ({ conversation: `c${i}`, after: 0, to: 500 }))
    const replay = new Replay({ inbox: { after: 0, to: 500 }, logs, covered: new Map() })
    const limits = replay.wants(10_000).map(({ limit }) => limit)
    assert.ok(limits.reduce((sum, limit) => sum + limit, 0) <= 2 * 1_001)
  })

  it('ends where rows are gone', () => {
    const world = worldOf([{ conversation: 'c', inInbox: true }])
    const logs = [{ conversation: 'c', after: 0, to: 9 }]
    const { shown } = replayed(world, { inbox: { after: 0, to: 7 }, logs, covered: new Map() })
    assert.deepEqual(
      shown.map(({ n }) => n),
      [1],
    )
  })

  it('never goes beyond the heads it was planned for', () => {
    const world = worldOf(Array.from({ length: 9 }, () => ({ conversation: 'c', inInbox: true })))
    const logs = [{ conversation: 'c', after: 2, to: 4 }]
    const { shown } = replayed(world, { inbox: { after: 5, to: 6 }, logs, covered: new Map() })
    assert.deepEqual(
      shown.map(({ message }) => message.seq),
      [3, 4, 6],
    )
  })
})

/** The same, said plainly: everything missing in order of its id, cut after 200 of each conversation. */
function missing(world: World, inboxAfter: number, logs: readonly LogRange[]) {
  const all = [...world.logs.values()].flat().sort((a, b) => Number(a.messageId) - Number(b.messageId))
  const numbers = new Map(world.inbox.map(({ n, message }) => [message, n]))
  const counts = new Map<string, number>()
  const shown: string[] = []
  const lagged = new Map<string, { conversation: string; from: number; to: number }>()
  for (const message of all) {
    const { conversation, seq } = message
    const range = logs.find((each) => each.conversation === conversation)
    const isMissing = (numbers.get(message) ?? 0) > inboxAfter || (range !== undefined && seq > range.after)
    if (!isMissing) continue
    const count = (counts.get(conversation) ?? 0) + 1
    counts.set(conversation, count)
    const before = lagged.get(conversation)
    if (count <= REPLAY_MAX) shown.push(keyOf(message))
    else lagged.set(conversation, { conversation, from: before?.from ?? seq, to: seq })
  }
  return { shown, lagged }
}
