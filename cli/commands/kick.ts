/** `guildhall kick`: ends the sessions of a user, or one session. */

import { Command } from 'commander'
import { type WriteFlags, write, writing } from '../inspector/writing.ts'
import { tenantOption } from '../user-options.ts'

interface Flags extends WriteFlags {
  readonly session?: true
  readonly tenant?: string
}

export function kickCommand(): Command {
  const command = new Command('kick')
    .summary('end the sessions of a user')
    .description('close the sockets and end the sessions of a user, or one session')
    .argument('<user>', 'the user; with --session a session, as `where` names it')
    .option('--session', 'what is given is a session')
    .addOption(tenantOption())
    .action(async (who: string, { session, tenant, ...flags }: Flags) => {
      const user = { user: who, ...(tenant === undefined ? {} : { tenant }) }
      await write(flags, 'kick', session ? { session: who } : user)
    })
  return writing(command, [
    'guildhall kick mallory --dry-run',
    'guildhall kick --session 5f0c2a --reason "abuse report 4711" --yes',
  ])
}
