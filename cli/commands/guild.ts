/** `guildhall guild`: one guild: members, channels, and the actors behind it. */

import { Command } from 'commander'
import { LIMITS } from '../../gateway/admin/index.ts'
import { limitOption, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { guildView } from '../inspector/views/chat.ts'

interface Flags extends ReadFlags {
  readonly limit: number
}

export function guildCommand(): Command {
  const command = new Command('guild')
    .summary('one guild and the actors behind it')
    .description('tell about a guild: members, channels, and the actors behind it')
    .argument('<id>', 'of the guild')
    .addOption(limitOption(20, 'members', LIMITS.members))
    .action(async (guild: string, { limit, ...flags }: Flags) => {
      await read(flags, {
        name: 'guild',
        ask: (node) => node.request('guild', { guild, limit }),
        view: guildView,
      })
    })
  return reading(command, ['guildhall guild 1314160384516096'])
}
