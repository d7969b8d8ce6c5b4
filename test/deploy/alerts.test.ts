/** The alerts of deploy/prometheus, evaluated by promtool over series that are made up. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ALERT_CASES, type AlertCase } from './alert-cases.ts'
import { promtool, promtoolOn } from './promtool.ts'

const folder = new URL('../../deploy/prometheus/', import.meta.url)
const RULES = fileURLToPath(new URL('alerts.yml', folder))
const CONFIG = fileURLToPath(new URL('prometheus.yml', folder))

describe('the configuration of Prometheus', () => {
  it('is valid, with its rules', () => {
    const { ok, text } = promtool(['check', 'config', CONFIG])
    assert.ok(ok, text)
  })
})

describe('the alerts', () => {
  for (const one of ALERT_CASES) {
    const names = Object.keys(one.firing)
    it(`${one.title}: ${names.length === 0 ? 'none' : names.join(', ')}`, () => {
      const { ok, text } = promtoolOn(['test', 'rules'], testOf(one))
      assert.ok(ok, text)
    })
  }

  it('are all tested to fire, each by name', () => {
    const defined = [...readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g)].map(([, name]) => name)
    const fired = new Set(ALERT_CASES.flatMap(({ firing }) => Object.keys(firing)))
    assert.deepEqual([...fired].sort(), defined.sort())
  })
})

/** Which alerts fire at that time is itself a question to Prometheus. */
function testOf({ title, input, atMinutes, firing }: AlertCase): object {
  const samples = Object.entries(firing).map(([name, value]) => ({ labels: `{alertname="${name}"}`, value }))
  const question = {
    expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
    eval_time: `${atMinutes * 60}s`,
    exp_samples: samples,
  }
  return {
    rule_files: [RULES],
    evaluation_interval: '15s',
    tests: [
      {
        name: title,
        interval: '15s',
        input_series: Object.entries(input).map(([series, values]) => ({ series, values })),
        promql_expr_test: [question],
      },
    ],
  }
}
