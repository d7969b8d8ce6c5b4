/**
 * The bench command: `npm run bench -- <scenario> [--quick] [--seed N] [--json FILE]`, and
 * `npm run bench -- report [FILES...] [--out FILE]`.
 *
 * Exit codes: 0 measured, whether or not the targets were met; 1 the scenario failed; 2 wrong usage.
 * The table goes to standard output, progress to standard error.
 */
import { statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { describeCommit, describeMachine } from './machine.ts'
import { reportPage } from './report/page.ts'
import { readResult, resultFiles } from './report/read-results.ts'
import { RESULT_SCHEMA, type Result } from './result.ts'
import type { Scenario } from './scenario.ts'
import { BOX_COUNT, box } from './scenarios/connections/box.ts'
import { connections } from './scenarios/connections/connections.ts'
import { crash } from './scenarios/crash/crash.ts'
import { fanout } from './scenarios/fanout/fanout.ts'
import { herd } from './scenarios/herd/herd.ts'
import { hotRoom } from './scenarios/hot-room/hot-room.ts'
import { inspector } from './scenarios/inspector/inspector.ts'
import { routing } from './scenarios/routing/routing.ts'
import { runtime } from './scenarios/runtime/runtime.ts'
import { send } from './scenarios/send/send.ts'
import { slowReaders } from './scenarios/slow-readers/slow-readers.ts'
import { formatResult } from './table.ts'

const SCENARIOS: ReadonlyMap<string, Scenario> = new Map([
  ['runtime', runtime],
  ['connections', connections],
  ['fanout', fanout],
  ['herd', herd],
  ['send', send],
  ['hot-room', hotRoom],
  ['crash', crash],
  ['slow-readers', slowReaders],
  ['routing', routing],
  ['inspector', inspector],
])

const RESULTS = path.join(import.meta.dirname, 'results')

const USAGE = `Usage: npm run bench -- <scenario> [--quick] [--seed N] [--json FILE]
       npm run bench -- connections --box [--count N] [--json FILE]
       npm run bench -- report [FILES...] [--out FILE]

Scenarios
${[...SCENARIOS].map(([name, { summary }]) => `  ${name.padEnd(13)}${summary}`).join('\n')}

Options
  --quick      one short round, within 45 s: for a look, not for a figure to quote
  --seed N     where chance starts, a whole number (1)
  --json FILE  also write the result as JSON
  --box        several nodes and generators, until the count is reached or the box is full
  --count N    identified sessions that --box goes to (${BOX_COUNT}); exits with 1 when it stops before
  --out FILE   where the report goes (bench/results/report.html)
  --help       print this

The report is one HTML page with tables and curves, drawn from the named results; without names, from
those in bench/results.
`

class UsageError extends Error {}

type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'report'; readonly files: readonly string[]; readonly out: string }
  | {
      readonly kind: 'run'
      readonly name: string
      readonly scenario: Scenario
      readonly quick: boolean
      readonly seed: number
      readonly json?: string
      /** A run that stops before it has done all of it has failed. */
      readonly mustComplete: boolean
    }

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  try {
    const command = parse(args)
    if (command.kind === 'help') process.stdout.write(USAGE)
    else if (command.kind === 'report') draw(command)
    else return await run(command)
    return 0
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\nTry: npm run bench -- --help\n`)
    return 2
  }
}

function parse(args: string[]): Command {
  const { values, positionals } = parseFlags(args)
  if (values.help) return { kind: 'help' }
  const [name, ...rest] = positionals
  if (name === undefined) throw new UsageError('Cannot run a bench: no scenario is named')
  if (name === 'report') return parseReport(rest, values.out)
  const scenario = SCENARIOS.get(name)
  if (scenario === undefined) {
    const known = [...SCENARIOS.keys()].join(', ')
    throw new UsageError(`Cannot run the scenario ${JSON.stringify(name)}: there is only ${known}`)
  }
  if (rest.length > 0)
    throw new UsageError(`Cannot run the bench: ${JSON.stringify(rest[0])} is one argument too many`)
  const { quick, json } = values
  if (values.count !== undefined && !values.box)
    throw new UsageError('Cannot use --count: it belongs to connections --box')
  if (values.box && name !== 'connections')
    throw new UsageError(`Cannot run ${name} with --box: only connections has it`)
  const seed = wholeNumber('seed', values.seed)
  if (json !== undefined) refuseUnwritable(json)
  const mustComplete = values.count !== undefined
  const run = { kind: 'run', quick, seed, mustComplete, ...(json !== undefined && { json }) } as const
  if (!values.box) return { ...run, name, scenario }
  return { ...run, name: 'connections-box', scenario: box(wholeNumber('count', values.count ?? BOX_COUNT)) }
}

function wholeNumber(option: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new UsageError(`Cannot use the ${option} ${JSON.stringify(text)}: it is not a whole number`)
}

function parseReport(named: readonly string[], out = path.join(RESULTS, 'report.html')): Command {
  refuseUnwritable(out)
  const files = named.length > 0 ? named : resultFiles(RESULTS)
  if (files.length === 0) throw new UsageError(`Cannot draw a report: there are no results in ${RESULTS}`)
  return { kind: 'report', files, out }
}

function parseFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        box: { type: 'boolean', default: false },
        count: { type: 'string' },
        json: { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(`Cannot read the options: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Before the run and not after it: minutes of measuring would be lost. */
function refuseUnwritable(file: string): void {
  const directory = path.dirname(path.resolve(file))
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`Cannot write ${JSON.stringify(file)}: its directory does not exist`)
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`Cannot write ${JSON.stringify(file)}: it is a directory`)
  }
}

function draw({ files, out }: Extract<Command, { kind: 'report' }>): void {
  const results = files.map((file) => {
    try {
      return readResult(file)
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error))
    }
  })
  writeFileSync(out, reportPage(results))
  process.stdout.write(`${out}: ${results.map(({ scenario }) => scenario).join(', ')}\n`)
}

/** Returns the exit code. */
async function run(command: Extract<Command, { kind: 'run' }>): Promise<number> {
  const { name, scenario, quick, seed, json, mustComplete } = command
  const { otp, ...report } = await scenario.run({
    quick,
    seed,
    onProgress: (line) => process.stderr.write(`${name}: ${line}\n`),
  })
  const result: Result = {
    schema: RESULT_SCHEMA,
    scenario: name,
    machine: describeMachine(otp),
    commit: describeCommit(import.meta.dirname),
    measuredAt: new Date().toISOString(),
    ...report,
  }
  // The file first: a closed pipe behind the table must not cost it.
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`)
  process.stdout.write(formatResult(result))
  if (!mustComplete || result.stoppedBy === 'completed') return 0
  process.stderr.write(`Cannot go to the count that was asked for: stopped by ${result.stoppedBy}\n`)
  return 1
}
