import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Metric, RESULT_SCHEMA, type Result } from './result.ts'
import { formatResult } from './table.ts'

const speed: Metric = {
  name: 'fan_out_10000_per_s',
  unit: 'messages/s',
  better: 'higher',
  value: 6_912_345,
  peers: { otp: 2_004_000, nact: 163_299 },
  ratio: { otp: 3.449, nact: 42.33 },
  range: { ours: [6_800_000, 7_100_000], otp: [1_900_000, 2_100_000], nact: [138_000, 227_000] },
  target: { kind: 'ratio', peer: 'otp', atLeast: 2 },
  met: true,
}
const wake: Metric = {
  name: 'cross_thread_wake_p50_us',
  unit: 'us',
  better: 'lower',
  value: 120.44,
  peers: { otp: 46.95 },
  ratio: { otp: 0.3898 },
  range: { ours: [120, 121], otp: [46, 48] },
  target: { kind: 'value', limit: 100 },
  met: false,
  note: { nact: 'does not measure this' },
}

function resultOf(...metrics: Metric[]): Result {
  return {
    schema: RESULT_SCHEMA,
    scenario: 'runtime',
    machine: { cpu: 'A CPU', cores: 2, memoryBytes: 24 * 2 ** 30, kernel: 'Linux 6', node: 'v22', otp: '25' },
    commit: 'abc-dirty',
    parameters: {},
    stoppedBy: 'completed',
    metrics,
  }
}

function line(result: Result, start: string): string {
  const found = formatResult(result)
    .split('\n')
    .find((candidate) => candidate.startsWith(start))
  assert.ok(found !== undefined, `no line starts with ${start}`)
  return found
}

/** The cells of a line; a cell may hold single spaces. */
const cells = (text: string): string[] => text.split(/ {2,}/)

describe('the table of a result', () => {
  it('has a line per metric: ours, the peers, how many times better, the target, the verdict', () => {
    assert.deepEqual(cells(line(resultOf(speed), 'fan_out')), [
      'fan_out_10000_per_s',
      '6.91 M',
      '2.00 M',
      '163 k',
      '3.45x',
      '42.3x',
      'otp >= 2x',
      'yes',
    ])
  })

  it('shows a dash for a peer that is absent, and says why', () => {
    const text = formatResult(resultOf(speed, wake))
    assert.deepEqual(cells(line(resultOf(speed, wake), 'cross_')), [
      'cross_thread_wake_p50_us',
      '120',
      '47.0',
      '-',
      '0.390x',
      '-',
      '<= 100',
      'NO',
    ])
    assert.match(text, /nact absent: does not measure this:\n {2}cross_thread_wake_p50_us\n/)
  })

  it('shows dashes for what we have not measured', () => {
    const { value: _, met: __, ...rest } = speed
    const text = line(resultOf({ ...rest, ratio: {} }), 'fan_out')
    assert.deepEqual(cells(text), ['fan_out_10000_per_s', '-', '2.00 M', '163 k', '-', '-', 'otp >= 2x', '-'])
  })

  it('shows the lowest and highest round', () => {
    assert.deepEqual(cells(line(resultOf(speed), 'min..max')), ['min..max', 'ours', 'otp', 'nact'])
    assert.match(formatResult(resultOf(speed)), /6\.80 M\.\.7\.10 M +1\.90 M\.\.2\.10 M +138 k\.\.227 k\n/)
  })

  it('leaves the lowest and highest out after a single round', () => {
    const once: Metric = { ...speed, range: { ours: [5, 5], otp: [3, 3] } }
    assert.doesNotMatch(formatResult(resultOf(once)), /min\.\.max/)
  })

  it('names the machine, the commit and the versions', () => {
    assert.match(
      formatResult(resultOf(speed)),
      /commit abc-dirty\nA CPU, 2 cores, 24 GiB, Linux 6\nnode v22, OTP 25\n/,
    )
  })

  it('names the seed where chance had a part', () => {
    assert.match(formatResult({ ...resultOf(speed), parameters: { seed: 7 } }), /OTP 25, seed 7\n/)
  })

  it('is aligned and fits 100 columns', () => {
    const lines = formatResult(resultOf(speed, wake)).split('\n')
    const widths = lines.filter((text) => /^(metric|fan_out|cross_)/.test(text)).map((text) => text.length)
    assert.ok(Math.max(...lines.map((text) => text.length)) <= 100)
    assert.deepEqual(new Set(widths.slice(0, 3)).size, 1)
  })
})

describe('a figure in the table keeps three digits', () => {
  const shown = (value: number): string | undefined =>
    cells(line(resultOf({ ...speed, value }), 'fan_out'))[1]

  for (const [value, text] of [
    [0, '0'],
    [0.05123, '0.051'],
    [9.876, '9.88'],
    [46.95, '47.0'],
    [2_810.6, '2,811'],
    [9_999.6, '10.0 k'],
    [999_700, '1.00 M'],
    [12_345_678, '12.3 M'],
  ] as const) {
    it(`${value} as ${text}`, () => assert.equal(shown(value), text))
  }
})
