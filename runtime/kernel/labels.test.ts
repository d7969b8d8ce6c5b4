import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LABELS_MAX, Labels } from './labels.ts'

describe('labels', () => {
  it('give a name the same number every time, and publish it once', () => {
    const published: [number, string][] = []
    const labels = new Labels((label, name) => published.push([label, name]))
    const post = labels.of('room post')
    assert.equal(labels.of('room post'), post)
    assert.notEqual(labels.of('room join'), post)
    assert.deepEqual(published.slice(1, 2), [[post, 'room post']])
    assert.equal(published.length, 3)
  })

  it('publish every number beyond the last one as (other)', () => {
    const published = new Map<number, string>()
    const labels = new Labels((label, name) => published.set(label, name))
    const numbers = new Set<number>()
    for (let n = 0; n < 2 * LABELS_MAX; n++) numbers.add(labels.of(`type ${n}`))
    assert.ok(Math.max(...numbers) < LABELS_MAX)
    assert.equal(published.get(labels.of('one more')), '(other)')
    assert.ok(published.size < LABELS_MAX)
  })

  it('publish names cut to 64 characters', () => {
    let last = ''
    new Labels((_label, name) => (last = name)).of('x'.repeat(100))
    assert.equal(last, 'x'.repeat(64))
  })
})
