/** `guildhall info`: everything about one actor but its content. */

import { Command } from 'commander'
import { actorArgument, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { infoView } from '../inspector/views/actor.ts'

export function infoCommand(): Command {
  const command = new Command('info')
    .summary('everything about one actor but its content')
    .description('tell everything about one actor but its content: mailbox, links, last messages')
    .addArgument(actorArgument())
    .action(async (target: string, flags: ReadFlags) => {
      await read(flags, { name: 'info', ask: (node) => node.request('info', { target }), view: infoView })
    })
  return reading(command, [
    "guildhall info '<1.5.12>'",
    'guildhall info gateway',
    'guildhall info users.1 --json',
  ])
}
