import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ThreadDeaths } from './thread-deaths.ts'

/** On thread 0, with the threads whose death is to be settled later. */
function deaths(): { deaths: ThreadDeaths; later: number[] } {
  const later: number[] = []
  return { deaths: new ThreadDeaths(0, (thread) => later.push(thread)), later }
}

describe('the ends that the death of a thread brings', () => {
  it('count once for each thread until the news of it is over', () => {
    const { deaths: rule, later } = deaths()
    assert.deepEqual(
      [1, 1, 2, 1, 2].map((thread) => rule.counts(thread, 'threadDown')),
      [true, false, true, false, false],
    )
    assert.deepEqual(later, [1, 2])
  })

  it('count again afterwards: that is another death', () => {
    const { deaths: rule } = deaths()
    rule.counts(1, 'threadDown')
    rule.settled(1)
    assert.equal(rule.counts(1, 'threadDown'), true)
  })

  it('are not those of other reasons, nor of the living thread of the supervisor itself', () => {
    const { deaths: rule, later } = deaths()
    assert.deepEqual(
      [
        rule.counts(1, 'odd'),
        rule.counts(1, 'odd'),
        rule.counts(0, 'threadDown'),
        rule.counts(0, 'threadDown'),
      ],
      [true, true, true, true],
    )
    assert.deepEqual(later, [])
  })
})
