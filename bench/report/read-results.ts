/** Results from their files, as `--json` wrote them. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { RESULT_SCHEMA, type Result } from '../result.ts'

/** The files that a report is drawn from when none are named, in the order of their names. */
export function resultFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => path.join(directory, name))
}

/** @throws Error naming the file when it is not there, or is no result. */
export function readResult(file: string): Result {
  const value = parsed(file)
  if (value.schema !== RESULT_SCHEMA) {
    throw unreadable(file, `its schema is ${JSON.stringify(value.schema)}, and ${RESULT_SCHEMA} can be read`)
  }
  if (typeof value.scenario !== 'string' || !Array.isArray(value.metrics) || value.machine === undefined) {
    throw unreadable(file, 'it is not the result of a bench')
  }
  return value as unknown as Result
}

function parsed(file: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error))
  }
  throw unreadable(file, 'it is not the result of a bench')
}

function unreadable(file: string, fact: string): Error {
  return new Error(`Cannot read ${file}: ${fact}`)
}
