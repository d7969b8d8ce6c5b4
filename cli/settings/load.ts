/** Reads the settings of this call from flags, environment and file, and checks them. */

import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { usage } from '../failure.ts'
import { checkSettings } from './checks.ts'
import type { Settings } from './definitions.ts'
import { type Resolved, resolveSettings } from './resolve.ts'

const FILE = 'guildhall.json'
type Flags = Readonly<Record<string, unknown>>

/** @throws Failure with every problem and its fix, exit code 2 */
export function loadSettings(flags: Flags, env: NodeJS.ProcessEnv = process.env): Resolved {
  const resolved = resolveSettings({ flags, env, file: readFile(flags, env) })
  // Defaults stand in for values that were refused; checks on those would only confuse.
  const { settings } = resolved
  const single = resolved.problems.length > 0 ? resolved.problems : checkSettings(settings, whyUnreadable)
  const problems = single.length > 0 ? single : pairProblems(settings)
  if (problems.length === 0) return resolved
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`
  throw usage(`Cannot use these settings: ${count}\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
}

function readFile(flags: Flags, env: NodeJS.ProcessEnv) {
  const asked = typeof flags.config === 'string' ? flags.config : env.GUILDHALL_CONFIG || undefined
  const path = asked ?? FILE
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    if (asked === undefined && code === 'ENOENT') return undefined
    throw usage(`Cannot read the settings in ${path}: ${code}. Give a file that exists with --config`)
  }
  try {
    return { path, content: JSON.parse(text) as unknown }
  } catch {
    // Not the parser's own words: they quote the text, which may hold the secret.
    throw usage(`Cannot read the settings in ${path}: it is not JSON. Write one such as { "port": 4000 }`)
  }
}

/** Certificate and key must be of one another: the TLS library only says that its construction failed. */
function pairProblems({ tlsCert, tlsKey }: Settings): string[] {
  if (tlsCert === undefined || tlsKey === undefined) return []
  // Not imported: loading it takes 10 ms, and most commands have no certificate to check.
  const { createSecureContext } = process.getBuiltinModule('node:tls')
  try {
    createSecureContext({ cert: readFileSync(tlsCert), key: readFileSync(tlsKey) })
    return []
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const fix = 'Give a certificate and its own key, both PEM, the key without a passphrase'
    return [`--tls-cert, --tls-key: cannot use ${tlsCert} with ${tlsKey}: ${why}. ${fix}`]
  }
}

function whyUnreadable(file: string): string | undefined {
  try {
    accessSync(file, constants.R_OK)
    return statSync(file).isFile() ? undefined : 'it is not a file'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
