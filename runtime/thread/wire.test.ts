import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type AnyRef, Ref } from '../actor/ref.ts'
import { RemoteReplyTo } from '../kernel/pending-call.ts'
import { Decoder } from './decoder.ts'
import { type EncodeError, Encoder } from './encoder.ts'

const FRAME_MAX = 64 * 1_024

/** Both ends of one direction. `offer` writes a frame and says whether the reader gets it. */
function openWire() {
  const refs = new Map<string, AnyRef>()
  const refOf = (thread: number, slot: number, incarnation: number): AnyRef => {
    const ref: AnyRef = new Ref(thread, slot, incarnation)
    const known = refs.get(ref.toString()) ?? ref
    refs.set(ref.toString(), known)
    return known
  }
  const encoder = new Encoder({ thread: 0, expose: () => 7 }, FRAME_MAX)
  const decoder = new Decoder(refOf)
  const transfer = (value: unknown, accepted = true): unknown => {
    const start = encoder.at
    encoder.begin(0)
    try {
      encoder.value(value)
    } catch (error) {
      encoder.abandon()
      throw error
    }
    const shapes = encoder.writeFreshShapes()
    encoder.align()
    if (!accepted) {
      encoder.abandon()
      return undefined
    }
    if (encoder.shapes.restarts) decoder.forgetShapes()
    encoder.shapes.keep()
    decoder.readFrom(Buffer.from(encoder.bytes.subarray(0, encoder.at)))
    if (shapes !== 0) decoder.learnShapes(shapes)
    decoder.at = start
    return decoder.value()
  }
  return { encoder, transfer, refOf }
}

const codeOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return (error as EncodeError).code
  }
  return 'accepted'
}

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
  withUnicodeString: true,
  withObjectString: true,
  withSparseArray: true,
  withBoxedValues: true,
} as fc.ObjectConstraints)

describe('a value that crosses threads', () => {
  it('arrives deep-equal or is refused as not portable, whatever it is', () => {
    const { transfer, encoder } = openWire()
    fc.assert(
      fc.property(anything, (value) => {
        let arrived: unknown
        try {
          encoder.at = 0
          arrived = transfer(value)
        } catch (error) {
          assert.equal((error as EncodeError).code, 'MESSAGE_NOT_PORTABLE')
          assert.ok(holds(value, isNoData), 'only what holds something else than data may be refused')
          return
        }
        // An invalid date equals nothing, itself included: it has a test of its own.
        if (!holds(value, isInvalidDate)) assert.deepStrictEqual(arrived, value)
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps both ends in agreement about shapes when frames are refused in between', () => {
    const frames = fc.array(fc.tuple(fc.object({ maxDepth: 2 }), fc.boolean()), {
      minLength: 1,
      maxLength: 40,
    })
    fc.assert(
      fc.property(frames, (plan) => {
        const { transfer } = openWire()
        for (const [value, accepted] of plan) {
          const arrived = transfer(value, accepted)
          if (accepted) assert.deepStrictEqual(arrived, value)
        }
      }),
    )
  })

  const unusual: [string, unknown][] = [
    ['-0', -0],
    ['NaN', Number.NaN],
    ['undefined as a property', { a: undefined, b: [undefined] }],
    ['a lone surrogate', 'a\ud800b'],
    ['a long string beyond Latin-1', '中'.repeat(500)],
    ['a long Latin-1 string', 'é'.repeat(500)],
    ['an own property called __proto__', JSON.parse('{"__proto__": {"x": 1}, "a": 2}')],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 })],
    ['a huge bigint', -(2n ** 200n)],
    ['a Buffer', Buffer.from('bytes')],
    ['a view into the middle of a buffer', new Uint16Array(new ArrayBuffer(64), 8, 4).fill(7)],
    ['an ArrayBuffer', new ArrayBuffer(5)],
    ['a Map with object keys', new Map([[{ k: 1 }, new Set([1, 'a'])]])],
    [
      'the largest 32-bit numbers and their neighbours',
      [2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 127, 128, -1],
    ],
  ]
  for (const [what, value] of unusual) {
    it(`keeps ${what}`, () => assert.deepStrictEqual(openWire().transfer(value), value))
  }

  it('keeps an invalid date', () => {
    assert.ok(isInvalidDate(openWire().transfer(new Date(Number.NaN))))
  })

  it('keeps an own __proto__ property also once its shape is compiled', () => {
    const { transfer } = openWire()
    const value: unknown = JSON.parse('{"__proto__": 1, "a": 2}')
    for (let use = 0; use < 100; use++) assert.deepStrictEqual(transfer(value), value)
  })

  it('keeps refs as the one object of the receiving thread', () => {
    const { transfer, refOf } = openWire()
    const arrived = transfer({ ref: new Ref(3, 70_000, 2_000_000_000) }) as { ref: AnyRef }
    assert.equal(arrived.ref, refOf(3, 70_000, 2_000_000_000))
  })

  it('keeps the reply address of a call that came from elsewhere', () => {
    assert.deepStrictEqual(openWire().transfer(new RemoteReplyTo(2, 99)), new RemoteReplyTo(2, 99))
  })
})

describe('what is not data', () => {
  class Account {}
  const cyclic: Record<string, unknown> = {}
  cyclic.self = cyclic
  const throwing = Object.defineProperty({}, 'x', { enumerable: true, get: () => assert.fail('no') })
  const refused: [string, unknown][] = [
    ['a function', () => {}],
    ['a symbol', Symbol('s')],
    ['a promise', Promise.resolve()],
    ['an instance of a class', new Account()],
    ['an Error', new Error('x')],
    ['a regular expression', /x/],
    ['a cyclic structure', cyclic],
    // biome-ignore lint/suspicious/noSparseArray: the hole is the point
    ['an array with holes', [1, , 3]],
    ['something nested 501 levels deep', nested(501)],
  ]
  for (const [what, value] of refused) {
    it(`refuses ${what}, and goes on`, () => {
      const { transfer } = openWire()
      assert.equal(
        codeOf(() => transfer({ before: { new: 'shape' }, value })),
        'MESSAGE_NOT_PORTABLE',
      )
      assert.deepStrictEqual(transfer({ before: { new: 'shape' } }), { before: { new: 'shape' } })
    })
  }

  it('lets what an accessor throws through, for the sender to translate', () => {
    assert.throws(() => openWire().transfer(throwing), assert.AssertionError)
  })

  it('accepts nesting down to 500 levels', () => {
    assert.deepStrictEqual(openWire().transfer(nested(500)), nested(500))
  })

  it('refuses what is larger than a frame, and goes on', () => {
    const { transfer } = openWire()
    assert.equal(
      codeOf(() => transfer('x'.repeat(FRAME_MAX))),
      'MESSAGE_TOO_LARGE',
    )
    assert.equal(
      codeOf(() => transfer(new Uint8Array(FRAME_MAX))),
      'MESSAGE_TOO_LARGE',
    )
    assert.equal(transfer('small'), 'small')
  })

  it('refuses a small structure that unfolds into a large one before it has filled memory', () => {
    let value: unknown = 'leaf'
    for (let level = 0; level < 40; level++) value = [value, value]
    assert.equal(
      codeOf(() => openWire().transfer(value)),
      'MESSAGE_TOO_LARGE',
    )
  })
})

describe('shapes', () => {
  it('are forgotten by both ends once there are too many', () => {
    const { transfer, encoder } = openWire()
    let restarts = 0
    for (let round = 0; round < 30_000; round++) {
      encoder.at = 0
      const value = { [`key${round}`]: round, common: true }
      assert.deepStrictEqual(transfer(value), value)
      encoder.begin(0)
      if (encoder.shapes.restarts) restarts++
      encoder.abandon()
    }
    assert.ok(restarts >= 5, `restarted ${restarts} times`)
  })
})

function nested(levels: number): unknown {
  let value: unknown = 'leaf'
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

/** True when the value or anything inside it is such. */
function holds(value: unknown, is: (value: object) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (is(value)) return true
  const inside =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  return !ArrayBuffer.isView(value) && inside.some((part) => holds(part, is))
}

/** Boxed primitives and holes are all that `fc.anything` makes and that is no data. */
function isNoData(value: object): boolean {
  if (value instanceof String || value instanceof Number || value instanceof Boolean) return true
  return Array.isArray(value) && Object.keys(value).length < value.length
}

function isInvalidDate(value: unknown): boolean {
  return value instanceof Date && Number.isNaN(value.getTime())
}
