/** `guildhall watch`: one metric as it goes; without a name, which there are. */

import { Command, Option } from 'commander'
import { attached } from '../inspector/attach.ts'
import { row } from '../inspector/output.ts'
import { print } from '../inspector/print.ts'
import { type ReadFlags, read, reading } from '../inspector/reading.ts'
import { ending } from '../inspector/streaming.ts'
import { metricsView, SPARK_MAX, tickLines } from '../inspector/views/metrics.ts'
import { durationMs, whole } from '../options.ts'

interface Flags extends ReadFlags {
  readonly interval: number
  readonly count?: number
  readonly once?: true
}

export function watchCommand(): Command {
  const command = new Command('watch')
    .summary('how a metric goes')
    .description('show how a metric goes; without a name, list all metrics')
    .argument('[metric]', 'its whole name')
    .addOption(
      new Option('--interval <time>', 'between two looks: 500ms, 5s')
        .argParser(durationMs(100, 3_600_000))
        .default(1_000, '1s'),
    )
    .option('--count <number>', 'end after so many looks', whole(1, 1_000_000))
    .option('--once', 'look once and end')
    .action(async (metric: string | undefined, { once, ...flags }: Flags) => {
      if (metric === undefined) await list(flags)
      else await watch(metric, once ? { ...flags, count: 1 } : flags)
    })
  return reading(command, [
    'guildhall watch',
    'guildhall watch guildhall_sessions --interval 5s',
    'guildhall watch guildhall_connections --once --ndjson | jq .value',
  ])
}

async function list(flags: ReadFlags): Promise<void> {
  await read(flags, {
    name: 'metrics',
    ask: (node) => node.request('metrics', {}),
    view: ({ metrics }, page) => metricsView(metrics, page),
    rows: ({ metrics }) => metrics,
  })
}

async function watch(metric: string, { interval, count, json, ndjson, ...flags }: Flags): Promise<void> {
  const past = new Map<string, number[]>()
  await attached(flags, async (node) => {
    const params = { metric, intervalMs: interval, ...(count === undefined ? {} : { count }) }
    const watching = node.stream('watch', params, ({ atMs, metrics }) => {
      if (json || ndjson) {
        for (const each of metrics) process.stdout.write(row('watch', node.hello, { atMs, ...each }))
        return
      }
      print(tickLines(atMs, metrics, past))
      for (const { labels, value } of metrics)
        past.set(labels, [...(past.get(labels) ?? []), value].slice(-SPARK_MAX))
    })
    await ending(watching)
  })
}
