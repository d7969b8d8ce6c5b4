import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compare, type MetricSpec, ratio, type Showing } from './result.ts'

const speed: MetricSpec = { name: 'speed_per_s', unit: '/s', better: 'higher', method: 'counted' }
const bytes: MetricSpec = { name: 'bytes', unit: 'bytes', better: 'lower', method: 'weighed' }

function showing(figures: Record<string, number>): Showing {
  const spreads = Object.entries(figures).map(([name, median]) => [
    name,
    { median, min: median - 1, max: median + 1 },
  ])
  return { spreads: Object.fromEntries(spreads) }
}

function compareOne(spec: MetricSpec, ours: Showing, peers: Record<string, Showing>) {
  const [metric] = compare([spec], ours, peers)
  assert.ok(metric)
  return metric
}

describe('a ratio above 1 means that we are better', () => {
  it('where more is better: ours divided by the peer', () => {
    assert.equal(ratio('higher', 300, 100), 3)
    assert.equal(ratio('higher', 100, 300), 1 / 3)
  })

  it('where less is better: the peer divided by ours', () => {
    assert.equal(ratio('lower', 100, 300), 3)
    assert.equal(ratio('lower', 300, 100), 1 / 3)
  })

  it('for every peer of a metric', () => {
    const peers = { otp: showing({ bytes: 800 }), nact: showing({ bytes: 100 }) }
    assert.deepEqual(compareOne(bytes, showing({ bytes: 400 }), peers).ratio, { otp: 2, nact: 0.25 })
  })
})

describe('a metric of a result', () => {
  it('has its name, unit, value, and the figures of peers', () => {
    assert.deepEqual(compareOne(speed, showing({ speed_per_s: 20 }), { otp: showing({ speed_per_s: 10 }) }), {
      name: 'speed_per_s',
      unit: '/s',
      better: 'higher',
      value: 20,
      peers: { otp: 10 },
      ratio: { otp: 2 },
      range: { ours: [19, 21], otp: [9, 11] },
    })
  })

  it('keeps the order of the list of metrics', () => {
    const names = compare([bytes, speed], showing({ speed_per_s: 1, bytes: 2 }), {}).map(({ name }) => name)
    assert.deepEqual(names, ['bytes', 'speed_per_s'])
  })
})

describe('a peer that is absent', () => {
  const metric = compareOne(speed, showing({ speed_per_s: 20 }), { otp: { absent: 'erl is not installed' } })

  it('is missing and not 0', () => {
    assert.deepEqual([metric.peers, metric.ratio], [{}, {}])
    assert.deepEqual(Object.keys(metric.range), ['ours'])
  })

  it('is noted with the reason', () => {
    assert.deepEqual(metric.note, { otp: 'erl is not installed' })
  })

  it('is noted when it lacks only this metric', () => {
    const peers = { nact: showing({ bytes: 1 }) }
    assert.deepEqual(compareOne(speed, showing({ speed_per_s: 20 }), peers).note, {
      nact: 'does not measure this',
    })
  })

  it('leaves open whether a target that compares with it is met', () => {
    const target = { kind: 'ratio', peer: 'otp', atLeast: 2 } as const
    const unknown = compareOne({ ...speed, target }, showing({ speed_per_s: 20 }), {
      otp: { absent: 'gone' },
    })
    assert.equal('met' in unknown, false)
  })
})

describe('a metric that we have not measured', () => {
  const metric = compareOne({ ...bytes, target: { kind: 'value', limit: 400 } }, showing({}), {
    otp: showing({ bytes: 10 }),
  })

  it('has no value, no ratio, and no verdict', () => {
    assert.deepEqual(['value' in metric, metric.ratio, 'met' in metric], [false, {}, false])
  })

  it('still shows the peers', () => {
    assert.deepEqual(metric.peers, { otp: 10 })
  })
})

describe('a target', () => {
  const met = (spec: MetricSpec, ours: number): boolean | undefined =>
    compareOne(spec, showing({ [spec.name]: ours }), { otp: showing({ [spec.name]: 100 }) }).met

  it('as a ratio is met from that multiple of the peer on', () => {
    const twice = { ...speed, target: { kind: 'ratio', peer: 'otp', atLeast: 2 } } as const
    assert.deepEqual([met(twice, 200), met(twice, 199)], [true, false])
  })

  it('as a value is a floor where more is better', () => {
    const floor = { ...speed, target: { kind: 'value', limit: 50 } } as const
    assert.deepEqual([met(floor, 50), met(floor, 49)], [true, false])
  })

  it('as a value is a ceiling where less is better', () => {
    const ceiling = { ...bytes, target: { kind: 'value', limit: 50 } } as const
    assert.deepEqual([met(ceiling, 50), met(ceiling, 51)], [true, false])
  })
})
