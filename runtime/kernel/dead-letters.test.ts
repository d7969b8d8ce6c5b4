import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DeadLetters } from './dead-letters.ts'

const add = (letters: DeadLetters, from: number, to: number): void => {
  for (let n = from; n <= to; n++) letters.add(n, 'nobody', { type: `type ${n}`, text: 'a secret' }, 'gone')
}
const times = (letters: DeadLetters, limit?: number): number[] =>
  letters.list(limit).map((letter) => letter.atMs)

describe('dead letters', () => {
  it('are listed oldest first, without their bodies', () => {
    const letters = new DeadLetters()
    add(letters, 1, 2)
    assert.deepEqual(letters.list(), [
      { atMs: 1, to: 'nobody', messageType: 'type 1', why: 'gone' },
      { atMs: 2, to: 'nobody', messageType: 'type 2', why: 'gone' },
    ])
  })

  it('keep the newest 1,000 and count all', () => {
    const letters = new DeadLetters()
    for (const total of [999, 1_000, 1_001, 2_500]) {
      add(letters, letters.total + 1, total)
      assert.equal(letters.total, total)
      const first = Math.max(1, total - 999)
      assert.deepEqual(
        times(letters),
        Array.from({ length: total - first + 1 }, (_, index) => first + index),
      )
    }
  })

  it('are listed up to a limit, the newest then', () => {
    const letters = new DeadLetters()
    add(letters, 1, 5)
    assert.deepEqual(times(letters, 2), [4, 5])
    assert.deepEqual(times(letters, 0), [])
  })
})
