import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseServerFrame } from './index.ts'

const MESSAGE = {
  op: 'message',
  conversation: '1',
  seq: 1,
  messageId: '2',
  id: 'a',
  author: 'alice',
  device: 'phone',
  at: 0,
  body: '',
  kind: 'text',
}
const PAGE = { op: 'page', ref: 1, conversation: '1', messages: [MESSAGE], more: false }

// That every frame of the schemas is taken is a property in frames.test.ts.
describe('a frame of a server', () => {
  it('is ignored when its op is unknown, missing or of another type', () => {
    for (const op of ['later', 'constructor', '__proto__', 'send', undefined, 1]) {
      assert.equal(parseServerFrame({ ...MESSAGE, op }), undefined)
    }
  })

  it('is ignored when it is not a map', () => {
    for (const value of [undefined, null, 1, 'message', []]) assert.equal(parseServerFrame(value), undefined)
  })

  it('is ignored when any required field is missing or has another type', () => {
    for (const field of Object.keys(MESSAGE)) {
      assert.equal(parseServerFrame({ ...MESSAGE, [field]: undefined }), undefined, field)
      assert.equal(parseServerFrame({ ...MESSAGE, [field]: [] }), undefined, field)
    }
  })

  it('is ignored when an optional field has another type', () => {
    assert.equal(parseServerFrame({ ...MESSAGE, n: '1' }), undefined)
    assert.equal(parseServerFrame({ ...MESSAGE, replyTo: null }), undefined)
  })

  it('is checked to its depth', () => {
    assert.equal(parseServerFrame(PAGE), PAGE)
    assert.equal(parseServerFrame({ ...PAGE, messages: {} }), undefined)
    assert.equal(parseServerFrame({ ...PAGE, messages: [MESSAGE, null] }), undefined)
    assert.equal(parseServerFrame({ ...PAGE, messages: [{ ...MESSAGE, seq: '1' }] }), undefined)
  })

  it('may hold fields and error codes of a newer server', () => {
    const frame = { op: 'error', code: 'NEWER', message: '', hint: 1 }
    assert.equal(parseServerFrame(frame), frame)
  })
})
