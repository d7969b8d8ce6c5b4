/** `guildhall drain`: sends all clients of a node away and stops it. */

import { Command } from 'commander'
import { type WriteFlags, write, writing } from '../inspector/writing.ts'

export function drainCommand(): Command {
  const command = new Command('drain')
    .summary('send all clients away and stop')
    .description('send all clients away, spread over the time of the setting drainMs, and stop the node')
    .action(async (flags: WriteFlags) => {
      await write(flags, 'drain', {})
    })
  return writing(command, ['guildhall drain --dry-run', 'guildhall drain --reason "kernel update" --yes'])
}
