/** `guildhall crashes`: reports of crashes, with the flight recorder. */

import { Command } from 'commander'
import { LIMITS } from '../../gateway/admin/index.ts'
import { limitOption, type ReadFlags, read, reading, since, sinceOption } from '../inspector/reading.ts'
import { crashesView } from '../inspector/views/crashes.ts'

interface Flags extends ReadFlags {
  readonly since?: number
  readonly limit: number
  readonly all?: boolean
  readonly stack?: boolean
}

export function crashesCommand(): Command {
  const command = new Command('crashes')
    .summary('crash reports with the last messages')
    .description(
      'report crashes: why, in the middle of what, and the last messages; equal ones once, with their number',
    )
    .argument('[text]', "only those with this in the actor's type or name")
    .addOption(sinceOption())
    .option('--all', 'one by one, also those that are alike')
    .option('--stack', 'with the whole stack')
    .addOption(limitOption(200, 'crashes', LIMITS.events))
    .action(
      async (
        match: string | undefined,
        { since: ago, limit, all = false, stack = false, ...flags }: Flags,
      ) => {
        await read(flags, {
          name: 'crashes',
          ask: (node) =>
            node.request('crashes', {
              limit,
              ...since(node, ago),
              ...(match === undefined ? {} : { match }),
            }),
          view: ({ crashes }, page) => crashesView(crashes, page, { all, stack }),
          rows: ({ crashes }) => crashes,
        })
      },
    )
  return reading(command, ['guildhall crashes', 'guildhall crashes conversation --since 1h --stack'])
}
