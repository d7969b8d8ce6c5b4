/** The small parts: ids, addresses, the rate limit, the store. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createBucket, limitBucket, nextTokenAt, takeToken } from './bucket.ts'
import { memoryStore, secureRandom } from './ports.ts'
import { StoreWriter } from './store-writer.ts'
import { loadStored } from './stored.ts'
import { uuidV7 } from './uuid.ts'
import { decodeFrame, moveUrl, socketUrl } from './wire.ts'

describe('an id', () => {
  it('is a UUIDv7 whose first 48 bits are the time', () => {
    const id = uuidV7(0x0190_1234_5678, secureRandom)
    assert.match(id, /^01901234-5678-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

describe('an address', () => {
  it('may be given as http, as ws, or in full', () => {
    for (const url of ['http://h:1', 'ws://h:1/', 'ws://h:1/v1/socket']) {
      assert.equal(socketUrl(url), 'ws://h:1/v1/socket')
    }
    assert.equal(socketUrl('https://h'), 'wss://h/v1/socket')
    assert.equal(socketUrl('file:///x'), null)
    assert.equal(moveUrl('wss://a/', 'ws://b'), null)
    assert.equal(moveUrl('wss://a/', 'nonsense'), null)
  })
})

describe('a frame', () => {
  it('that this version does not know is none', () => {
    assert.equal(decodeFrame('{"op":"later"}'), null)
    assert.equal(decodeFrame('not json'), null)
    assert.equal(decodeFrame(new ArrayBuffer(1)), null)
    assert.deepEqual(decodeFrame('{"op":"heartbeat"}'), { op: 'heartbeat' })
  })
})

describe('the rate limit', () => {
  it('lets 10 s worth through at once and then one by one', () => {
    const bucket = createBucket()
    limitBucket(bucket, 600, 0)
    let burst = 0
    while (takeToken(bucket, 0)) burst += 1
    assert.equal(burst, 90)
    const at = nextTokenAt(bucket, 0)
    assert.ok(at > 0 && takeToken(bucket, at))
  })
})

describe('the store', () => {
  it('gets the latest value of a key only, entries before the index, and nothing before it was read', async () => {
    const writes: string[] = []
    const store = {
      ...memoryStore(),
      set: async (key: string, value: string) => void writes.push(`${key}=${value}`),
    }
    const writer = new StoreWriter(store, (error) => assert.fail(String(error)))
    writer.put('outbox/a', 'A')
    writer.put('outbox', '[a]')
    writer.put('outbox/b', 'B')
    writer.put('outbox', '[a,b]')
    await writer.idle()
    assert.deepEqual(writes, [])
    writer.open()
    await writer.idle()
    assert.deepEqual(writes, ['outbox/a=A', 'outbox/b=B', 'outbox=[a,b]'])
  })

  it('that is damaged costs what is damaged, and says so', async () => {
    const store = memoryStore()
    await store.set('cursors', '{"inbox":-1}')
    await store.set('outbox', '["a","b","c"]')
    await store.set('outbox/a', '{"id":"a","to":"7","body":"x"}')
    await store.set('outbox/b', 'garbage')
    const errors: unknown[] = []
    const stored = await loadStored(store, (error) => errors.push(error))
    assert.deepEqual(stored, { cursors: null, outbox: [{ id: 'a', to: '7', body: 'x' }] })
    assert.equal(errors.length, 2)
  })
})
