/** A `guildhall` command as people run it: a process of its own, from its start to its end. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../bin/guildhall.mjs', import.meta.url))
const PATIENCE_MS = 30_000
const OUTPUT_BYTES_MAX = 64 * 1_024 * 1_024

/** Resolves to the code of the admin channel that it failed with, or undefined. Rejects when it cannot be run. */
export function runGuildhall(args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const options = { timeout: PATIENCE_MS, maxBuffer: OUTPUT_BYTES_MAX }
    execFile(process.execPath, [PROGRAM, ...args], options, (error, _stdout, stderr) => {
      if (error === null) return resolve(undefined)
      const [, code] = /\(([A-Z_]+)\)\s*$/.exec(stderr) ?? []
      if (code === undefined)
        reject(new Error(`Cannot run guildhall ${args.join(' ')}: ${stderr || error.message}`))
      else resolve(code)
    })
  })
}
