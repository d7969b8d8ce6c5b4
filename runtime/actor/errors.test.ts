import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unreachable } from './errors.ts'

describe('unreachable', () => {
  it('names what it got by its type, and never shows a body', () => {
    const stray = { type: 'post', body: 'a secret' } as never
    assert.throws(() => unreachable(stray), { message: "Cannot reach this line: unexpected 'post'" })
  })

  it('names anything else by its kind, whatever it holds', () => {
    const cyclic: { self?: unknown } = {}
    cyclic.self = cyclic
    assert.throws(() => unreachable(cyclic as never), {
      message: 'Cannot reach this line: unexpected object',
    })
    assert.throws(() => unreachable(1n as never), { message: 'Cannot reach this line: unexpected bigint' })
    assert.throws(() => unreachable(undefined as never), {
      message: 'Cannot reach this line: unexpected undefined',
    })
  })
})
