/** `guildhall ps`: the actors of a running node, one a line. */

import { Command } from 'commander'
import { limitOption, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { psView } from '../inspector/views/ps.ts'
import { whole } from '../options.ts'

/** What a node takes. */
const THREADS_MAX = 255

interface Flags extends ReadFlags {
  readonly type?: string
  readonly thread?: number
  readonly after?: string
  readonly limit: number
}

export function psCommand(): Command {
  const command = new Command('ps')
    .summary('actors, one a line')
    .description('list actors, by thread and slot')
    .argument('[text]', 'only those with this in their type or name, or with this ref')
    .option('--type <name>', 'only of this type')
    .option('--thread <number>', 'only on this thread', whole(0, THREADS_MAX))
    .option('--after <place>', 'go on where the last page ended')
    .addOption(limitOption(200))
    .action(async (match: string | undefined, { type, thread, after, limit, ...flags }: Flags) => {
      await read(flags, {
        name: 'ps',
        ask: (node) =>
          node.request('ps', {
            limit,
            ...(match === undefined ? {} : { match }),
            ...(type === undefined ? {} : { type }),
            ...(thread === undefined ? {} : { thread }),
            ...(after === undefined ? {} : { after }),
          }),
        view: psView,
        rows: ({ rows }) => rows,
      })
    })
  return reading(command, [
    'guildhall ps',
    'guildhall ps conversation --thread 1',
    'guildhall ps --type session --limit 5000 --ndjson | jq -r .ref',
  ])
}
