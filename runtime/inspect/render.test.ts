import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Ref } from '../actor/ref.ts'
import { hostileValues, Tripwire } from './hostile-values.ts'
import { render } from './render.ts'

describe('a rendered value', () => {
  it('reads as it would be written', () => {
    assert.equal(
      render({ id: 7, tags: ['a', 'b'], open: true, gone: undefined }),
      "{ id: 7, tags: [ 'a', 'b' ], open: true, gone: undefined }",
    )
    assert.equal(render(new Map([['a', new Set([1])]])), "Map(1) { 'a' => Set(1) { 1 } }")
    assert.equal(render([-0, 5n, null, Symbol('s'), {}, []]), '[ -0, 5n, null, Symbol(s), {}, [] ]')
    assert.equal(render({ 'two words': 1 }), "{ 'two words': 1 }")
  })

  it('names classes, functions, dates, errors, buffers and refs', () => {
    class Room {
      members = 3
    }
    assert.equal(render(new Room()), 'Room { members: 3 }')
    assert.equal(
      render([Room, render, () => {}]),
      '[ [class Room], [Function render], [Function (anonymous)] ]',
    )
    assert.equal(render(new Date(0)), '1970-01-01T00:00:00.000Z')
    assert.equal(render(new Date(Number.NaN)), '[Invalid Date]')
    assert.equal(render(Object.assign(new TypeError('no'), { code: 'E1' })), "TypeError('no') { code: 'E1' }")
    assert.equal(render(Buffer.alloc(10)), 'Buffer(10 bytes)')
    assert.equal(render(new Ref(1, 5, 12)), '<1.5.12>')
    assert.equal(render(Object.create(null)), '[no prototype] {}')
  })

  it('marks cycles, but not a value that is merely used twice', () => {
    const shared = { a: 1 }
    const cycle: Record<string, unknown> = { shared: [shared, shared] }
    cycle.self = cycle
    assert.equal(render(cycle), '{ shared: [ { a: 1 }, { a: 1 } ], self: [Circular] }')
  })

  it('shows that there is more than the limits allow', () => {
    assert.equal(render({ a: { b: { c: 1 } } }, { depth: 2 }), '{ a: { b: […] } }')
    assert.equal(render([1, 2, 3], { keys: 2 }), '[ 1, 2, … 1 more ]')
    assert.equal(render(new Map([[1, 2]]), { keys: 0 }), 'Map(1) { … 1 more }')
    assert.equal(render('abcdef', { stringLength: 4 }), "'abcd'… 2 more characters")
    assert.equal(render(['abcdef', 'x'], { totalLength: 8 }), "[ 'abcd…")
  })

  it('cannot steer a terminal', () => {
    assert.equal(render("\u001b[2J\u009b'\\\u202e\n"), "'\\u{1b}[2J\\u{9b}\\'\\\\\\u{202e}\\u{a}'")
    assert.equal(render({ '\u001b[31m': 1 }), "{ '\\u{1b}[31m': 1 }")
  })

  it('tells getters and proxies without running them', () => {
    const wire = new Tripwire()
    const value = { proxy: new Proxy({}, { get: wire.trip, ownKeys: wire.trip }) }
    Object.defineProperty(value, 'secret', { get: wire.trip, enumerable: true })
    assert.equal(render(value), '{ proxy: [Proxy], secret: [Getter] }')
    assert.equal(wire.trips, 0)
  })

  it('is bounded, printable and harmless, whatever the value', () => {
    const wire = new Tripwire()
    const limits = fc.record({
      depth: fc.integer({ min: 1, max: 20 }),
      keys: fc.integer({ min: 0, max: 20 }),
      stringLength: fc.integer({ min: 0, max: 100 }),
      totalLength: fc.integer({ min: 1, max: 2_000 }),
    })
    fc.assert(
      fc.property(hostileValues(fc, wire), limits, (make, limit) => {
        const text = render(make(), limit)
        assert.ok(text.length <= limit.totalLength, `${text.length} characters`)
        assert.doesNotMatch(text, /[\p{C}\p{Zl}\p{Zp}]/u)
        assert.equal(wire.trips, 0, 'code of the value ran')
      }),
      { numRuns: 500 },
    )
  })
})
