import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { message } from '../conformance/fixtures.ts'
import { storeConformance } from '../conformance/index.ts'
import { StorageError } from '../errors.ts'
import { MemoryData, memoryStore } from './index.ts'

storeConformance('the store in memory', async () => {
  const data = new MemoryData()
  return {
    store: memoryStore(data),
    reopen: async () => memoryStore(data),
    cleanUp: async () => {},
  }
})

describe('a fault in the store in memory', () => {
  const full = new StorageError('STORE_FULL', 'Cannot write: the test says so')
  const uncertain = new StorageError('STORE_UNCERTAIN', 'Cannot tell: the test says so')

  it('refuses the operation that it names, and nothing happens', async () => {
    const data = new MemoryData()
    const store = memoryStore(data, { fault: (operation) => (operation === 'append' ? full : undefined) })
    await assert.rejects(store.append('1', [message()], ['bob']), full)
    assert.equal(await store.head('1'), 0)
    assert.equal(await memoryStore(data).inboxHead('bob'), 0)
  })

  it('lets an uncertain write happen, so that asking again gives a duplicate', async () => {
    const data = new MemoryData()
    const sent = message()
    const store = memoryStore(data, {
      fault: (operation) => (operation === 'append' ? uncertain : undefined),
    })
    await assert.rejects(store.append('1', [sent], []), uncertain)
    const [again] = await memoryStore(data).append('1', [sent], [])
    assert.equal(again?.status, 'duplicate')
  })
})

it('settles in the microtasks of the same turn', async () => {
  const store = memoryStore()
  const settled: string[] = []
  const done = store.append('1', [message()], []).then(() => settled.push('append'))
  setImmediate(() => settled.push('next turn'))
  await done
  assert.deepEqual(settled, ['append'])
})
