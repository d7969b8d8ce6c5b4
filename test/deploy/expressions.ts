/** Expressions: every question that our alerts and dashboards put to Prometheus, and the metrics that it names. */

import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const DEPLOY = fileURLToPath(new URL('../../deploy', import.meta.url))

export interface Expression {
  /** Where it stands: for people. */
  readonly place: string
  /** As Prometheus understands it: without Grafana's variables. */
  readonly expr: string
}

export interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource?: { readonly uid: string }
  readonly targets?: readonly {
    readonly expr: string
    readonly refId: string
    readonly datasource: { readonly uid: string }
  }[]
}

export interface Dashboard {
  readonly file: string
  readonly uid: string
  readonly title: string
  readonly panels: readonly Panel[]
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: { query: string } }[]
  }
}

export function dashboards(): Dashboard[] {
  return globSync('grafana/dashboards/*.json', { cwd: DEPLOY }).map((file) => {
    return { file, ...(JSON.parse(readFileSync(`${DEPLOY}/${file}`, 'utf8')) as Omit<Dashboard, 'file'>) }
  })
}

export function dashboardExpressions(): Expression[] {
  return dashboards().flatMap(({ title, panels, templating }) => [
    ...panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr }) => ({ place: `${title}, ${panel.title}`, expr: plain(expr) })),
    ),
    ...templating.list.map(({ name, query: { query } }) => ({
      place: `${title}, $${name}`,
      expr: query.replace(/^label_values\((\w+), \w+\)$/, '$1'),
    })),
  ])
}

/** Every `expr` of the rules is a block, so that finding them takes no reader of YAML. */
export function alertExpressions(): Expression[] {
  const rules = readFileSync(`${DEPLOY}/prometheus/alerts.yml`, 'utf8')
  return [...rules.matchAll(/- alert: (\w+)\n +expr: \|\n((?: {10}.*\n)+)/g)].map(
    ([, place = '', expr = '']) => ({ place, expr }),
  )
}

/** What stands before a selector, a range or an end; functions have a parenthesis, words of the language no underscore. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replace(/\b(by|on|ignoring|without) *\([^)]*\)/g, '')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
  return [...bare.matchAll(/\b[a-z]\w*\b(?! *\()/g)]
    .map(([name]) => name)
    .filter((name) => name.includes('_') || name === 'up')
}

function plain(expr: string): string {
  return expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*')
}
