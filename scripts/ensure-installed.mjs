/**
 * Makes `npm test` and `npm run ok` work on a machine that has only Node >= 20 and npm: installs the npm
 * packages (and with them Node 22), Erlang, which tests compare the runtime with, and tmux, in which they drive
 * the inspector. Does nothing when all are there.
 *
 * Plain JavaScript, because it runs on the Node of the machine before Node 22 is there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ensurePackages } from './ensure-packages.mjs'

const problem = ensurePackages({ dev: true })
if (problem !== undefined) fail(problem)
ensureTools([
  { command: 'erl', debian: 'erlang-base', brew: 'erlang', why: 'tests compare the runtime with Erlang' },
  { command: 'tmux', debian: 'tmux', brew: 'tmux', why: 'tests drive the inspector in a terminal' },
])

/** @param {{ command: string, debian: string, brew: string, why: string }[]} tools */
function ensureTools(tools) {
  const missing = tools.filter(({ command }) => !has(command)).map(({ debian }) => debian)
  if (missing.length === 0) return
  if (process.getuid?.() === 0 && has('apt-get')) {
    console.log(`Installing what the tests need (apt-get install ${missing.join(' ')}) ...`)
    run('apt-get', ['update', '-q'])
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...missing])
  }
  for (const { command, debian, brew, why } of tools) {
    if (has(command)) continue
    const fix = `Install it: \`apt-get install ${debian}\` as root on Debian, \`brew install ${brew}\` on macOS`
    fail(`Cannot find \`${command}\`: ${why}. ${fix}`)
  }
}

/** @param {string} command */
function has(command) {
  return pathFolders().some((folder) => existsSync(join(folder, command)))
}

function pathFolders() {
  return (process.env.PATH ?? '').split(delimiter)
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function run(command, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { env, stdio: 'inherit' }).status === 0
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message)
  process.exit(1)
}
