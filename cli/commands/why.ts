/** `guildhall why`: what became of a message for one user. */

import { Command } from 'commander'
import { type ReadFlags, read, reading } from '../inspector/reading.ts'
import { whyView } from '../inspector/views/why.ts'
import { tenantOption, userOption } from '../user-options.ts'

interface Flags extends ReadFlags {
  readonly user: string
  readonly tenant?: string
}

export function whyCommand(): Command {
  const command = new Command('why')
    .summary('what became of a message for a user')
    .description(
      'tell what became of a message for a user: on disk, routed, pushed, acknowledged, or why not',
    )
    .argument('<message>', 'message id, or <conversation>:<seq>')
    .addOption(userOption('--user <id>', 'for whom'))
    .addOption(tenantOption())
    .action(async (message: string, { user, tenant, ...flags }: Flags) => {
      await read(flags, {
        name: 'why',
        ask: (node) => node.request('why', { message, user, ...(tenant === undefined ? {} : { tenant }) }),
        view: whyView,
      })
    })
  return reading(command, [
    'guildhall why 1314160384516098 --user bob',
    'guildhall why 1314160384516097:42 --user bob --json | jq -r .data.verdict',
  ])
}
