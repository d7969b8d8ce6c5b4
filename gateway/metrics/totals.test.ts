import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Totals } from './totals.ts'

function noted(...notes: readonly (readonly [source: string, epoch: string, value: number])[]): number[] {
  const totals = new Totals()
  for (const [source, epoch, value] of notes) totals.note(source, epoch, { x: Float64Array.of(value, 1) })
  return [...(totals.sum().get('x') ?? [])]
}

describe('totals', () => {
  it('add cell to cell what several sources say', () => {
    assert.deepEqual(noted(['a', '1', 3], ['b', '1', 4]), [7, 2])
  })

  it('take what a source says later in place of what it said before', () => {
    assert.deepEqual(noted(['a', '1', 3], ['a', '1', 5]), [5, 1])
  })

  it('keep what a source had counted that begins anew, also when the new count is already higher', () => {
    assert.deepEqual(noted(['a', '1', 3], ['a', '2', 0]), [3, 2])
    assert.deepEqual(noted(['a', '1', 3], ['a', '2', 10], ['a', '3', 1]), [14, 3])
  })

  it('do not change what they were given', () => {
    const totals = new Totals()
    const given = Float64Array.of(1)
    totals.note('a', '1', { x: given })
    totals.note('a', '2', { x: Float64Array.of(1) })
    totals.sum()
    totals.sum()
    assert.deepEqual([...given], [1])
    assert.deepEqual([...(totals.sum().get('x') ?? [])], [2])
  })
})
