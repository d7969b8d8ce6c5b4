import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { InboxMessage } from '../storage/index.ts'
import {
  beginPage,
  dueAnswers,
  holdEvent,
  holdFrame,
  type InboxPosition,
  needsMore,
  newOnes,
  openSlot,
  SessionState,
  takeHint,
  WAITING_BYTES_MAX,
  WAITING_EVENTS_MAX,
  WAITING_FRAMES_MAX,
} from './session-state.ts'

/** A session that follows an inbox of `head` numbers as the actor does, one step at a time. */
class Follower {
  readonly shown: number[] = []
  readonly position: InboxPosition = { n: 0, target: 0, pulling: false, look: false }
  head = 0
  readonly #pageSize: number
  #page: InboxMessage[] | undefined = undefined

  constructor(pageSize: number) {
    this.#pageSize = pageSize
  }

  hint(n: number): void {
    const action = takeHint(this.position, n)
    if (action === 'next') this.shown.push(n)
    if (action === 'pull') this.pull()
  }

  catchUp(): void {
    if (this.position.pulling) this.position.look = true
    else this.pull()
  }

  /** The store reads now; the page arrives later. */
  pull(): void {
    beginPage(this.position)
    const after = this.position.n
    this.#page = Array.from({ length: Math.min(this.#pageSize, this.head - after) }, (_, i) => ({
      n: after + 1 + i,
      message: NO_MESSAGE,
    }))
  }

  /** The page that was read arrives. */
  arrive(): void {
    if (this.#page === undefined) return
    const page = this.#page
    this.#page = undefined
    for (const { n } of newOnes(this.position, page)) {
      this.shown.push(n)
      this.position.n = n
    }
    if (needsMore(this.position, page.length === this.#pageSize)) this.pull()
  }

  settle(): void {
    while (this.position.pulling) this.arrive()
  }
}

const NO_MESSAGE = {
  conversation: '1',
  seq: 1,
  messageId: '1',
  id: 'x',
  author: 'bob',
  device: 'd',
  at: 0,
  kind: 'text',
  body: '',
} as const

type Step =
  | { readonly do: 'append' | 'arrive' | 'catchUp' | 'lose' | 'deliver' | 'again' }
  | { readonly do: 'reorder'; readonly at: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .constantFrom('append', 'append', 'append', 'arrive', 'catchUp', 'lose', 'deliver', 'deliver', 'again')
    .map((name): Step => ({ do: name })),
  fc.nat(10).map((at): Step => ({ do: 'reorder', at })),
)

describe('following an inbox', () => {
  it('shows each number once and in order, whatever is lost, doubled or out of order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (steps, pageSize) => {
        const follower = new Follower(pageSize)
        const hints: number[] = []
        for (const each of steps) {
          if (each.do === 'append') hints.push(++follower.head)
          else if (each.do === 'arrive') follower.arrive()
          else if (each.do === 'catchUp') follower.catchUp()
          else if (each.do === 'lose') hints.shift()
          else if (each.do === 'reorder') hints.push(...hints.splice(0, each.at))
          else {
            const [n] = hints
            if (n !== undefined) follower.hint(n)
            if (each.do === 'deliver') hints.shift()
          }
        }
        follower.settle()
        follower.catchUp()
        follower.settle()
        assert.deepEqual(
          follower.shown,
          Array.from({ length: follower.head }, (_, i) => i + 1),
        )
      }),
      { numRuns: 2_000 },
    )
  })

  it('finds what was lost as soon as one later hint comes', () => {
    const follower = new Follower(2)
    follower.head = 7
    follower.hint(7)
    follower.settle()
    assert.deepEqual(follower.shown, [1, 2, 3, 4, 5, 6, 7])
    assert.equal(follower.position.pulling, false)
  })

  it('reads once more when a hint comes after a page was read and before it arrives', () => {
    const follower = new Follower(10)
    follower.head = 2
    follower.hint(2)
    follower.head = 3
    follower.hint(3)
    follower.settle()
    assert.deepEqual(follower.shown, [1, 2, 3])
  })

  it('reads once more when a catch-up comes while a page is read', () => {
    const follower = new Follower(10)
    follower.catchUp()
    follower.head = 1
    follower.catchUp()
    follower.settle()
    assert.deepEqual(follower.shown, [1])
  })
})

function idle(): SessionState {
  return new SessionState({
    connection: 1,
    user: 'alice',
    device: 'd',
    codec: 'guildhall.v1.json',
    start: { kind: 'replace' },
  })
}

describe('what waits for the replay', () => {
  it('is bounded in frames', () => {
    const state = idle()
    for (let i = 0; i < WAITING_FRAMES_MAX; i++) assert.ok(holdFrame(state, new Uint8Array(1)))
    assert.equal(holdFrame(state, new Uint8Array(1)), false)
  })

  it('is bounded in bytes', () => {
    const state = idle()
    assert.ok(holdFrame(state, new Uint8Array(WAITING_BYTES_MAX)))
    assert.equal(holdFrame(state, new Uint8Array(1)), false)
  })

  it('is bounded in events', () => {
    const state = idle()
    const event = { type: 'event', frame: { op: 'resync' }, except: 0 } as const
    for (let i = 0; i < WAITING_EVENTS_MAX; i++) assert.ok(holdEvent(state, event))
    assert.equal(holdEvent(state, event), false)
  })
})

describe('answers of one conversation', () => {
  it('come in the order of the requests, and nothing of them is kept', () => {
    const state = idle()
    const [first, second, third] = [openSlot(state, '1'), openSlot(state, '1'), openSlot(state, '1')]
    second.frame = { op: 'heartbeat', ref: 2 }
    assert.deepEqual(dueAnswers(state, '1'), [])
    first.frame = { op: 'heartbeat', ref: 1 }
    assert.deepEqual(dueAnswers(state, '1'), [first.frame, second.frame])
    third.frame = { op: 'heartbeat', ref: 3 }
    assert.deepEqual(dueAnswers(state, '1'), [third.frame])
    assert.equal(state.posts, undefined)
  })

  it('do not wait for those of another', () => {
    const state = idle()
    openSlot(state, '1')
    const other = openSlot(state, '2')
    other.frame = { op: 'heartbeat' }
    assert.deepEqual(dueAnswers(state, '2'), [other.frame])
  })
})
