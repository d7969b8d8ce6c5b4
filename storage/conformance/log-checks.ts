/** Message log and inboxes: numbers without gaps, idempotence, atomicity, pages. */

import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { Appended } from '../records.ts'
import type { Check } from './context.ts'
import { message, messages, nextId, range } from './fixtures.ts'

const BUCKET = 4_096

export function logChecks(check: Check): void {
  describe('appending', () => appending(check))
  describe('idempotence', () => idempotence(check))
  describe('inboxes', () => inboxes(check))
  describe('pages of history', () => pages(check))
}

function appending(check: Check): void {
  check('numbers messages from 1 without gaps', async (store) => {
    const id = nextId()
    const first = await store.append(id, messages(3), [])
    const second = await store.append(id, messages(2), [])
    assert.deepEqual([...first, ...second].map(seqOf), [1, 2, 3, 4, 5])
    assert.equal(await store.head(id), 5)
  })

  check('numbers each conversation on its own', async (store) => {
    const [a, b] = [nextId(), nextId()]
    await Promise.all([store.append(a, messages(3), []), store.append(b, messages(1), [])])
    assert.deepEqual([await store.head(a), await store.head(b)], [3, 1])
  })

  check('numbers calls in flight in the order of the calls', async (store) => {
    const id = nextId()
    const results = await Promise.all(range(1, 200).map(() => store.append(id, [message()], [])))
    assert.deepEqual(results.flat().map(seqOf), range(1, 200))
  })

  check('gives back every field of a message', async (store) => {
    const id = nextId()
    const plain = message()
    const full = message({
      author: 'tenant\u001fböb😀',
      device: 'лаптоп',
      kind: 'cipher',
      body: '\u0000 "ü" 😀 \ud83d\ude00',
      replyTo: 1,
    })
    await store.append(id, [plain, full], [])
    const { items } = await store.read(id, { limit: 10 })
    assert.deepEqual(items, [
      { ...plain, conversation: id, seq: 1 },
      { ...full, conversation: id, seq: 2 },
    ])
  })

  check('holds the longest body that the protocol allows', async (store) => {
    const id = nextId()
    const body = '€'.repeat(100_000)
    await store.append(id, [message({ body }), message({ body: '' })], [])
    const { items } = await store.read(id, { limit: 10 })
    assert.deepEqual(
      items.map((item) => item.body.length),
      [100_000, 0],
    )
  })

  check('appends nothing for no messages', async (store) => {
    const id = nextId()
    assert.deepEqual(await store.append(id, [], ['bob']), [])
    assert.equal(await store.head(id), 0)
  })
}

function idempotence(check: Check): void {
  check('answers a repeated message with the first result', async (store) => {
    const id = nextId()
    const sent = message({ replyTo: 7 })
    await store.append(id, [sent], ['bob'])
    const again = { ...sent, messageId: nextId(), at: sent.at + 99, device: 'laptop' }
    const [result] = await store.append(id, [again], ['bob'])
    assert.deepEqual(result, {
      status: 'duplicate',
      seq: 1,
      messageId: sent.messageId,
      at: sent.at,
      inboxes: [],
    })
    assert.deepEqual([await store.head(id), await store.inboxHead('bob')], [1, 1])
  })

  for (const change of [{ body: 'other' }, { kind: 'cipher' as const }, { replyTo: 3 }]) {
    check(`refuses another ${Object.keys(change)[0]} under the same id`, async (store) => {
      const id = nextId()
      const sent = message()
      await store.append(id, [sent], ['bob'])
      assert.deepEqual(await store.append(id, [{ ...sent, ...change }], ['bob']), [{ status: 'conflict' }])
      assert.deepEqual([await store.head(id), await store.inboxHead('bob')], [1, 1])
    })
  }

  check('takes the same id from another author and in another conversation', async (store) => {
    const [a, b] = [nextId(), nextId()]
    const sent = message()
    const results = [
      await store.append(a, [sent], []),
      await store.append(a, [{ ...sent, author: 'bob', body: 'other' }], []),
      await store.append(b, [{ ...sent, body: 'third' }], []),
    ]
    assert.deepEqual(
      results.flat().map(({ status }) => status),
      ['appended', 'appended', 'appended'],
    )
  })

  check('finds repetitions within one call', async (store) => {
    const id = nextId()
    const sent = message()
    const other = message()
    const results = await store.append(id, [sent, sent, { ...sent, body: 'x' }, other], ['bob'])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['appended', 'duplicate', 'conflict', 'appended'],
    )
    assert.deepEqual([await store.head(id), await store.inboxHead('bob')], [2, 2])
  })

  check('finds repetitions between calls in flight', async (store) => {
    const id = nextId()
    const sent = message()
    const results = await Promise.all(range(1, 20).map(() => store.append(id, [sent], ['bob'])))
    const statuses = results.flat().map(({ status }) => status)
    assert.equal(statuses.filter((status) => status === 'appended').length, 1)
    assert.equal(statuses.filter((status) => status === 'duplicate').length, 19)
    assert.deepEqual(new Set(results.flat().map(seqOf)), new Set([1]))
    assert.deepEqual([await store.head(id), await store.inboxHead('bob')], [1, 1])
  })
}

function inboxes(check: Check): void {
  check('gives every inbox its own numbers, in the order of the users asked for', async (store) => {
    const [a, b] = [nextId(), nextId()]
    await store.append(a, [message()], ['bob'])
    const [result] = await store.append(b, [message()], ['carol', 'bob'])
    assert.deepEqual(result?.status === 'appended' && result.inboxes, [1, 2])
    assert.deepEqual([await store.inboxHead('bob'), await store.inboxHead('carol')], [2, 1])
  })

  check('reads an inbox over conversations in the order of arrival', async (store) => {
    const [a, b] = [nextId(), nextId()]
    for (const id of [a, b, a]) await store.append(id, [message()], ['bob'])
    const { items, more } = await store.readInbox('bob', 0, 10)
    assert.deepEqual(
      items.map(({ n, message: { conversation, seq } }) => [n, conversation, seq]),
      [
        [1, a, 1],
        [2, b, 1],
        [3, a, 2],
      ],
    )
    assert.equal(more, false)
  })

  check('pages an inbox', async (store) => {
    await store.append(nextId(), messages(100), ['bob'])
    const page = async (after: number, limit: number) => {
      const { items, more } = await store.readInbox('bob', after, limit)
      return [items[0]?.n, items.at(-1)?.n, items.length, more]
    }
    assert.deepEqual(await page(0, 40), [1, 40, 40, true])
    assert.deepEqual(await page(40, 60), [41, 100, 60, false])
    assert.deepEqual(await page(99, 200), [100, 100, 1, false])
    assert.deepEqual(await page(100, 200), [undefined, undefined, 0, false])
    assert.deepEqual(await page(5_000, 200), [undefined, undefined, 0, false])
  })

  check('keeps users apart whose names begin alike', async (store) => {
    await store.append(nextId(), [message()], ['bob', 'bobby', 'tenant\u001fbob'])
    await store.append(nextId(), [message()], ['bobby'])
    const heads = await Promise.all(['bob', 'bobby', 'tenant\u001fbob', 'bo'].map((u) => store.inboxHead(u)))
    assert.deepEqual(heads, [1, 2, 1, 0])
  })

  check('numbers an inbox without gaps when many conversations write to it at once', async (store) => {
    const results = await Promise.all(range(1, 300).map(() => store.append(nextId(), [message()], ['bob'])))
    const numbers = results.flat().flatMap((result) => (result.status === 'appended' ? result.inboxes : []))
    assert.deepEqual(
      [...numbers].sort((a, b) => a - b),
      range(1, 300),
    )
    assert.equal((await store.readInbox('bob', 0, 300)).items.length, 300)
  })
}

function pages(check: Check): void {
  check('pages in both directions, over the border of a bucket', async (store) => {
    const id = nextId()
    const last = BUCKET + 104
    for (const count of [2_000, 2_000, last - 4_000]) await store.append(id, messages(count), [])
    const page = async (asked: { after?: number; before?: number; limit: number }) => {
      const { items, more } = await store.read(id, asked)
      const [first = 0, end = 0] = [items[0]?.seq, items.at(-1)?.seq]
      assert.deepEqual(
        items.map(({ seq }) => seq),
        first === 0 ? [] : range(first, end),
      )
      return [first, end, more]
    }
    assert.deepEqual(await page({ limit: 200 }), [last - 199, last, true])
    assert.deepEqual(await page({ after: BUCKET - 100, limit: 200 }), [BUCKET - 99, BUCKET + 100, true])
    assert.deepEqual(await page({ before: BUCKET + 50, limit: 100 }), [BUCKET - 50, BUCKET + 49, true])
    assert.deepEqual(await page({ after: last - 10, limit: 200 }), [last - 9, last, false])
    assert.deepEqual(await page({ before: 5, limit: 200 }), [1, 4, false])
    assert.deepEqual(await page({ before: 201, limit: 200 }), [1, 200, false])
    assert.deepEqual(await page({ before: 202, limit: 200 }), [2, 201, true])
  })

  check('ends a page that begins after one message before another', async (store) => {
    const id = nextId()
    await store.append(id, messages(20), [])
    const seqs = async (after: number, before: number, limit: number) => {
      const { items, more } = await store.read(id, { after, before, limit })
      return [items.map(({ seq }) => seq), more]
    }
    assert.deepEqual(await seqs(5, 10, 10), [[6, 7, 8, 9], false])
    assert.deepEqual(await seqs(5, 10, 2), [[6, 7], true])
    assert.deepEqual(await seqs(9, 10, 2), [[], false])
    assert.deepEqual(await seqs(15, 10, 2), [[], false])
  })

  check('gives empty pages at and beyond the ends', async (store) => {
    const id = nextId()
    await store.append(id, messages(3), [])
    for (const asked of [{ after: 3 }, { after: 99 }, { before: 1 }, { before: 0 }]) {
      assert.deepEqual(await store.read(id, { ...asked, limit: 10 }), { items: [], more: false })
    }
    assert.equal((await store.read(id, { before: 99, limit: 10 })).items.length, 3)
    assert.equal((await store.read(id, { after: 0, limit: 3 })).more, false)
  })

  check('knows nothing of what was never written', async (store) => {
    const id = nextId()
    assert.equal(await store.head(id), 0)
    assert.deepEqual(await store.read(id, { limit: 10 }), { items: [], more: false })
    assert.equal(await store.inboxHead('nobody'), 0)
    assert.deepEqual(await store.readInbox('nobody', 0, 10), { items: [], more: false })
    assert.deepEqual(await store.cursors(id, 'nobody', 'phone'), { delivered: 0, read: 0 })
    assert.equal(await store.lastSeen('nobody'), undefined)
    assert.equal(await store.lastId(), '0')
  })
}

function seqOf(result: Appended): number {
  return result.status === 'conflict' ? 0 : result.seq
}
