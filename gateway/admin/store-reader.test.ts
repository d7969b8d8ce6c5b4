/** The main thread's handle on the store: what its reads cost, and its end. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Store } from '../../storage/index.ts'
import { FakeClock } from '../fake-clock.ts'
import { StoreReader } from './store-reader.ts'

function reader(close: () => Promise<void>) {
  const clock = new FakeClock()
  const errors: object[] = []
  const log = { info() {}, warn() {}, error: (fields: object) => void errors.push(fields) }
  const lastId = async (): Promise<string> => {
    const endMs = performance.now() + 3
    while (performance.now() < endMs);
    return '7'
  }
  let opened = 0
  const open = async () => {
    opened++
    return { lastId, close } as unknown as Store
  }
  const store = new StoreReader(clock, { data: '/nowhere', mapSizeMb: 1, log }, open)
  return { store, clock, errors, opened: () => opened }
}

describe('the store that operators read', () => {
  it('tells what each read has cost', async () => {
    const { store } = reader(async () => {})
    let spentMs = 0
    const spend = (ms: number): void => {
      spentMs += ms
    }
    assert.equal(await store.use(spend, (open) => open.lastId()), '7')
    assert.ok(spentMs >= 3, `${spentMs} ms`)
  })

  it('is closed after a minute without a question; that it cannot be is told to the log, and it opens again', async () => {
    const { store, clock, errors, opened } = reader(async () => {
      throw new Error('it says no')
    })
    const use = () =>
      store.use(
        () => {},
        (open) => open.lastId(),
      )
    await use()
    clock.advance(60_000)
    await new Promise((resolve) => setImmediate(resolve))
    assert.match(JSON.stringify(errors), /it says no/)
    assert.equal(await use(), '7')
    assert.equal(opened(), 2)
  })
})
