/** Searching messages: what it reads, what it finds out of order, and that it stops. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StoredMessage, UserKey } from '../../storage/index.ts'
import { findMessage, inboxNumber } from './find-message.ts'
import type { ReadableStore } from './store-reader.ts'

const BOB = 'bob' as UserKey
const never = new AbortController().signal

/** A snowflake of this time. */
function idAt(ms: number): string {
  return String((BigInt(ms) << 22n) + 1n)
}

/** Conversations by number, each with ids in the order of their seq; the inbox holds those of the first one. */
function storeOf(logs: readonly (readonly string[])[]) {
  const counts = { rows: 0, conversations: new Set<string>() }
  const message = (conversation: string, seq: number): StoredMessage => {
    const messageId = logs[Number(conversation)]?.[seq - 1] as string
    return { conversation, seq, messageId } as StoredMessage
  }
  const page = (conversation: string, after: number, limit: number): StoredMessage[] => {
    const last = Math.min(logs[Number(conversation)]?.length ?? 0, after + limit)
    const items = Array.from({ length: Math.max(0, last - after) }, (_, i) =>
      message(conversation, after + i + 1),
    )
    counts.rows += items.length
    counts.conversations.add(conversation)
    return items
  }
  const store = {
    conversationsOf: async () => logs.map((_, index) => String(index)),
    guildsOf: async () => [],
    head: async (conversation: string) => logs[Number(conversation)]?.length ?? 0,
    read: async (conversation: string, { after = 0, limit }: { after?: number; limit: number }) => ({
      items: page(conversation, after, limit),
    }),
    inboxHead: async () => logs[0]?.length ?? 0,
    readInbox: async (_: UserKey, after: number, limit: number) => ({
      items: page('0', after, limit).map((each) => ({ n: each.seq, message: each })),
    }),
  }
  return { store: store as unknown as ReadableStore, counts, message }
}

/** One a minute. */
const minutes = (count: number, offsetMs: number): string[] =>
  Array.from({ length: count }, (_, i) => idAt(1 + offsetMs + i * 60_000))

describe('a search for a message', () => {
  it('reads a handful of rows of each conversation that does not have it', async () => {
    const logs = Array.from({ length: 10 }, (_, i) => minutes(1_000, i * 1_000))
    const { store, counts } = storeOf(logs)
    await assert.rejects(findMessage(store, BOB, idAt(30_000), never), { message: /it was never stored/ })
    // Ten halvings of 1,000, the two at the place; a few more where the time is near.
    assert.ok(counts.rows <= 10 * (11 + 2 + 8), `${counts.rows} rows`)
  })

  it('finds it among others, with a handful of rows', async () => {
    const { store, counts } = storeOf([minutes(1_000, 0), minutes(1_000, 20_000)])
    const { conversation, seq } = await findMessage(store, BOB, idAt(1 + 20_000 + 700 * 60_000), never)
    assert.deepEqual([conversation, seq], ['1', 701])
    assert.ok(counts.rows <= 2 * (11 + 2), `${counts.rows} rows`)
  })

  it('finds it out of order, in a log and in an inbox', async () => {
    // Ids of the same seconds, some of them late.
    const ids = Array.from({ length: 1_000 }, (_, i) => idAt(1_000 + i))
    const [late] = ids.splice(500, 1)
    ids.splice(540, 0, late as string)
    const { store, message } = storeOf([ids])
    assert.equal((await findMessage(store, BOB, late as string, never)).seq, 541)
    assert.equal(await inboxNumber(store, BOB, message('0', 541), never), 541)
  })

  it('ends between two conversations once nobody waits for it', async () => {
    const { store, counts } = storeOf(Array.from({ length: 100 }, () => minutes(10, 0)))
    const waiting = new AbortController()
    const search = findMessage(store, BOB, idAt(5), waiting.signal)
    waiting.abort(new Error('too late'))
    await assert.rejects(search, { message: 'too late' })
    assert.ok(counts.conversations.size <= 2, `${counts.conversations.size} conversations`)
  })
})
