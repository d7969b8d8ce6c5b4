/** `guildhall links`: parent, children, links and monitors of one actor. */

import { Command } from 'commander'
import { actorArgument, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { linksView } from '../inspector/views/actor.ts'

export function linksCommand(): Command {
  const command = new Command('links')
    .summary('parent, children, links, monitors')
    .description('list parent, children, links and monitors of one actor')
    .addArgument(actorArgument())
    .action(async (target: string, flags: ReadFlags) => {
      await read(flags, {
        name: 'links',
        ask: (node) => node.request('links', { target }),
        view: linksView,
        rows: ({ related }) => related,
      })
    })
  return reading(command, ["guildhall links '<1.5.12>'", 'guildhall links shard.1 --ndjson'])
}
