/**
 * hostileValues: values that do harm when their code runs, for the tests of whatever looks at values it did
 * not make.
 */

import type fastCheck from 'fast-check'

/** How often code of a hostile value has run. */
export class Tripwire {
  trips = 0

  readonly trip = (): never => {
    this.trips++
    throw new Error('code of an inspected value ran')
  }
}

/**
 * Any data, with hostile objects at any place in it. Given as functions that make them, since fast-check
 * itself looks at the values that it generates. It is handed in because only tests may import it.
 */
export function hostileValues(fc: typeof fastCheck, wire: Tripwire): fastCheck.Arbitrary<() => unknown> {
  const hostile = fc.constantFrom(...makers).map((make) => () => make(wire))
  const plain = fc.anything(EVERYTHING).map((value) => () => value)
  const several = (value: fastCheck.Arbitrary<() => unknown>): fastCheck.Arbitrary<(() => unknown)[]> =>
    fc.array(value, { maxLength: 8 })
  return fc.letrec<Record<'value' | 'array' | 'object' | 'map' | 'set', () => unknown>>((tie) => ({
    value: fc.oneof({ maxDepth: 5 }, hostile, plain, tie('array'), tie('object'), tie('map'), tie('set')),
    array: several(tie('value')).map((makes) => () => makes.map((make) => make())),
    object: several(tie('value')).map(
      (makes) => () => Object.fromEntries(makes.map((make, i) => [`\u202e${i}`, make()])),
    ),
    map: several(tie('value')).map((makes) => () => new Map(makes.map((make) => [make(), make()]))),
    set: several(tie('value')).map((makes) => () => new Set(makes.map((make) => make()))),
  })).value
}

const EVERYTHING = {
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
} as const

const TRAPS: readonly (keyof ProxyHandler<object>)[] = [
  'apply',
  'construct',
  'defineProperty',
  'deleteProperty',
  'get',
  'getOwnPropertyDescriptor',
  'getPrototypeOf',
  'has',
  'isExtensible',
  'ownKeys',
  'preventExtensions',
  'set',
  'setPrototypeOf',
]

function proxyOf(target: object, { trip }: Tripwire): object {
  return new Proxy(target, Object.fromEntries(TRAPS.map((trap) => [trap, trip])))
}

function shadowed(value: object, keys: readonly PropertyKey[], { trip }: Tripwire): object {
  for (const key of keys) Object.defineProperty(value, key, { get: trip, enumerable: true })
  return value
}

const makers: readonly ((wire: Tripwire) => unknown)[] = [
  (wire) => proxyOf({}, wire),
  (wire) => proxyOf([], wire),
  (wire) => proxyOf(() => {}, wire),
  (wire) => Object.create(proxyOf({}, wire)),
  (wire) => ({ type: 'post', inner: proxyOf({}, wire) }),
  (wire) =>
    shadowed({}, ['type', 'toJSON', 'constructor', 'then', Symbol.toStringTag, Symbol.iterator], wire),
  (wire) => shadowed([1, 2], [2, 'map'], wire),
  (wire) => shadowed(new Map([[1, 2]]), ['size', 'entries', Symbol.iterator], wire),
  (wire) => shadowed(new Set([1]), ['size', 'values', Symbol.iterator], wire),
  (wire) => shadowed(new Date(0), ['getTime', 'toISOString', Symbol.toPrimitive], wire),
  (wire) => shadowed(new Uint8Array(4), ['byteLength', 'length'], wire),
  (wire) => shadowed(new Error('text'), ['message', 'name', 'cause'], wire),
  (wire) => shadowed(() => {}, ['name'], wire),
  ({ trip }) => ({ toJSON: trip, toString: trip, valueOf: trip, [Symbol.toPrimitive]: trip }),
  ({ trip }) =>
    new (class {
      get size(): never {
        return trip()
      }
      static get [Symbol.hasInstance](): never {
        return trip()
      }
    })(),
  () => Object.create(Map.prototype),
  () => Object.create(Uint8Array.prototype),
  () => new Array(4_000_000_000),
  () => 'x'.repeat(1_000_000),
  () => '\u001b[2J\u009b31m\u202e\ud800\u0000\u2028',
  () => nested(20_000),
  () => cyclic(),
  () => 10n ** 1_000n,
  () => Symbol('\u001b[31m'),
]

function nested(levels: number): unknown {
  let value: unknown = 'bottom'
  for (let level = 0; level < levels; level++) value = { value }
  return value
}

function cyclic(): unknown {
  const value: Record<string, unknown> = { list: [] }
  value.self = value
  ;(value.list as unknown[]).push(value)
  return value
}
