/** `guildhall state`: the state of one actor; for those who may write, since it may hold what people wrote. */

import { Command } from 'commander'
import { DEPTH_MAX } from '../../gateway/admin/index.ts'
import { actorArgument, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { stateView } from '../inspector/views/actor.ts'
import { whole } from '../options.ts'

interface Flags extends ReadFlags {
  readonly depth: number
}

export function stateCommand(): Command {
  const command = new Command('state')
    .summary('the state of one actor')
    .description('show the state of one actor; it may be private, so the caller must be allowed to write')
    .addArgument(actorArgument())
    .option('--depth <number>', 'levels that are opened', whole(1, DEPTH_MAX), 3)
    .action(async (target: string, { depth, ...flags }: Flags) => {
      await read(flags, {
        name: 'state',
        ask: (node) => node.request('state', { target, depth }),
        view: stateView,
      })
    })
  return reading(command, ["guildhall state '<1.5.12>'", 'guildhall state config --depth 5'])
}
