import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { memoryStore, StorageError } from '../storage/index.ts'
import { DURATION_MS } from './buckets.ts'
import { failed } from './failures.ts'
import { measuredStore } from './measured-store.ts'
import { Meter } from './meter.ts'

const SUM = DURATION_MS.length + 1
/** How often something was observed: all cells but the sum. */
const count = (meter: Meter, key: string): number =>
  (meter.measures().cells[key] ?? new Float64Array())
    .subarray(0, SUM)
    .reduce((total, cell) => total + cell, 0)

describe('a meter', () => {
  it('tells messages apart by what became of them', () => {
    const meter = new Meter()
    const posted = { seq: 1, messageId: '1', at: 0 }
    meter.posted({ ok: true, value: { ...posted, duplicate: false } }, meter.ticks())
    meter.posted({ ok: true, value: { ...posted, duplicate: true } }, meter.ticks())
    meter.posted(failed('NOT_FOUND', 'Cannot find it'), meter.ticks())
    assert.deepEqual(
      ['sent', 'duplicate', 'refused'].map((result) => count(meter, `post/${result}`)),
      [1, 1, 1],
    )
  })

  it('measures from the ticks that it gave', () => {
    const meter = new Meter()
    const before = (meter.ticks() - 30_000) | 0 // 300 ms ago
    meter.queried('append', before)
    const sum = meter.measures().cells['query/append']?.[SUM] ?? 0
    assert.ok(sum >= 300 && sum < 1_300, `${sum} ms`)
  })

  it('gives a copy, which goes on no further', () => {
    const meter = new Meter()
    meter.looked('membership', true)
    const { cells } = meter.measures()
    meter.looked('membership', true)
    meter.looked('membership', false)
    assert.deepEqual([...(cells['cache/membership'] ?? [])], [1, 0])
    assert.deepEqual([...(meter.measures().cells['cache/membership'] ?? [])], [2, 1])
  })

  it('leaves out calls of the store that nobody made', () => {
    const meter = new Meter()
    assert.equal(meter.measures().cells['query/append'], undefined)
    meter.queried('append', meter.ticks())
    assert.equal(count(meter, 'query/append'), 1)
  })
})

describe('a measured store', () => {
  it('answers as the store does, and times each call', async () => {
    const meter = new Meter()
    const store = measuredStore(memoryStore(), meter)
    assert.equal(await store.head('1'), 0)
    assert.deepEqual(await store.readInbox('alice', 0, 10), { items: [], more: false })
    assert.deepEqual([count(meter, 'query/head'), count(meter, 'query/readInbox')], [1, 1])
    await store.close()
  })

  it('fails as the store does, and times that too', async () => {
    const meter = new Meter()
    const full = new StorageError('STORE_FULL', 'Cannot append: the store is full', { context: {} })
    const store = measuredStore(memoryStore(undefined, { fault: () => full }), meter)
    await assert.rejects(store.append('1', [], []), { code: 'STORE_FULL' })
    assert.equal(count(meter, 'query/append'), 1)
  })
})
