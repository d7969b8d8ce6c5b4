/** `guildhall threads`: how busy, late and full each thread is, and what with. */

import { Command } from 'commander'
import { type ReadFlags, read, reading } from '../inspector/reading.ts'
import { threadsView } from '../inspector/views/threads.ts'

export function threadsCommand(): Command {
  const command = new Command('threads')
    .summary('busy, lag, heap, rings, and with what')
    .description(
      'show each thread: busy, lag, heap, rings, the actor and message in work; names the one that is stuck',
    )
    .action(async (flags: ReadFlags) => {
      await read(flags, {
        name: 'threads',
        ask: (node) => node.request('threads', {}),
        view: threadsView,
        rows: ({ threads }) => threads,
      })
    })
  return reading(command, [
    'guildhall threads',
    'guildhall threads --json | jq ".data.threads[] | select(.answered | not)"',
  ])
}
