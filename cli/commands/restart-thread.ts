/** `guildhall restart-thread`: replaces a scheduler thread; clients stay connected. */

import { Command } from 'commander'
import { type WriteFlags, write, writing } from '../inspector/writing.ts'
import { wholeArgument } from '../options.ts'

export function restartThreadCommand(): Command {
  const command = new Command('restart-thread')
    .summary('replace a scheduler thread')
    .description('end a scheduler thread and start another; its actors are restarted, clients stay connected')
    .addArgument(wholeArgument('<number>', 'of the thread, as `threads` shows it', 0, 99_999))
    .action(async (thread: number, flags: WriteFlags) => {
      await write(flags, 'restart-thread', { thread })
    })
  return writing(command, ['guildhall restart-thread 1 --dry-run', 'guildhall restart-thread 1 --yes'])
}
