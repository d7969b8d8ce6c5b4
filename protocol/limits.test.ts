import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isUserId } from './index.ts'

describe('a user id', () => {
  it('is 1 to 128 bytes of UTF-8', () => {
    for (const id of ['a', 'a'.repeat(128), 'é'.repeat(64), '😀'.repeat(32), 'alice@example.org', ' ']) {
      assert.equal(isUserId(id), true, id)
    }
    for (const id of ['', 'a'.repeat(129), 'é'.repeat(65), '😀'.repeat(33)])
      assert.equal(isUserId(id), false, id)
  })

  it('holds no control characters and no half surrogate pairs', () => {
    for (const id of ['a\u0000', '\u001f', 'a\nb', '\u007f', '\u0085', '\ud800', 'a\udc00']) {
      assert.equal(isUserId(id), false, JSON.stringify(id))
    }
  })

  it('is a string', () => {
    for (const id of [undefined, null, 1, {}, ['a']]) assert.equal(isUserId(id), false)
  })
})
