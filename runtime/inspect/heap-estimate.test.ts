import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { defineActor } from '../actor/definition.ts'
import { Simulation } from '../simulation/simulation.ts'
import { estimateBytes } from './heap-estimate.ts'
import { hostileValues, Tripwire } from './hostile-values.ts'

describe('an estimate of memory', () => {
  it('grows with what a value holds', () => {
    const sizes = [0, 10, 100, 10_000].map(
      (n) => estimateBytes({ list: Array.from({ length: n }, (_, i) => ({ i })) }).bytes,
    )
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => a - b),
    )
    assert.ok((sizes[3] as number) > 10_000 * 32, `${sizes[3]}`)
  })

  it('is within a factor of three of what V8 takes for common data', () => {
    const kinds: Record<string, () => unknown> = {
      strings: () => Array.from({ length: 20_000 }, (_, i) => `member number ${i}`),
      records: () => Array.from({ length: 20_000 }, (_, i) => ({ id: i, name: `n${i}`, at: i * 1.5 })),
      map: () => new Map(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, { i }])),
    }
    for (const [name, make] of Object.entries(kinds)) {
      const { estimate, real } = weigh(make)
      const ratio = estimate / real
      assert.ok(ratio > 1 / 3 && ratio < 3, `${name}: ${ratio.toFixed(2)} of ${real} bytes`)
    }
  })

  it('counts bytes of buffers, and a value that is used twice once', () => {
    const shared = new Uint8Array(1_000_000)
    const { bytes } = estimateBytes([shared, shared])
    assert.ok(bytes > 1_000_000 && bytes < 1_001_000, `${bytes}`)
  })

  it('looks at no more than 200 values', () => {
    const wide = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => ({ a: [1], b: 'x' })))
    assert.equal(estimateBytes(wide).nodes, 200)
  })

  it('lists the keys of a table once, however often it is asked', () => {
    const table: Record<string, number> = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i]),
    )
    const first = estimateBytes(table)
    table.later = 1
    assert.equal(estimateBytes(table).bytes, first.bytes)
    assert.ok(first.bytes > 5_000 * 16)
  })

  it('does not follow the runtime itself out of an actor', async () => {
    type Msg = { type: 'tick' }
    const timed = defineActor<unknown, Msg, void>({
      name: 'timed',
      init: (_, ctx) => ({ timer: ctx.sendAfter(60_000, ctx.self, { type: 'tick' }), ctx, self: ctx.self }),
      handle() {},
    })
    const simulation = new Simulation()
    const ref = await simulation.start(timed, undefined)
    assert.ok(estimateBytes(simulation.kernel().cells.get(ref)?.state).nodes <= 4)
  })

  it('runs no code of the value and never throws', () => {
    const wire = new Tripwire()
    fc.assert(
      fc.property(hostileValues(fc, wire), (make) => {
        const { bytes, nodes } = estimateBytes(make())
        assert.ok(Number.isFinite(bytes) && bytes >= 0, `${bytes} bytes`)
        assert.ok(nodes <= 200)
        assert.equal(wire.trips, 0, 'code of the value ran')
      }),
      { numRuns: 500 },
    )
  })
})

/** A function of its own, so that nothing of an earlier value is left on the stack. */
function weigh(make: () => unknown): { estimate: number; real: number } {
  const before = heapUsed()
  const value = make()
  const real = heapUsed() - before
  return { estimate: estimateBytes(value).bytes, real }
}

function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return getHeapStatistics().used_heap_size
}
