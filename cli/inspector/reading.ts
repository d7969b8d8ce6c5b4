/** A reading command: what all of them share: how they attach, what they ask, and how the answer is put out. */

import { Argument, type Command, Option } from 'commander'
import { type AdminClient, ROWS_MAX } from '../../gateway/admin/index.ts'
import { durationMs, examples, whole } from '../options.ts'
import { type AttachFlags, attached, attachOptions } from './attach.ts'
import { EXIT_HELP } from './exit.ts'
import { document, type Format, type Page, pageOf, row } from './output.ts'
import type { Line } from './text/line.ts'

export interface ReadFlags extends AttachFlags {
  readonly json?: true
  readonly ndjson?: true
}

export interface Reading<Value> {
  /** Of the JSON: `guildhall.<name>/1`. */
  readonly name: string
  readonly ask: (node: AdminClient) => Promise<Value>
  readonly view: (value: Value, page: Page) => readonly Line[] | Promise<readonly Line[]>
  /** What NDJSON has a line of each. Default: the value itself. */
  readonly rows?: (value: Value) => readonly object[]
}

/** Adds what every reading command understands, and says how it is used. */
export function reading(command: Command, lines: readonly string[]): Command {
  command
    .addOption(new Option('--json', 'print one JSON document with a schema; of a stream one per line'))
    .addOption(new Option('--ndjson', 'print one line of JSON per row').conflicts('json'))
  attachOptions(command)
  return examples(command, lines).addHelpText('after', EXIT_HELP)
}

export function limitOption(fallback: number, what = 'rows', max: number = ROWS_MAX): Option {
  return new Option('--limit <number>', `${what} at the most`).argParser(whole(1, max)).default(fallback)
}

export function actorArgument(): Argument {
  return new Argument('<actor>', "ref such as '<1.5.12>' or 1.5.12, or a registered name")
}

const SINCE_MS_MAX = 3_650 * 86_400_000

export function sinceOption(): Option {
  return new Option('--since <time>', 'only what happened in the last 30s, 15m, 1h, 7d').argParser(
    durationMs(1, SINCE_MS_MAX),
  )
}

/** By the clock of the node. */
export function since({ hello }: AdminClient, agoMs: number | undefined): { readonly sinceMs?: number } {
  return agoMs === undefined ? {} : { sinceMs: hello.nowMs - agoMs }
}

/** Asks and prints. @throws Failure */
export async function read<Value extends object>(flags: ReadFlags, asked: Reading<Value>): Promise<Value> {
  return await attached(flags, async (node) => {
    const attachedAtMs = performance.now()
    const value = await asked.ask(node)
    await put(formatOf(flags), asked, value, pageOf(node, attachedAtMs))
    return value
  })
}

function formatOf({ json, ndjson }: Pick<ReadFlags, 'json' | 'ndjson'>): Format {
  return json ? 'json' : ndjson ? 'ndjson' : 'text'
}

async function put<Value extends object>(
  format: Format,
  { name, view, rows = (value) => [value] }: Reading<Value>,
  value: Value,
  page: Page,
): Promise<void> {
  if (format === 'text') (await import('./print.ts')).print(await view(value, page))
  else if (format === 'json') process.stdout.write(document(name, page, value))
  else
    process.stdout.write(
      rows(value)
        .map((each) => row(name, page.node, each))
        .join(''),
    )
}
