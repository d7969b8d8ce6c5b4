import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Buckets } from '../../actors/index.ts'
import { Families } from './families.ts'

const samples = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('families', () => {
  it('are read when they are asked for, each time anew', async () => {
    const families = new Families<{ open: number }>()
    families.gauge('open', 'Open ones.', ({ open }) => open)
    assert.deepEqual(samples(await families.text({ open: 1 })), ['open 1'])
    assert.equal(await families.text({ open: 2 }), '# HELP open Open ones.\n# TYPE open gauge\nopen 2\n')
  })

  it('leave out what is not known', async () => {
    const families = new Families<null>()
    families.gauge('unknown', 'Not known.', () => undefined)
    assert.deepEqual(samples(await families.text(null)), [])
  })

  it('tell a histogram with buckets that hold all below, and in another unit', async () => {
    const waits = new Buckets([1, 2])
    for (const ms of [0.5, 1, 1.5, 9]) waits.observe(ms)
    const families = new Families<null>()
    families.histogram('wait_seconds', 'Waits.', { bounds: [1, 2], scale: 0.001 }, () => [
      [{ who: 'a' }, waits.cells],
    ])
    assert.deepEqual(samples(await families.text(null)), [
      'wait_seconds_bucket{le="0.001",who="a"} 2',
      'wait_seconds_bucket{le="0.002",who="a"} 3',
      'wait_seconds_bucket{le="+Inf",who="a"} 4',
      'wait_seconds_sum{who="a"} 0.012',
      'wait_seconds_count{who="a"} 4',
    ])
  })

  it('escape what a label holds', async () => {
    const families = new Families<null>()
    families.counter('x_total', 'X.', () => [[{ name: 'a"b\\c\nd' }, 1]])
    assert.deepEqual(samples(await families.text(null)), ['x_total{name="a\\"b\\\\c\\nd"} 1'])
  })

  it('refuse a second metric of the same name', () => {
    const families = new Families<null>()
    families.counter('x_total', 'X.', () => 1)
    assert.throws(() => families.counter('x_total', 'X.', () => 1), /already been registered/)
  })
})
