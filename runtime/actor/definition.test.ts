import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ActorSpec, defineActor, stop } from './definition.ts'

const spec: ActorSpec<null, 'hello', void> = { name: 'room', init: () => null, handle: () => {} }

describe('defineActor', () => {
  const problems: [what: string, change: Record<string, unknown>, message: RegExp][] = [
    ['without a name', { name: undefined }, /name must be a string of 1 to 100 characters/],
    ['with an empty name', { name: '' }, /name must be a string/],
    ['with a name of 101 characters', { name: 'x'.repeat(101) }, /name must be a string/],
    ['with a name that is no string', { name: 7 }, /name must be a string/],
    ['without init', { init: undefined }, /init must be a function/],
    ['without handle', { handle: undefined }, /handle must be a function/],
    ['with a terminate that is no function', { terminate: 'later' }, /terminate must be a function/],
    [
      'with a mailbox of 0 messages',
      { mailbox: { limit: 0 } },
      /mailbox.limit must be a whole number from 1 to 16777216, is 0/,
    ],
    ['with a mailbox of half a message', { mailbox: { limit: 0.5 } }, /is 0.5/],
    ['with a mailbox without a bound', { mailbox: { limit: Infinity } }, /is Infinity/],
    ['with a mailbox of 2^24 + 1 messages', { mailbox: { limit: 2 ** 24 + 1 } }, /is 16777217/],
    [
      'with an unknown policy',
      { mailbox: { onFull: 'forget' } },
      /mailbox.onFull must be one of refuse, dropOldest, close, is forget/,
    ],
    ['with an about that is no function', { about: {} }, /about must be a function/],
    ['with a refused that is no function', { refused: true }, /refused must be a function/],
    ['with a trapExit that is no boolean', { trapExit: 'yes' }, /trapExit must be a boolean, is yes/],
  ]
  for (const [what, change, message] of problems) {
    it(`refuses a definition ${what}`, () => {
      assert.throws(() => defineActor({ ...spec, ...change } as typeof spec), {
        code: 'BAD_DEFINITION',
        message,
      })
    })
  }

  it('names the actor in its refusal', () => {
    const broken = { ...spec, mailbox: { limit: 0 } }
    assert.throws(() => defineActor(broken), {
      message: /^Cannot define actor 'room': /,
      context: { actor: 'room' },
    })
  })

  it('fills in a mailbox of 10,000 messages that refuses, and exits that are not trapped', () => {
    const { mailboxLimit, onFull, trapExit, kind } = defineActor(spec)
    assert.deepEqual(
      { mailboxLimit, onFull, trapExit, kind },
      { mailboxLimit: 10_000, onFull: 'refuse', trapExit: false, kind: 'actor' },
    )
  })

  it('takes every bound from 1 to 2^24 and every policy', () => {
    for (const limit of [1, 2 ** 24])
      assert.equal(defineActor({ ...spec, mailbox: { limit } }).mailboxLimit, limit)
    for (const onFull of ['refuse', 'dropOldest', 'close'] as const) {
      assert.equal(defineActor({ ...spec, mailbox: { onFull } }).onFull, onFull)
    }
  })
})

describe('stop', () => {
  it('ends normally unless told otherwise', () => {
    assert.equal(stop().reason, 'normal')
    assert.deepEqual(stop({ shutdown: 'drained' }).reason, { shutdown: 'drained' })
  })
})
