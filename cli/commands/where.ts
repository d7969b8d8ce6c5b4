/** `guildhall where`: where a user is. */

import { Command } from 'commander'
import { type ReadFlags, read, reading } from '../inspector/reading.ts'
import { whereView } from '../inspector/views/sessions.ts'
import { tenantOption } from '../user-options.ts'

interface Flags extends ReadFlags {
  readonly tenant?: string
}

export function whereCommand(): Command {
  const command = new Command('where')
    .summary('where a user is')
    .description('tell where a user is: thread, sessions, devices, when last seen')
    .argument('<user>', 'whom to look for')
    .addOption(tenantOption())
    .action(async (user: string, { tenant, ...flags }: Flags) => {
      await read(flags, {
        name: 'where',
        ask: (node) => node.request('where', { user, ...(tenant === undefined ? {} : { tenant }) }),
        view: whereView,
        rows: ({ sessions }) => sessions,
      })
    })
  return reading(command, ['guildhall where alice', 'guildhall where alice --tenant acme --json'])
}
