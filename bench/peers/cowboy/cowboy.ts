/**
 * Cowboy on Erlang/OTP as a contestant. Absent without `erl` and `erlc`, or before `node scripts/fetch-cowboy.mjs` has run.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { GUILDHALL_JSON } from '../../load/dialect.ts'
import { Program } from '../../load/program.ts'
import { absentServer, peerServer, type ServerContestant } from '../../load/server-contestant.ts'

const CACHE = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'),
  'guildhall-bench',
  'cowboy',
)
const RABBITMQ = path.join(CACHE, 'usr/lib/rabbitmq/lib')
const ERLANG = path.join(CACHE, 'usr/lib/erlang/lib')
const SOURCE = path.join(import.meta.dirname, 'cowboy_peer.erl')

export const cowboy: ServerContestant = {
  name: 'cowboy',
  async run(measure) {
    const beams = mkdtempSync(path.join(os.tmpdir(), 'guildhall-bench-cowboy-'))
    try {
      return await prepared(beams).run(measure)
    } finally {
      rmSync(beams, { recursive: true, force: true })
    }
  },
}

function prepared(beams: string): ServerContestant {
  const libraries = cowboyLibraries()
  if (libraries.length === 0)
    return absentServer('cowboy', 'not fetched (Debian only): node scripts/fetch-cowboy.mjs')
  const paths = [beams, ...libraries].flatMap((directory) => ['-pa', directory])
  const compiled = spawnSync('erlc', ['-o', beams, ...paths, SOURCE], { encoding: 'utf8' })
  if (compiled.error !== undefined) return absentServer('cowboy', 'erl and erlc are not installed')
  if (compiled.status !== 0) throw new Error(`Cannot compile cowboy_peer: ${compiled.stdout}`)
  return peerServer('cowboy', () => new Program(erl(), [...paths, ...MAIN]), GUILDHALL_JSON, 'cowboy')
}

const MAIN = ['-noshell', '-run', 'cowboy_peer', 'main', 'start']

/** Folders of compiled modules. Empty when something is missing. */
function cowboyLibraries(): string[] {
  if (!existsSync(RABBITMQ) || !existsSync(ERLANG)) return []
  const [rabbit] = readdirSync(RABBITMQ).filter((name) => name.startsWith('rabbitmq_server-'))
  const plugins = path.join(RABBITMQ, rabbit ?? '', 'plugins')
  const cowboyParts = readdirSync(plugins).filter((name) => /^(cowboy|cowlib|ranch)-\d/.test(name))
  return [
    ...cowboyParts.map((name) => path.join(plugins, name, 'ebin')),
    ...readdirSync(ERLANG).map((name) => path.join(ERLANG, name, 'ebin')),
  ]
}

/** Without the flags that someone has set for their own Erlang. `erl` refuses to run without HOME. */
function erl(): { command: string; environment: NodeJS.ProcessEnv } {
  const noFlags = { ERL_AFLAGS: '', ERL_FLAGS: '', ERL_ZFLAGS: '', ERL_CRASH_DUMP_SECONDS: '0' }
  return { command: 'erl', environment: { HOME: os.tmpdir(), ...process.env, ...noFlags } }
}
