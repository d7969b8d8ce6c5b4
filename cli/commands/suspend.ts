/** `guildhall suspend`: has one actor take no further message. */

import { Command } from 'commander'
import { actorArgument } from '../inspector/reading.ts'
import { type WriteFlags, write, writing } from '../inspector/writing.ts'

export function suspendCommand(): Command {
  const command = new Command('suspend')
    .summary('let an actor take no further message')
    .description('let an actor take no further message; its mailbox goes on filling')
    .addArgument(actorArgument())
    .action(async (target: string, flags: WriteFlags) => {
      await write(flags, 'suspend', { target })
    })
  return writing(command, ["guildhall suspend '<1.5.12>' --dry-run", "guildhall suspend '<1.5.12>'"])
}
