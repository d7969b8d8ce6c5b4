/** `guildhall restarts`: what supervisors did, and what became of threads. */

import { Command } from 'commander'
import { LIMITS } from '../../gateway/admin/index.ts'
import { limitOption, type ReadFlags, read, reading, since, sinceOption } from '../inspector/reading.ts'
import { restartsView } from '../inspector/views/events.ts'

interface Flags extends ReadFlags {
  readonly since?: number
  readonly limit: number
}

export function restartsCommand(): Command {
  const command = new Command('restarts')
    .summary('exits and restarts')
    .description('list exits and restarts, of actors and of threads; equal ones once, with their number')
    .argument('[text]', "only those with this in the supervisor's or child's name")
    .addOption(sinceOption())
    .addOption(limitOption(200, 'events of each kind', LIMITS.events))
    .action(async (match: string | undefined, { since: ago, limit, ...flags }: Flags) => {
      await read(flags, {
        name: 'restarts',
        ask: async (node) => {
          const query = { limit, ...since(node, ago), ...(match === undefined ? {} : { match }) }
          const [{ restarts }, { events }] = await Promise.all([
            node.request('restarts', query),
            node.request('threadEvents', query),
          ])
          return { restarts, threadEvents: events }
        },
        view: restartsView,
        rows: ({ restarts, threadEvents }) => [...restarts, ...threadEvents].sort((a, b) => a.atMs - b.atMs),
      })
    })
  return reading(command, ['guildhall restarts --since 15m', 'guildhall restarts conversations --json'])
}
