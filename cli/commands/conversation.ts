/** `guildhall conversation`: one conversation: head, members, its owner and its relay. */

import { Command } from 'commander'
import { LIMITS } from '../../gateway/admin/index.ts'
import { limitOption, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { conversationView } from '../inspector/views/chat.ts'

interface Flags extends ReadFlags {
  readonly limit: number
}

export function conversationCommand(): Command {
  const command = new Command('conversation')
    .summary('one conversation and its owner')
    .description('tell about a conversation: head, members, who owns it, how it is delivered')
    .argument('<id>', 'of the conversation')
    .addOption(limitOption(20, 'members', LIMITS.members))
    .action(async (conversation: string, { limit, ...flags }: Flags) => {
      await read(flags, {
        name: 'conversation',
        ask: (node) => node.request('conversation', { conversation, limit }),
        view: conversationView,
      })
    })
  return reading(command, ['guildhall conversation 1314160384516097'])
}
