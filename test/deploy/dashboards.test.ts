/** The dashboards of deploy/grafana. Whether Grafana shows them well, people see. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { dashboardExpressions, dashboards, metricsIn } from './expressions.ts'
import { promtoolOn } from './promtool.ts'

const SOURCE = new URL('../../deploy/grafana/provisioning/datasources/guildhall.yml', import.meta.url)

describe('the dashboards', () => {
  it('ask what Prometheus understands', () => {
    const rules = dashboardExpressions().map(({ expr }, at) => ({ record: `question:${at}`, expr }))
    assert.ok(rules.length > 50, `only ${rules.length} expressions were found`)
    const { ok, text } = promtoolOn(['check', 'rules'], { groups: [{ name: 'panels', rules }] })
    assert.ok(ok, text)
  })

  it('ask the data source that is provisioned', () => {
    const uid = /^ +uid: (\w+)$/m.exec(readFileSync(SOURCE, 'utf8'))?.[1]
    const asked = dashboards().flatMap(({ panels }) =>
      panels.flatMap(({ datasource, targets = [] }) => [
        ...(datasource === undefined ? [] : [datasource.uid]),
        ...targets.map((target) => target.datasource.uid),
      ]),
    )
    assert.deepEqual([...new Set(asked)], [uid])
  })

  it('have panels with numbers of their own, each with a title and a question', () => {
    for (const { file, panels } of dashboards()) {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, file)
      for (const { title, type, targets = [] } of panels) {
        assert.ok(title !== '' && (type === 'row') === (targets.length === 0), `${file}: ${title}`)
      }
    }
    assert.equal(new Set(dashboards().map(({ uid }) => uid)).size, dashboards().length)
  })
})

describe('the names of metrics in an expression', () => {
  it('are found between functions, labels, ranges and words', () => {
    const expr =
      'histogram_quantile(0.9, sum by (job, some_label) (rate(a_bucket{b_c="d_e"}[5m]))) > 1 and on (f_g) h_total unless up'
    assert.deepEqual(metricsIn(expr), ['a_bucket', 'h_total', 'up'])
  })
})
