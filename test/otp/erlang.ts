/**
 * erlang: runs scenarios on a real Erlang/OTP, all of a batch in one `erl`, because starting one costs half a
 * second.
 *
 * One scheduler: what two processes do at the same moment then has one order, and two runs show the same.
 */

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { erlangTerm } from './erlang-terms.ts'
import type { Scenario } from './scenario.ts'
import type { Trace } from './trace.ts'

const MODULES = [
  'runner',
  'trace_log',
  'tree_scenario',
  'tree_supervisor',
  'tree_child',
  'actor_scenario',
  'scenario_actor',
]
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024
const TIMEOUT_MS = 180_000

const run = promisify(execFile)

/**
 * The traces of the scenarios, in their order. @throws Error when Erlang is not installed or a scenario is
 * wrong.
 */
export async function runOnErlang(scenarios: readonly Scenario[]): Promise<Trace[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'guildhall-oracle-'))
  try {
    await compile(directory)
    const file = path.join(directory, 'scenarios')
    const terms = scenarios.map(({ title: _, ...scenario }, id) => `${erlangTerm({ id, ...scenario })}.\n`)
    await writeFile(file, terms.join(''))
    const flags = [
      '+S',
      '1:1',
      '-noinput',
      '-boot',
      'no_dot_erlang',
      '-pa',
      directory,
      '-run',
      'runner',
      'main',
      file,
    ]
    const { stdout } = await run('erl', flags, { maxBuffer: OUTPUT_BYTES_MAX, timeout: TIMEOUT_MS })
    return parse(stdout, scenarios.length)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function compile(directory: string): Promise<void> {
  const sources = MODULES.map((name) => path.join(import.meta.dirname, `${name}.erl`))
  try {
    await run('erlc', ['-Wall', '-Werror', '-o', directory, ...sources])
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new Error(
      'Cannot compare with Erlang/OTP: erlc is not installed; `apt-get install erlang-base` brings it',
    )
  }
}

function parse(output: string, count: number): Trace[] {
  const traces: string[][] = []
  let current: string[] = []
  for (const line of output.split('\n')) {
    if (line.startsWith('@ ')) {
      current = []
      traces[Number(line.slice(2))] = current
    } else if (line !== '') current.push(line)
  }
  for (let id = 0; id < count; id++) {
    if (traces[id] === undefined)
      throw new Error(`Cannot compare with Erlang/OTP: scenario ${id} of ${count} left no trace`)
  }
  return traces
}
