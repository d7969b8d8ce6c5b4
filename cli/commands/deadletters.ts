/** `guildhall deadletters`: messages that nobody handled. */

import { Command } from 'commander'
import { LIMITS } from '../../gateway/admin/index.ts'
import { limitOption, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { deadLettersView } from '../inspector/views/events.ts'

interface Flags extends ReadFlags {
  readonly limit: number
}

export function deadLettersCommand(): Command {
  const command = new Command('deadletters')
    .summary('messages that nobody handled')
    .description('list messages that nobody handled, and why')
    .addOption(limitOption(30, 'the newest messages', LIMITS.letters))
    .action(async ({ limit, ...flags }: Flags) => {
      await read(flags, {
        name: 'deadletters',
        ask: (node) => node.request('deadletters', { limit }),
        view: deadLettersView,
        rows: ({ letters }) => letters,
      })
    })
  return reading(command, ['guildhall deadletters', 'guildhall deadletters --limit 1000 --ndjson'])
}
