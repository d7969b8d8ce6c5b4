/** `guildhall tree`: the supervision tree of a running node. */

import { Command } from 'commander'
import { limitOption, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { treeView } from '../inspector/views/tree.ts'
import { whole } from '../options.ts'

interface Flags extends ReadFlags {
  readonly fold: number
  readonly limit: number
}

export function treeCommand(): Command {
  const command = new Command('tree')
    .summary('the supervision tree')
    .description(
      'show the supervision tree: restarts, mailboxes, threads; many of one type as "session × 15,000"',
    )
    .argument('[actor]', 'ref or name; shows what is below it')
    .option('--fold <number>', 'siblings of one type shown before the others are folded', whole(1, 1_000), 5)
    .addOption(limitOption(1_000))
    .action(async (root: string | undefined, { fold, limit, ...flags }: Flags) => {
      await read(flags, {
        name: 'tree',
        ask: (node) => node.request('tree', { fold, limit, ...(root === undefined ? {} : { root }) }),
        view: treeView,
        rows: ({ rows }) => rows,
      })
    })
  return reading(command, [
    'guildhall tree',
    'guildhall tree sessions.1 --fold 50',
    "guildhall tree '<1.0.1>' --json | jq .data.actors",
  ])
}
