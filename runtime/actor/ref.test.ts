import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type AnyRef, parseRef, Ref, sameRef } from './ref.ts'

const anyRef: fc.Arbitrary<AnyRef> = fc
  .tuple(fc.nat(4_095), fc.nat(2 ** 24), fc.integer({ min: 1, max: 2 ** 31 - 1 }))
  .map(([thread, slot, incarnation]) => new Ref(thread, slot, incarnation))

describe('a ref', () => {
  it('is read back from what it prints, with or without its brackets', () => {
    const property = fc.property(anyRef, (ref) => {
      const printed = `${ref}`
      for (const text of [printed, printed.slice(1, -1)]) assert.deepEqual(parseRef(text), ref)
    })
    fc.assert(property)
  })

  for (const text of [
    '',
    '<1.2>',
    '1.2.3.4',
    '<1.2.x>',
    '<-1.2.3>',
    '1.2.3 ',
    '<123456.1.1>',
    '<1.2.12345678901>',
    '<0x1.2.3>',
  ]) {
    it(`is not read from '${text}'`, () => {
      assert.equal(parseRef(text), undefined)
    })
  }

  it('is the same as another object with its three numbers, and as no other', () => {
    const property = fc.property(anyRef, anyRef, (a, b) => {
      const equal = a.thread === b.thread && a.slot === b.slot && a.incarnation === b.incarnation
      assert.equal(sameRef(a, b), equal)
      assert.equal(sameRef(a, new Ref(a.thread, a.slot, a.incarnation)), true)
      assert.equal(sameRef(a, new Ref(a.thread, a.slot, a.incarnation + 1)), false)
    })
    fc.assert(property)
  })
})
