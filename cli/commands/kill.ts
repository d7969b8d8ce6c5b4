/** `guildhall kill`: ends one actor. */

import { Command } from 'commander'
import { actorArgument } from '../inspector/reading.ts'
import { type WriteFlags, write, writing } from '../inspector/writing.ts'

export function killCommand(): Command {
  const command = new Command('kill')
    .summary('end an actor at once')
    .description('end an actor at once; its supervisor restarts it as ever')
    .addArgument(actorArgument())
    .action(async (target: string, flags: WriteFlags) => {
      await write(flags, 'kill', { target })
    })
  return writing(command, [
    "guildhall kill '<1.5.12>' --dry-run",
    "guildhall kill '<1.5.12>' --reason 'leaks' --yes",
  ])
}
