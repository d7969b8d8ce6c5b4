import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { visible } from './visible.ts'

it('shows control characters instead of sending them to the terminal', () => {
  assert.equal(visible('a\u001b]0;title\u0007b'), 'a␛]0;title␇b')
  assert.equal(visible('a\r\nb\tc\u007f'), 'a␍␊b␉c␡')
  assert.equal(visible('\u009b2J\u202efdp.exe\u2028'), '<U+009B>2J<U+202E>fdp.exe<U+2028>')
  assert.equal(visible('\ud800'), '<U+D800>')
})

it('leaves every other text as it is', () => {
  for (const text of ['', 'hello', 'żółw 你好', '👩‍👩‍👧', 'a  b']) assert.equal(visible(text), text)
})

it('leaves no control character in any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
      assert.doesNotMatch(visible(text), /[\p{Cc}\p{Zl}\p{Zp}\p{Surrogate}]/u)
    }),
  )
})
