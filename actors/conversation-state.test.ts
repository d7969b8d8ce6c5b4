import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  BATCH_MAX,
  type ChangeRequest,
  ConversationState,
  PENDING_CHARS_MAX,
  PENDING_MAX,
  type Post,
} from './conversation-state.ts'

const record = { id: '1', tenant: '', kind: 'group', createdAt: 1 } as const
const post = (id: string, body = '') => ({ request: {}, message: { id, body } }) as unknown as Post
const change = (type: ChangeRequest['type'], user: string) =>
  ({ type, key: '1', by: 'alice', user }) as unknown as ChangeRequest
const group = (members: readonly string[] = ['alice', 'bob']) => new ConversationState(record, members, 0, 2)

describe('the queue of a conversation', () => {
  it('takes at most 1,000 pieces and 8,000,000 characters', () => {
    const state = group()
    for (let n = 0; n < PENDING_MAX; n++) assert.ok(state.enqueue(post(`m${n}`)))
    assert.equal(state.enqueue(post('one more')), false)
    assert.equal(group().enqueue(post('long', 'x'.repeat(PENDING_CHARS_MAX + 1))), false)
  })

  it('gives out batches of at most 256, one at a time', () => {
    const state = group()
    for (let n = 0; n < 300; n++) state.enqueue(post(`m${n}`))
    const first = state.next()
    assert.ok(first?.kind === 'batch' && first.posts.length === BATCH_MAX)
    assert.equal(state.next(), undefined)
    state.finished()
    const second = state.next()
    assert.ok(second?.kind === 'batch' && second.posts.length === 300 - BATCH_MAX)
  })

  it('sends every message to those who are members at its place, whatever comes in between', () => {
    const piece = fc.oneof(
      fc.constant('post' as const),
      fc.record({ adds: fc.boolean(), user: fc.constantFrom('u1', 'u2', 'u3') }),
    )
    const property = fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const state = group()
      const expected: string[][] = []
      const members = new Set(['alice', 'bob'])
      for (const each of pieces) {
        if (each === 'post') {
          state.enqueue(post('m'))
          expected.push([...members].sort())
        } else {
          state.enqueue(change(each.adds ? 'addMember' : 'removeMember', each.user))
          if (each.adds) members.add(each.user)
          else members.delete(each.user)
        }
      }
      assert.deepEqual(routes(state), expected)
    })
    fc.assert(property)
  })
})

describe('the route of a conversation', () => {
  it('leads into inboxes up to 100 members and to a topic beyond', () => {
    const state = group(Array.from({ length: 100 }, (_, index) => `user-${index}`))
    assert.equal(state.route.kind, 'inboxes')
    state.changed(change('addMember', 'one more'))
    assert.deepEqual(state.route, { kind: 'topic', topic: '1' })
    assert.equal(state.shrinksNext, true)
    state.changed(change('removeMember', 'one more'))
    assert.equal(state.route.kind, 'inboxes')
  })
})

/** Works the queue off and says for each message who got it. */
function routes(state: ConversationState): string[][] {
  const got: string[][] = []
  for (let work = state.next(); work !== undefined; work = state.next()) {
    if (work.kind === 'change') state.changed(work.request)
    else if (work.route.kind === 'inboxes') {
      for (const _ of work.posts) got.push([...work.route.users].sort())
    }
    state.finished()
  }
  return got
}
