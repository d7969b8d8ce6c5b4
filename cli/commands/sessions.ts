/** `guildhall sessions`: sessions of a user, in a guild, those that read slowly, or any. */

import { Command } from 'commander'
import { limitOption, type ReadFlags, read, reading } from '../inspector/reading.ts'
import { sessionsView } from '../inspector/views/sessions.ts'
import { tenantOption } from '../user-options.ts'

interface Flags extends ReadFlags {
  readonly user?: string
  readonly tenant?: string
  readonly guild?: string
  readonly slow?: true
  readonly limit: number
}

export function sessionsCommand(): Command {
  const command = new Command('sessions')
    .summary('sessions of a user, a guild, or all')
    .description('list sessions, also those whose client is away')
    .option('--user <id>', 'only of this user')
    .addOption(tenantOption())
    .option('--guild <id>', 'only of members of this guild')
    .option('--slow', 'only those that read too slowly')
    .addOption(limitOption(50))
    .action(async ({ user, tenant, guild, slow, limit, ...flags }: Flags) => {
      await read(flags, {
        name: 'sessions',
        ask: (node) =>
          node.request('sessions', {
            limit,
            ...(user === undefined ? {} : { user }),
            ...(tenant === undefined ? {} : { tenant }),
            ...(guild === undefined ? {} : { guild }),
            ...(slow === undefined ? {} : { slow }),
          }),
        view: sessionsView,
        rows: ({ rows }) => rows,
      })
    })
  return reading(command, [
    'guildhall sessions --user alice',
    'guildhall sessions --slow',
    'guildhall sessions --guild 1314160384516096 --limit 5000 --ndjson',
  ])
}
