/** `guildhall trace`: who sends what type of message to whom, as it happens, within a number and a rate. */

import { Command } from 'commander'
import type { AdminClient } from '../../gateway/admin/index.ts'
import { attached } from '../inspector/attach.ts'
import { row } from '../inspector/output.ts'
import { print } from '../inspector/print.ts'
import { type ReadFlags, reading } from '../inspector/reading.ts'
import { ending } from '../inspector/streaming.ts'
import { traceEndLines, traceLine } from '../inspector/views/trace.ts'
import { whole } from '../options.ts'

interface Flags extends ReadFlags {
  readonly max: number
  readonly rate: number
}

export function traceCommand(): Command {
  const command = new Command('trace')
    .summary('who sends what to whom, live')
    .description('show messages as they are taken: from whom, to whom, what type; never a body')
    .argument('<actor>', 'ref, name, or type of actors')
    .option('--max <number>', 'end after so many messages', whole(1, 10_000), 100)
    .option(
      '--rate <number>',
      'messages per second at the most; the others are counted',
      whole(1, 1_000),
      100,
    )
    .action(async (actor: string, flags: Flags) => trace(actor, flags))
  return reading(command, [
    "guildhall trace '<1.5.12>'",
    'guildhall trace session --max 1000 --rate 50',
    'guildhall trace conversation --ndjson | jq -r .messageType | sort | uniq -c',
  ])
}

async function trace(actor: string, { max, rate, json, ndjson, ...flags }: Flags): Promise<void> {
  await attached(flags, async (node) => {
    const forPrograms = json === true || ndjson === true
    const trace = node.stream(
      'trace',
      { ...(await subjectOf(node, actor)), max, perSecond: rate },
      (event) => {
        if (forPrograms) process.stdout.write(row('trace', node.hello, event))
        else print([traceLine(event)])
      },
    )
    const end = await ending(trace)
    if (!forPrograms) print(traceEndLines(end), process.stderr)
  })
}

/** A ref is one actor; a word is a type if there are actors of it, and else a name. */
async function subjectOf(node: AdminClient, actor: string): Promise<{ target: string } | { type: string }> {
  if (/^<?[0-9]+\.[0-9]+\.[0-9]+>?$/.test(actor)) return { target: actor }
  const { rows } = await node.request('ps', { type: actor, limit: 1 })
  return rows.length > 0 ? { type: actor } : { target: actor }
}
