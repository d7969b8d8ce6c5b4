/** Closing, opening again, export and import. */

import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { StorageError, type StorageErrorCode } from '../errors.ts'
import type { Store } from '../ports.ts'
import type { ExportRow } from '../records.ts'
import type { Check, MakeSubject } from './context.ts'
import { channelOf, collect, conversation, guild, message, messages, nextId } from './fixtures.ts'

export function lifeChecks(check: Check, make: MakeSubject): void {
  describe('closing', () => closing(check))
  describe('export and import', () => portability(check, make))
}

function closing(check: Check): void {
  check('writes what is in flight before it closes', async (store, subject) => {
    const id = nextId()
    const sent = store.append(id, messages(10), ['bob'])
    await store.close()
    assert.equal((await sent).length, 10)
    const again = await subject.reopen()
    assert.deepEqual([await again.head(id), await again.inboxHead('bob')], [10, 10])
    await again.close()
  })

  check('refuses everything after closing, and closes twice', async (store) => {
    await store.close()
    await store.close()
    const calls = [
      () => store.append(nextId(), [message()], []),
      () => store.read(nextId(), { limit: 1 }),
      () => store.head(nextId()),
      () => store.advanceRead(nextId(), 'bob', 1),
      () => store.createConversation(conversation(), []),
      () => store.members(nextId()),
      () => store.check(),
      () => collect(store.dump()),
      () => store.load([]),
    ]
    for (const call of calls) await rejectsWith('STORE_CLOSED', call)
  })

  check('leaves other handles open', async (store, subject) => {
    const id = nextId()
    await store.append(id, [message()], [])
    const other = await subject.reopen()
    await store.close()
    await other.append(id, [message()], [])
    assert.equal(await other.head(id), 2)
    await other.close()
  })

  check(
    'shows on one handle at once what resolved on another, however busy it reads',
    async (store, subject) => {
      const other = await subject.reopen()
      const id = nextId()
      for (let seq = 1; seq <= 20; seq++) {
        const writer = seq % 2 ? store : other
        const reader = seq % 2 ? other : store
        let settled = false
        const appended = writer.append(id, [message()], ['bob']).finally(() => {
          settled = true
        })
        const seen = appended.then(async () => {
          assert.deepEqual([await reader.head(id), await reader.inboxHead('bob')], [seq, seq])
        })
        // Up to the very moment of the commit: a snapshot that outlives its read shows here.
        while (!settled) await Promise.all([reader.head(id), new Promise((resolve) => setImmediate(resolve))])
        await seen
      }
      await other.close()
    },
  )

  check('finds everything again after opening', async (store, subject) => {
    await fill(store)
    const before = await collect(store.dump())
    await store.close()
    const again = await subject.reopen()
    assert.deepEqual(await collect(again.dump()), before)
    await again.close()
  })

  check('takes a probe write', async (store) => {
    await store.check()
    assert.equal(await store.lastId(), '0')
  })
}

function portability(check: Check, make: MakeSubject): void {
  check('loads into an empty store what another one dumped', async (store) => {
    await fill(store)
    const rows = await collect(store.dump())
    const target = await make()
    try {
      assert.deepEqual(await target.store.load(rows), { rows: rows.length })
      assert.deepEqual(await collect(target.store.dump()), rows)
      assert.equal(await target.store.lastId(), await store.lastId())
      const dms = rows.flatMap((row) =>
        row.type === 'conversation' && row.record.kind === 'dm' ? row.record : [],
      )
      const again = await target.store.openDm(conversation({ kind: 'dm' }), ['bob', 'alice'])
      assert.deepEqual(again, { record: dms[0], created: false })
    } finally {
      await target.cleanUp()
    }
  })

  check('dumps the header first, and messages before what points to them', async (store) => {
    await fill(store)
    const types = (await collect(store.dump())).map(({ type }) => type)
    const order = ['header', 'conversation', 'guild', 'message', 'inbox', 'cursor', 'read', 'lastSeen']
    assert.deepEqual([...new Set(types)], order)
    assert.deepEqual(
      types,
      [...types].sort((a, b) => order.indexOf(a) - order.indexOf(b)),
    )
  })

  check('dumps one view: what is written meanwhile does not show', async (store) => {
    const id = nextId()
    await store.append(id, messages(1_000), [])
    let rows = 0
    for await (const row of store.dump()) {
      if (rows === 0) await store.append(id, messages(10), [])
      if (row.type === 'message') assert.ok(row.message.seq <= 1_000)
      rows += 1
    }
    assert.equal(rows, 1_001)
  })

  check('refuses to load into a store that holds something', async (store) => {
    await store.append(nextId(), [message()], [])
    await rejectsWith('STORE_NOT_EMPTY', () => store.load([HEADER]))
  })

  for (const [title, rows, row] of BAD_EXPORTS) {
    check(`refuses an export with ${title}, names the row and keeps nothing`, async (store) => {
      const error = await rejectsWith('STORE_BAD_ROW', () => store.load(rows as ExportRow[]))
      assert.equal(error.context.row, row)
      assert.equal(await store.lastId(), '0')
      assert.deepEqual(await store.load([HEADER]), { rows: 1 })
    })
  }
}

const HEADER: ExportRow = { type: 'header', format: 'guildhall.export', version: 1 }
const FIRST = { type: 'message', message: { ...message({ id: 'a' }), conversation: '5', seq: 1 } }
const SECOND = { type: 'message', message: { ...message({ id: 'b' }), conversation: '5', seq: 2 } }
const BAD_EXPORTS: readonly (readonly [string, readonly unknown[], number])[] = [
  ['no rows', [], 1],
  ['no header', [FIRST], 1],
  ['a newer version', [{ ...HEADER, version: 2 }], 1],
  ['two headers', [HEADER, HEADER], 2],
  ['an unknown row', [HEADER, { type: 'other' }], 2],
  ['a row that is no object', [HEADER, 7], 2],
  [
    'a message without its body',
    [HEADER, FIRST, { type: 'message', message: { ...SECOND.message, body: 1 } }],
    3,
  ],
  ['a gap between messages', [HEADER, SECOND], 2],
  ['a message twice', [HEADER, FIRST, { type: 'message', message: { ...FIRST.message, seq: 2 } }], 3],
  ['a gap in an inbox', [HEADER, FIRST, { type: 'inbox', user: 'bob', n: 2, conversation: '5', seq: 1 }], 3],
  [
    'a pointer to nothing',
    [HEADER, FIRST, { type: 'inbox', user: 'bob', n: 1, conversation: '5', seq: 2 }],
    3,
  ],
  [
    'a guild without its channel',
    [HEADER, { type: 'guild', record: guild(), members: [], channels: ['9'] }],
    2,
  ],
]

/** A little of everything. */
async function fill(store: Store): Promise<void> {
  const dm = conversation({ kind: 'dm' })
  await store.openDm(dm, ['alice', 'bob'])
  const group = conversation({ title: 'Team', tenant: 'acme' })
  await store.createConversation(group, ['acme\u001fzoë', 'acme\u001fann'])
  const record = guild({ open: true })
  const channel = channelOf(record)
  await store.createGuild(record, channel)
  await store.createChannel(channelOf(record, 'random'))
  await store.addGuildMember(record.id, 'bob')
  await store.append(dm.id, messages(300), ['alice', 'bob'])
  await store.append(group.id, [message({ replyTo: 1, kind: 'cipher' })], ['acme\u001fzoë', 'acme\u001fann'])
  await store.append(dm.id, messages(2), ['bob', 'alice'])
  await store.append(channel.id, messages(5), [])
  await store.advanceDelivered(dm.id, 'bob', 'phone', 7)
  await store.advanceDelivered(dm.id, 'bob', 'laptop', 3)
  await store.advanceRead(dm.id, 'bob', 6)
  await store.advanceRead(channel.id, 'alice', 2)
  await store.setLastSeen('bob', 1_700_000_000_000)
}

async function rejectsWith(code: StorageErrorCode, call: () => Promise<unknown>): Promise<StorageError> {
  try {
    await call()
  } catch (error) {
    assert.ok(error instanceof StorageError)
    assert.equal(error.code, code)
    return error
  }
  assert.fail(`it did not reject with ${code}`)
}
