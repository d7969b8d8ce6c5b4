/**
 * Erlang/OTP as a contestant: compiles the modules beside this file and runs them in several ways.
 *
 * OTP gets its best chance: what can run on one scheduler runs on one and on all of them, what needs two runs
 * with and without busy waiting, and per metric the better figure counts. All figures are kept as variants.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Contestant, Outcome, RoundOptions } from '../../contestant.ts'
import { type Measured, measureInProcess } from '../../measuring-process.ts'
import type { Figures, MetricSpec } from '../../result.ts'

const MODULES = ['runtime.erl', 'runtime_server.erl']
const NO_BUSY_WAIT = ['+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none']

/** `set` is what runtime.erl measures, `flags` what the virtual machine is started with. */
const WAYS = [
  // The bytes of a process do not depend on the schedulers, so they are measured once.
  { name: 'memory', set: 'memory', flags: ['+S', '1:1'] },
  { name: 'one scheduler', set: 'speed', flags: ['+S', '1:1'] },
  { name: 'default schedulers', set: 'speed', flags: [] },
  { name: 'two schedulers', set: 'threads', flags: ['+S', '2:2'] },
  { name: 'two schedulers without busy wait', set: 'threads', flags: ['+S', '2:2', ...NO_BUSY_WAIT] },
] as const

export function otp(specs: readonly MetricSpec[]): Contestant {
  return {
    name: 'otp',
    run: (options) => run(specs, options),
  }
}

/** The flags of every way, for the parameters of the result. */
export const otpWays: Readonly<Record<string, string>> = Object.fromEntries(
  WAYS.map(({ name, flags }) => [name, ['erl', ...flags].join(' ')]),
)

/**
 * Per metric the best figure of all ways. Figures that are no metric of the scenario, such as another form of
 * one, are left out: they stay visible in the variants.
 */
export function bestOf(specs: readonly MetricSpec[], ways: readonly Figures[]): Figures {
  const best: Record<string, number> = {}
  for (const { name, better } of specs) {
    const values = ways.flatMap((figures) => figures[name] ?? [])
    if (values.length > 0) best[name] = better === 'lower' ? Math.min(...values) : Math.max(...values)
  }
  return best
}

async function run(specs: readonly MetricSpec[], { quick }: RoundOptions): Promise<Outcome> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'guildhall-bench-otp-'))
  try {
    if (!(await compile(directory))) return { absent: 'erl and erlc are not installed' }
    const variants: Record<string, Figures> = {}
    let about: Measured['about'] = {}
    for (const way of WAYS) {
      const measured = await measure(way, directory, quick ? 1 : 3)
      variants[way.name] = measured.figures
      about = measured.about
    }
    return {
      figures: bestOf(specs, Object.values(variants)),
      variants,
      version: `${about.otp}${about.jit === true ? ' (JIT)' : ''}`,
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function compile(directory: string): Promise<boolean> {
  const sources = MODULES.map((name) => path.join(import.meta.dirname, name))
  try {
    await promisify(execFile)('erlc', ['-o', directory, ...sources])
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

function measure(way: (typeof WAYS)[number], directory: string, runs: number): Promise<Measured> {
  const program = ['-noshell', '-noinput', '-pa', directory, '-run', 'runtime', 'main', way.set, String(runs)]
  return measureInProcess('erl', [...way.flags, ...program], environment())
}

/** Without the flags that someone has set for their own Erlang. `erl` refuses to run without HOME. */
function environment(): NodeJS.ProcessEnv {
  const noFlags = { ERL_AFLAGS: '', ERL_FLAGS: '', ERL_ZFLAGS: '' }
  return { HOME: os.tmpdir(), ...process.env, ...noFlags, ERL_CRASH_DUMP_SECONDS: '0' }
}
