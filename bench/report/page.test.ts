import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Metric, RESULT_SCHEMA, type Result } from '../result.ts'
import { reportPage } from './page.ts'

const metric: Metric = {
  name: 'messages_per_s',
  unit: 'messages/s',
  better: 'higher',
  value: 16_000,
  peers: { ws: 20_000 },
  ratio: { ws: 0.8 },
  range: { ours: [15_000, 17_000] },
  target: { kind: 'value', limit: 15_000 },
  met: true,
}

const result: Result = {
  schema: RESULT_SCHEMA,
  scenario: 'send',
  machine: { cpu: 'A <CPU>', cores: 2, memoryBytes: 24 * 2 ** 30, kernel: 'Linux 6', node: 'v22' },
  commit: '0123456789abcdef-dirty',
  measuredAt: '2026-01-02T03:04:05.000Z',
  parameters: { quick: false, seed: 7 },
  stoppedBy: 'all cores of the box: 97% busy',
  metrics: [metric],
  curves: [
    {
      chart: 'send to sent',
      name: '5,000/s',
      x: 'percentile',
      unit: 'ms',
      points: [
        [0, 1],
        [50, 3],
        [99, 9],
      ],
    },
    {
      chart: 'send to sent',
      name: '16,000/s',
      x: 'percentile',
      unit: 'ms',
      points: [
        [0, 2],
        [50, 6],
        [99, 900],
      ],
    },
    {
      chart: 'memory',
      name: 'ours',
      x: 'connections',
      unit: 'MiB',
      points: [
        [0, 60],
        [15_000, 80],
      ],
    },
  ],
}

describe('the report', () => {
  it('has everything in itself', () => {
    const page = reportPage([result])
    assert.doesNotMatch(page, /https?:|src=|<script|<link|@import|url\(/)
  })

  it('says what was measured, when, on what, and what stopped it', () => {
    const page = reportPage([result])
    assert.match(page, /commit 0123456789 with changes · 2026-01-02 03:04 · seed 7/)
    assert.match(page, /Stopped by<\/b> all cores of the box: 97% busy/)
    assert.match(page, /2 cores · 24 GiB/)
  })

  it('shows our figure, its range, the peers with a ratio, and whether the target was met', () => {
    const page = reportPage([result])
    assert.match(page, /16\.0 k<span class="unit">15\.0 k–17\.0 k</)
    assert.match(page, /data-label="ws">20\.0 k<span class="ratio lost">0\.800×/)
    assert.match(page, /≥ 15\.0 k <span class="badge met">met/)
    assert.match(page, /1 of 1 targets met/)
  })

  it('says that a target was missed', () => {
    const page = reportPage([{ ...result, metrics: [{ ...metric, met: false }] }])
    assert.match(page, /0 of 1 targets met/)
    assert.match(page, /badge missed">missed/)
  })

  it('says that a quick run is not to be quoted', () => {
    assert.match(reportPage([{ ...result, parameters: { quick: true } }]), /quick: not to quote/)
    assert.doesNotMatch(reportPage([result]), /quick: not/)
  })

  it('draws the curves of one chart together, wide and narrow', () => {
    const page = reportPage([result])
    assert.equal(page.match(/<figure/g)?.length, 2)
    assert.equal(page.match(/<svg class="(wide|narrow)"/g)?.length, 4)
    assert.equal(page.match(/<path class="line s1"/g)?.length, 2)
    assert.match(page, /aria-label="memory: MiB over connections"/)
  })

  it('shows nothing of a result as markup', () => {
    const page = reportPage([{ ...result, stoppedBy: '<b onload=1>' }])
    assert.match(page, /A &#60;CPU&#62;/)
    assert.doesNotMatch(page, /<b onload/)
  })

  it('draws results of before, which have neither curves nor a time', () => {
    const { curves: _, measuredAt: __, ...old } = result
    assert.match(reportPage([old]), /<section id="send">/)
  })
})
