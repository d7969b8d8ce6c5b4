/** Metrics as they are and as they go. */

import type { MetricRow } from '../../../gateway/admin/index.ts'
import type { Page } from '../output.ts'
import { clock, count, short } from '../text/format.ts'
import { type Line, type Span, span } from '../text/line.ts'
import { spark } from '../text/spark.ts'
import { type Column, table } from '../text/table.ts'

const COLUMNS: readonly Column[] = [
  { title: 'METRIC', min: 30 },
  { title: 'TYPE', drop: 1 },
  { title: 'VALUE', align: 'right' },
  { title: 'LABELS', min: 10 },
]

export function metricsView(metrics: readonly MetricRow[], { width }: Page): Line[] {
  if (metrics.length === 0) return [['No metric is called like that.']]
  const rows = metrics.map(({ name, type, labels, value }) => [
    name,
    span(type, 'dim'),
    amount(value),
    span(labels, 'dim'),
  ])
  return table(COLUMNS, rows, width)
}

/** One look at a metric: a line per series, with what changed since the last look and how it went lately. */
export function tickLines(
  atMs: number,
  metrics: readonly MetricRow[],
  before: ReadonlyMap<string, readonly number[]>,
): Line[] {
  return metrics.map(({ labels, value }) => {
    const past = before.get(labels) ?? []
    const last = past.at(-1)
    return [
      span(clock(atMs), 'dim'),
      '  ',
      span(amount(value).padStart(12), 'bold'),
      '  ',
      changeSpan(last === undefined ? undefined : value - last),
      '  ',
      spark([...past, value], SPARK_MAX).padEnd(SPARK_MAX),
      ...(labels === '' ? [] : ['  ', span(labels, 'dim')]),
    ]
  })
}

export const SPARK_MAX = 24

function changeSpan(change: number | undefined): Span {
  if (change === undefined || change === 0) return span('·'.padStart(9), 'dim')
  return span(`${change > 0 ? '+' : ''}${short(change)}`.padStart(9), change > 0 ? 'good' : 'warn')
}

function amount(value: number): string {
  if (Number.isInteger(value)) return count(value)
  // Five digits are enough, but not of seconds since 1970.
  return String(Math.abs(value) < 1e5 ? Number(value.toPrecision(5)) : value)
}
