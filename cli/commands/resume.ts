/** `guildhall resume`: has a suspended actor go on. */

import { Command } from 'commander'
import { actorArgument } from '../inspector/reading.ts'
import { type WriteFlags, write, writing } from '../inspector/writing.ts'

export function resumeCommand(): Command {
  const command = new Command('resume')
    .summary('let a suspended actor go on')
    .description('let a suspended actor go on')
    .addArgument(actorArgument())
    .action(async (target: string, flags: WriteFlags) => {
      await write(flags, 'resume', { target })
    })
  return writing(command, ["guildhall resume '<1.5.12>'"])
}
