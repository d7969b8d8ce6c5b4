/** Prints a result for people: at most 100 columns, one line per metric. Units are in the metrics' names. */
import { formatRatio, formatTarget, formatValue } from './format.ts'
import type { Metric, Result } from './result.ts'

const ABSENT = '-'
const GAP = '  '

export function formatResult(result: Result): string {
  const { machine, metrics } = result
  const peers = [...new Set(metrics.flatMap((metric) => Object.keys(metric.peers)))]
  const memory = `${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB`
  const sections = [
    [
      `${result.scenario}: ${result.stoppedBy}, commit ${result.commit}`,
      `${machine.cpu}, ${machine.cores} cores, ${memory}, ${machine.kernel}`,
      `node ${machine.node}, OTP ${machine.otp ?? 'absent'}${seedOf(result)}`,
    ],
    comparison(metrics, peers),
    ranges(metrics, ['ours', ...peers]),
    notes(metrics),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n')
}

/** Only where chance had a part. */
function seedOf({ parameters }: Result): string {
  return parameters.seed === undefined ? '' : `, seed ${parameters.seed}`
}

function comparison(metrics: readonly Metric[], peers: readonly string[]): string[] {
  const header = ['metric', 'ours', ...peers, ...peers.map((peer) => `x ${peer}`), 'target', 'met']
  const rows = metrics.map((metric) => [
    metric.name,
    optional(metric.value, formatValue),
    ...peers.map((peer) => optional(metric.peers[peer], formatValue)),
    ...peers.map((peer) => optional(metric.ratio[peer], formatRatio)),
    metric.target === undefined ? ABSENT : formatTarget(metric.target, metric.better),
    metric.met === undefined ? ABSENT : metric.met ? 'yes' : 'NO',
  ])
  return align([header, ...rows])
}

/** Only where rounds differ: with one round there is nothing to say. */
function ranges(metrics: readonly Metric[], contestants: readonly string[]): string[] {
  const differ = metrics.some(({ range }) => Object.values(range).some(([min, max]) => min !== max))
  if (!differ) return []
  const rows = metrics.map((metric) => [
    metric.name,
    ...contestants.map((name) =>
      optional(metric.range[name], ([min, max]) => `${formatValue(min)}..${formatValue(max)}`),
    ),
  ])
  return align([['min..max', ...contestants], ...rows])
}

/** Each note once, with the metrics that it is about below it. */
function notes(metrics: readonly Metric[]): string[] {
  const metricsByNote = new Map<string, string[]>()
  for (const { name, note = {} } of metrics) {
    for (const [contestant, why] of Object.entries(note)) {
      const line = `${contestant} absent: ${why}`
      metricsByNote.set(line, [...(metricsByNote.get(line) ?? []), name])
    }
  }
  return [...metricsByNote].flatMap(([line, names]) =>
    names.length === metrics.length ? [line] : [`${line}:`, ...names.map((name) => `  ${name}`)],
  )
}

/** The first column to the left, the others, which are numbers or compare with one, to the right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join(GAP),
  )
}

function optional<T>(value: T | undefined, format: (value: T) => string): string {
  return value === undefined ? ABSENT : format(value)
}
