/**
 * A writing command: what all of them share. Nothing is done before its blast radius was shown and somebody said yes: on
 * a terminal by typing it, elsewhere with `--yes`.
 */

import { createInterface } from 'node:readline/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { AdminClient, ParamsOf, Written } from '../../gateway/admin/index.ts'
import { EXIT, Failure, usage } from '../failure.ts'
import { examples } from '../options.ts'
import { type AttachFlags, attached, attachOptions } from './attach.ts'
import { EXIT_HELP } from './exit.ts'
import { document, pageOf, paperOf } from './output.ts'
import { print } from './print.ts'
import { writtenView } from './views/written.ts'

export interface WriteFlags extends AttachFlags {
  readonly dryRun?: true
  readonly yes?: true
  readonly reason?: string
  readonly json?: true
}

export type WriteKind = 'kill' | 'suspend' | 'resume' | 'kick' | 'drain' | 'restart-thread'

const REASON_MAX = 200

export function writing(command: Command, lines: readonly string[]): Command {
  command
    .addOption(new Option('--dry-run', 'tell what would be touched, and do nothing'))
    .addOption(new Option('--yes', 'do it without asking').conflicts('dryRun'))
    .addOption(new Option('--reason <text>', 'why; for the audit log of the node').argParser(reason))
    .addOption(new Option('--json', 'print one JSON document with a schema'))
  attachOptions(command)
  return examples(command, lines).addHelpText('after', EXIT_HELP)
}

/** @throws Failure when it could not be done, or nobody said yes */
export async function write<Kind extends WriteKind>(
  flags: WriteFlags,
  kind: Kind,
  params: ParamsOf<Kind>,
): Promise<void> {
  const asks = !flags.dryRun && !flags.yes
  if (asks && (process.stdin.isTTY !== true || process.stderr.isTTY !== true))
    throw usage(`Cannot ${kind} without a yes: this is no terminal. Look with --dry-run, then give --yes`)
  await attached(flags, async (node) => {
    const attachedAtMs = performance.now()
    const reason = flags.reason === undefined ? {} : { reason: flags.reason }
    const ask = (dryRun: boolean): Promise<Written> =>
      node.request(kind, { ...params, ...reason, dryRun } as ParamsOf<Kind>)
    if (asks) {
      show(await ask(true), node, attachedAtMs, process.stderr)
      await confirmed(kind)
    }
    const written = await ask(flags.dryRun === true)
    if (flags.json) process.stdout.write(document(kind, pageOf(node, attachedAtMs), written))
    else show(written, node, attachedAtMs, process.stdout)
  })
}

function show(written: Written, node: AdminClient, attachedAtMs: number, output: NodeJS.WriteStream): void {
  const page = { ...pageOf(node, attachedAtMs), width: paperOf(output).width }
  print(writtenView(written, page), output)
}

/** On stderr, so that stdout holds the result alone. */
async function confirmed(kind: WriteKind): Promise<void> {
  const readline = createInterface({ input: process.stdin, output: process.stderr })
  const interrupted = new Promise<never>((_, reject) => {
    const nothingDone = new Failure('\nInterrupted: nothing is done', EXIT.interrupted)
    readline.on('SIGINT', () => reject(nothingDone))
    readline.on('close', () => reject(nothingDone))
  })
  interrupted.catch(() => {}) // it closes in the end in any case
  try {
    const answer = await Promise.race([readline.question(`Do you want to ${kind}? [y/N] `), interrupted])
    if (!/^y(es)?$/i.test(answer.trim())) throw new Failure('Nothing is done')
  } finally {
    readline.close()
  }
}

function reason(raw: string): string {
  if (raw.trim() !== '' && raw.length <= REASON_MAX) return raw
  throw new InvalidArgumentError(`Give 1 to ${REASON_MAX} characters.`)
}
