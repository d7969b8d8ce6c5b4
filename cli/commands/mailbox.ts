/** `guildhall mailbox`: what waits in the mailbox of one actor. */

import { Command } from 'commander'
import { DEPTH_MAX, LIMITS } from '../../gateway/admin/index.ts'
import { actorArgument, limitOption, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { mailboxView } from '../inspector/views/actor.ts'
import { whole } from '../options.ts'

interface Flags extends ReadFlags {
  readonly peek?: true
  readonly depth: number
  readonly limit: number
}

export function mailboxCommand(): Command {
  const command = new Command('mailbox')
    .summary('what waits in a mailbox')
    .description('list what waits in a mailbox, oldest first; nothing is taken out')
    .addArgument(actorArgument())
    .option('--peek', 'show the contents too; they may be private, so the caller must be allowed to write')
    .option('--depth <number>', 'with --peek: levels that are opened', whole(1, DEPTH_MAX), 3)
    .addOption(limitOption(20, 'messages', LIMITS.messages))
    .action(async (target: string, { peek, depth, limit, ...flags }: Flags) => {
      await read(flags, {
        name: 'mailbox',
        ask: (node) => node.request('mailbox', { target, limit, ...(peek ? { depth } : {}) }),
        view: mailboxView,
        rows: ({ messages }) => messages,
      })
    })
  return reading(command, ["guildhall mailbox '<1.5.12>'", 'guildhall mailbox users.1 --peek --depth 2'])
}
