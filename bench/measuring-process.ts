/**
 * Runs a program that measures and reads its figures. It has a process of its own, so that heaps and
 * schedulers of contestants do not mix.
 *
 * The program prints one JSON object per line: `{"metric":"spawn_per_s","value":1.0}`. Other lines of JSON
 * may tell about the program itself; they are merged and returned as `about`.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Figures } from './result.ts'

/** A quick run of everyone ends within 45 s, so a single program that takes longer than this hangs. */
const TIMEOUT_MS = 120_000

export interface Measured {
  readonly figures: Figures
  readonly about: Readonly<Record<string, unknown>>
}

/** @throws Error when the program fails, prints something else, or takes over two minutes (it is killed). */
export async function measureInProcess(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Measured> {
  const options = { env: environment, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const
  try {
    const { stdout } = await promisify(execFile)(command, args, options)
    return parseFigures(stdout)
  } catch (error) {
    throw new Error(`Cannot measure with ${command}: ${reasonOf(error)}`, { cause: error })
  }
}

export function parseFigures(stdout: string): Measured {
  const figures: Record<string, number> = {}
  const about: Record<string, unknown> = {}
  for (const line of stdout.split('\n')) {
    if (line.trim() === '') continue
    const parsed = parseLine(line)
    if ('metric' in parsed) figures[String(parsed.metric)] = positiveNumber(parsed.value, line)
    else Object.assign(about, parsed)
  }
  return { figures, about }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const killed = 'killed' in error && error.killed === true
  return killed ? `it was killed after ${TIMEOUT_MS / 1_000} s` : error.message
}

function parseLine(line: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed }
  } catch {
    // Reported below, with the line.
  }
  throw new Error(`Cannot read a figure: expected a JSON object, got ${JSON.stringify(line)}`)
}

/** A figure of 0 is a broken measurement, and would make ratios infinite. */
function positiveNumber(value: unknown, line: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  throw new Error(`Cannot read a figure: expected a value above 0, got ${JSON.stringify(line)}`)
}
