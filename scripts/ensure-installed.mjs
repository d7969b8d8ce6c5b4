/**
 * Makes `npm test` and `npm run ok` work on a machine that has only Node >= 20 and npm: installs the npm
 * packages (and with them Node 22) and Erlang, which tests compare the runtime with. Does nothing when both
 * are there.
 *
 * Plain JavaScript, because it runs on the Node of the machine before Node 22 is there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ensureBrowser } from './ensure-browser.mjs'
import { ensurePackages } from './ensure-packages.mjs'

const problem = ensurePackages({ dev: true })
if (problem !== undefined) fail(problem)
ensureErlang()
ensureBrowser()

function ensureErlang() {
  if (has('erl')) return
  if (process.getuid?.() === 0 && has('apt-get')) {
    console.log('Installing Erlang (apt-get install erlang-base) ...')
    run('apt-get', ['update', '-q'])
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'erlang-base'])
  }
  if (has('erl')) return
  const fix = 'Install it: `apt-get install erlang-base` as root on Debian, `brew install erlang` on macOS'
  fail(`Cannot find \`erl\`: tests compare the runtime with Erlang. ${fix}`)
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
