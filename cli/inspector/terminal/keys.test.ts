import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { keysOf } from './keys.ts'

it('tells characters, named keys and control keys apart', () => {
  assert.deepEqual(keysOf('m\u001b[A\u001bOB\r\u007f\u0003ż👍'), [
    'm',
    'up',
    'down',
    'enter',
    'backspace',
    'ctrl-c',
    'ż',
    '👍',
  ])
  assert.deepEqual(keysOf('\u001b'), ['escape'])
  assert.deepEqual(keysOf('\u001b[5~\u001b[6~\t'), ['pageUp', 'pageDown', 'tab'])
})

it('passes over a sequence that means nothing here, as a whole', () => {
  assert.deepEqual(keysOf('a\u001b[1;5Cb\u001b[?1;2cc\u001bxd'), ['a', 'b', 'c', 'd'])
})

it('never takes a control character for one that was typed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (typed) => {
      for (const key of keysOf(typed)) assert.doesNotMatch(key, /\p{Cc}/u)
    }),
  )
})
