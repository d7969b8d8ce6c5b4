import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { StoredMessage } from '../storage/index.ts'
import { FRAMES_MAX, RelayState } from './relay-state.ts'

const message = (seq: number) => ({ conversation: 'c', seq }) as unknown as StoredMessage
const encoded = (size = 10) => ({ json: 'x'.repeat(size), msgpack: new Uint8Array(size) })

/** Of a topic whose sockets, as the gateway says, are at `seq`. */
function stateAt(seq: number): RelayState {
  const state = new RelayState()
  state.checked([{ conversation: 'c', seq }], [])
  return state
}

/** Publishes all that is due and says its `seq`. */
function publishDue(state: RelayState): number[] {
  const seqs: number[] = []
  for (let due = state.due('c'); due !== undefined; due = state.due('c')) {
    seqs.push(due.message.seq)
    state.published('c', encoded())
  }
  return seqs
}

describe('a relay state', () => {
  it('publishes every message once and in order, whatever is lost, repeated or out of order', () => {
    const arrivals = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 100 })
    const property = fc.property(arrivals, (seqs) => {
      const state = stateAt(0)
      const published: number[] = []
      for (const seq of seqs) {
        state.offer(message(seq), 0)
        published.push(...publishDue(state))
        const gap = state.gap('c')
        if (gap === undefined) continue
        for (let missing = gap.after + 1; missing <= gap.to; missing++) state.offer(message(missing), 0)
        published.push(...publishDue(state))
      }
      const last = Math.max(0, ...seqs)
      assert.deepEqual(
        published,
        Array.from({ length: last }, (_, index) => index + 1),
      )
    })
    fc.assert(property)
  })

  it('finds a lost last message by the head', () => {
    const state = stateAt(4)
    state.headIs({ conversation: 'c', seq: 6 })
    assert.deepEqual(state.gap('c'), { conversation: 'c', after: 4, to: 6 })
  })

  it('publishes nothing before it was told where the sockets are, and then what they miss', () => {
    const state = new RelayState()
    state.offer(message(6), 0)
    state.offer(message(7), 0)
    assert.deepEqual([publishDue(state), state.gap('c')], [[], undefined])
    assert.deepEqual(state.checked([{ conversation: 'c', seq: 6 }], [{ conversation: 'c', seq: 8 }]), [])
    assert.deepEqual(publishDue(state), [7])
    assert.deepEqual(state.gap('c'), { conversation: 'c', after: 7, to: 8 })
  })

  it('begins at the end of the log in a topic without sockets, and has the gateway note it', () => {
    const state = new RelayState()
    assert.deepEqual(state.checked([], [{ conversation: 'c', seq: 6 }]), [{ conversation: 'c', seq: 6 }])
    state.offer(message(7), 0)
    assert.deepEqual(publishDue(state), [7])
  })

  it('begins at the first message of a conversation that is newer than what the gateway knows', () => {
    const state = new RelayState()
    state.checked([{ conversation: 'other', seq: 5 }], [{ conversation: 'c', seq: 2 }])
    assert.deepEqual(state.gap('c'), { conversation: 'c', after: 0, to: 2 })
  })

  it('keeps the sender of a message that is read from the log as well', () => {
    const state = stateAt(0)
    state.offer(message(2), 9)
    state.offer(message(1), 0)
    state.offer(message(2), 0)
    publishDue(state)
    state.offer(message(3), 9)
    assert.equal(state.due('c')?.from, 9)
  })

  it('gives a socket the frames it misses, or the range when they are not kept', () => {
    const state = stateAt(0)
    for (let seq = 1; seq <= FRAMES_MAX + 10; seq++) {
      state.offer(message(seq), 0)
      publishDue(state)
    }
    const at = (seq: number) => state.missing({ conversation: 'c', seq })
    const frames = at(FRAMES_MAX)
    assert.ok(frames?.kind === 'frames' && frames.first === FRAMES_MAX + 1 && frames.frames.length === 10)
    assert.deepEqual(at(5), { kind: 'lagged', from: 6, to: FRAMES_MAX + 10 })
    assert.equal(at(FRAMES_MAX + 10), undefined)
  })

  it('keeps at most 4 MiB of frames', () => {
    const state = stateAt(0)
    for (let seq = 1; seq <= 100; seq++) {
      state.offer(message(seq), 0)
      state.published('c', encoded(50_000))
    }
    assert.equal(state.missing({ conversation: 'c', seq: 58 })?.kind, 'lagged')
    assert.equal(state.missing({ conversation: 'c', seq: 60 })?.kind, 'frames')
  })

  it('goes back to where the gateway is', () => {
    const state = stateAt(0)
    for (const seq of [1, 2, 3]) state.offer(message(seq), 0)
    publishDue(state)
    state.checked([{ conversation: 'c', seq: 1 }], [])
    assert.deepEqual(state.gap('c'), { conversation: 'c', after: 1, to: 3 })
  })
})
