/** metricsText: the server's counters in the text format of Prometheus. */

export type Metric = readonly [
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: number | readonly (readonly [labels: string, value: number])[],
]

export function metricsText(metrics: readonly Metric[]): string {
  const lines = metrics.flatMap(([name, type, help, value]) => {
    const full = `guildhall_${name}`
    const samples = typeof value === 'number' ? [['', value] as const] : value
    return [
      `# HELP ${full} ${help}`,
      `# TYPE ${full} ${type}`,
      ...samples.map(([labels, sample]) => `${full}${labels === '' ? '' : `{${labels}}`} ${sample}`),
    ]
  })
  return `${lines.join('\n')}\n`
}
