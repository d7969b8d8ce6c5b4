/** nact as a contestant. What it has no notion of, such as threads, it leaves out. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Contestant, Outcome, RoundOptions } from '../../contestant.ts'
import { measureInProcess } from '../../measuring-process.ts'

const PROGRAM = fileURLToPath(import.meta.resolve('./nact-process.ts'))

export const nact: Contestant = { name: 'nact', run }

async function run({ quick }: RoundOptions): Promise<Outcome> {
  const version = await installedVersion()
  if (version === undefined) return { absent: 'nact is not installed' }
  // No warnings: Node 22 would print that types are stripped.
  const { figures } = await measureInProcess(process.execPath, [
    '--no-warnings',
    '--expose-gc',
    PROGRAM,
    quick ? '1' : '3',
  ])
  return { figures, version }
}

async function installedVersion(): Promise<string | undefined> {
  try {
    const manifest = createRequire(import.meta.url).resolve('nact/package.json')
    const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
    return version
  } catch {
    return undefined
  }
}
