/** Long work on the main thread: paid for, and not in one piece. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inPieces, metered } from './pieces.ts'

function purse() {
  const spent: number[] = []
  return { spent, spend: (ms: number): void => void spent.push(ms) }
}

function busy(ms: number): void {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

describe('rows made in pieces', () => {
  it('are all there, in order, and others have their turn in between', async () => {
    const { spent, spend } = purse()
    let turns = 0
    let isDone = false
    const others = (async () => {
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve))
        turns++
      }
    })()
    const items = Array.from({ length: 1_001 }, (_, i) => i)
    const rows = await inPieces(spend, items, (item) => item * 2)
    isDone = true
    await others
    assert.deepEqual(
      rows,
      items.map((item) => item * 2),
    )
    assert.ok(turns >= 4, `${turns} turns`)
    assert.equal(spent.length, 5)
  })
})

describe('a metered object', () => {
  class Shelf {
    #books = 3
    read(ms: number): number {
      busy(ms)
      return this.#books
    }
    fail(): never {
      busy(2)
      throw new Error('no')
    }
  }

  it('does what the object does, and spends what that takes, also when it fails', () => {
    const { spent, spend } = purse()
    const shelf = metered(spend, new Shelf())
    assert.equal(shelf.read(5), 3)
    assert.throws(() => shelf.fail(), { message: 'no' })
    assert.equal(spent.length, 2)
    assert.ok((spent[0] ?? 0) >= 5 && (spent[1] ?? 0) >= 2, spent.join())
  })
})
