/** Promtool: Prometheus' own tool, which knows whether rules are right and what they do. */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const RUN_MS = 60_000

export interface Verdict {
  readonly ok: boolean
  /** Everything it printed. */
  readonly text: string
}

export function promtool(args: readonly string[], input = ''): Verdict {
  const { error, status, stdout, stderr } = spawnSync('promtool', args, {
    input,
    encoding: 'utf8',
    timeout: RUN_MS,
  })
  if (error !== undefined) throw new Error(`Cannot run promtool: ${error.message}`)
  return { ok: status === 0, text: stdout + stderr }
}

/** Gives promtool a file that exists only meanwhile. JSON is YAML, which it reads. */
export function promtoolOn(args: readonly string[], content: unknown): Verdict {
  const folder = mkdtempSync(join(tmpdir(), 'guildhall-promtool-'))
  try {
    const file = join(folder, 'content.yml')
    writeFileSync(file, JSON.stringify(content))
    return promtool([...args, file])
  } finally {
    rmSync(folder, { recursive: true })
  }
}
