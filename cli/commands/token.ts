/** `guildhall token`: prints a token alone on stdout, so that `$(guildhall token --user alice)` works. */

import { Command, Option } from 'commander'
import { addSettings, examples, TOKEN_SETTINGS, ttlOption } from '../options.ts'
import { loadSettings } from '../settings/load.ts'
import { makeToken } from '../token.ts'
import { tenantOption, userOption } from '../user-options.ts'

interface Options {
  readonly user: string
  readonly ttl: number
  readonly tenant?: string
  readonly scope?: string
}

export function tokenCommand(): Command {
  const command = new Command('token')
    .summary('make a token for a user')
    .description('make a token for a user and print it, alone, on stdout')
    .addOption(userOption('--user <id>', 'who the token is for'))
    .addOption(ttlOption())
    .addOption(tenantOption())
    .addOption(new Option('--scope <name>', 'what it allows').choices(['user', 'admin', 'admin:read']))
    .action(async ({ user, ttl, tenant, scope, ...flags }: Options) => {
      const { settings } = loadSettings(flags)
      console.log(await makeToken(settings, { user, ttlSeconds: ttl, tenant, scope }))
    })
  addSettings(command, TOKEN_SETTINGS)
  return examples(command, [
    'guildhall token --user alice',
    'guildhall token --user ops --scope admin --ttl 15m',
    'curl -H "Authorization: Bearer $(guildhall token --user alice)" http://127.0.0.1:4000/v1/gateway',
  ])
}
