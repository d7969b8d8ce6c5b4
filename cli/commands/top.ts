/** `guildhall top`: the busiest actors of a running node, live on a terminal, or once. */

import { Command, Option } from 'commander'
import { LIMITS } from '../../gateway/admin/index.ts'
import { usage } from '../failure.ts'
import { attached } from '../inspector/attach.ts'
import { limitOption, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { SORT_NAMES, sortCalled } from '../inspector/top/sorts.ts'
import { durationMs, whole } from '../options.ts'

interface Flags extends ReadFlags {
  readonly sort: string
  readonly filter?: string
  readonly interval: number
  readonly window: number
  readonly span: number
  readonly limit: number
  readonly once?: true
}

export function topCommand(): Command {
  const command = new Command('top')
    .summary('the busiest actors and threads, live')
    .description('watch the busiest actors and the threads they run on; ? lists the keys')
    .addOption(
      new Option('--sort <column>', 'what is greatest comes first').choices(SORT_NAMES).default('msg/s'),
    )
    .option('--filter <text>', 'part of type or name, or a ref')
    .addOption(
      new Option('--interval <time>', 'between two looks: 500ms, 2s')
        .argParser(durationMs(100, 60_000))
        .default(1_000, '1s'),
    )
    .option('--window <number>', 'rates are means over so many looks', whole(1, 60), 5)
    .option('--once', 'look once and end; so do --json and --ndjson')
    .addOption(
      new Option('--span <time>', 'with --once: rates over this time')
        .argParser(durationMs(50, 10_000))
        .default(100, '100ms'),
    )
    .addOption(limitOption(20, 'with --once: actors', LIMITS.top))
    .action(async ({ once, ...flags }: Flags) => {
      if (once || flags.json || flags.ndjson) await lookOnce(flags)
      else await watch(flags)
    })
  return reading(command, [
    'guildhall top',
    'guildhall top --sort mailbox --filter conversation --interval 500ms',
    'guildhall top --once --json | jq ".data.rows[0]"',
  ])
}

async function watch({ sort, filter = '', window, interval, ...flags }: Flags): Promise<void> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true
  if (!isTerminal)
    throw usage('Cannot show a live screen: this is no terminal. Use --once, with --json for programs')
  const { runTop } = await import('../inspector/top/run.ts')
  await attached(flags, (node) => runTop(node, { sort: sortCalled(sort), filter, window }, interval))
}

async function lookOnce({ sort, filter = '', span, limit, ...flags }: Omit<Flags, 'once'>): Promise<void> {
  const asked = { sort: sortCalled(sort), filter }
  const match = filter === '' ? {} : { match: filter }
  await read(flags, {
    name: 'top',
    ask: (node) => {
      const answer = node.request('top', { sort: asked.sort, limit, windowMs: span, ...match })
      // While the node measures. A failure is told by `view`.
      if (!flags.json && !flags.ndjson) loadView().catch(() => {})
      return answer
    },
    view: async (top, page) => (await loadView()).topOnce(top, asked, page),
    rows: ({ rows }) => rows,
  })
}

function loadView() {
  return import('../inspector/top/view.ts')
}
