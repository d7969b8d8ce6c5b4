import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from './fake-clock.ts'
import { LARGE_AUDIENCE, LINGER_MS, Linger, type Publish } from './linger.ts'

function setUp() {
  const clock = new FakeClock()
  const published: [number, number][] = []
  const linger = new Linger(clock, ({ seq }) => published.push([clock.nowMs(), seq]))
  const offer = (seq: number, audience: number, topic = 'guild'): void => {
    const publish: Publish = {
      type: 'publish',
      topic,
      except: 0,
      conversation: topic,
      seq,
      at: 0,
      json: '',
      msgpack: undefined,
    }
    linger.offer(publish, audience)
  }
  return { clock, linger, offer, published }
}

describe('publishes to a large audience', () => {
  it('go out together, in order, once the first has waited its time', () => {
    const { clock, offer, published } = setUp()
    offer(1, LARGE_AUDIENCE)
    clock.advance(LINGER_MS - 1)
    offer(2, LARGE_AUDIENCE)
    assert.deepEqual(published, [])
    clock.advance(1)
    assert.deepEqual(published, [
      [LINGER_MS, 1],
      [LINGER_MS, 2],
    ])
  })

  it('go out at once when told to, and only once', () => {
    const { clock, linger, offer, published } = setUp()
    offer(1, LARGE_AUDIENCE)
    linger.flush()
    assert.deepEqual(published, [[0, 1]])
    clock.advance(10 * LINGER_MS)
    assert.equal(published.length, 1)
    assert.equal(clock.timers, 0)
  })

  it('are not overtaken when the audience has become small meanwhile', () => {
    const { clock, offer, published } = setUp()
    offer(1, LARGE_AUDIENCE)
    offer(2, 1)
    clock.advance(LINGER_MS)
    assert.deepEqual(
      published.map(([, seq]) => seq),
      [1, 2],
    )
  })
})

describe('publishes to a small audience', () => {
  it('go out at once, also while those of another topic wait', () => {
    const { offer, published } = setUp()
    offer(1, LARGE_AUDIENCE, 'large')
    offer(2, LARGE_AUDIENCE - 1, 'small')
    assert.deepEqual(published, [[0, 2]])
  })
})
