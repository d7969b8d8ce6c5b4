/** ETS as a contestant of the routing scenario: a `set` table of user -> sessions, which is what Erlang's own registries stand on. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Contestant, Outcome } from '../../contestant.ts'
import { measureInProcess } from '../../measuring-process.ts'

export function etsRouting(users: number, forMs: number, seed: number): Contestant {
  return { name: 'otp', run: () => run([users, forMs, seed].map(String)) }
}

async function run(args: readonly string[]): Promise<Outcome> {
  const directory = await mkdtemp(path.join(tmpdir(), 'guildhall-bench-ets-'))
  try {
    const source = path.join(import.meta.dirname, 'routing.erl')
    try {
      await promisify(execFile)('erlc', ['-o', directory, source])
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return { absent: 'erl and erlc are not installed' }
    }
    // One scheduler, as our tables belong to one thread.
    const flags = ['+S', '1:1', '-noshell', '-pa', directory, '-run', 'routing', 'main', ...args]
    const { figures, about } = await measureInProcess('erl', flags)
    return { figures, version: String(about.otp) }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
