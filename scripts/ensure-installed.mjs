/**
 * Makes `npm test` and `npm run ok` work on a machine that has only Node >= 20 and npm: installs the npm
 * packages (and with them Node 22) and Erlang, which tests compare the runtime with. Does nothing when both
 * are there.
 *
 * Plain JavaScript, because it runs on the Node of the machine before Node 22 is there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isInstalled } from './is-installed.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const node22 = join(root, 'node_modules/node/bin/node')

ensurePackages()
ensureErlang()

function ensurePackages() {
  if (packagesAreCurrent()) return
  console.log('Installing the packages of package-lock.json (npm ci) ...')
  // --include=dev: with NODE_ENV=production npm would leave the test tools out.
  if (!run('npm', ['ci', '--include=dev'])) fail('Cannot install packages: `npm ci` failed, see above')
  if (existsSync(node22)) return
  const fix = 'Let npm run the install script of the package `node`: no `ignore-scripts` in its settings'
  fail(`Cannot find Node 22: ${node22} does not exist after \`npm ci\`. ${fix}`)
}

function packagesAreCurrent() {
  const installed = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installed) || !existsSync(node22)) return false
  return isInstalled(readJson(join(root, 'package-lock.json')), readJson(installed))
}

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
  // Without node_modules/.bin in PATH, so that `npm ci` does not run on the Node that it is about to replace.
  const PATH = pathFolders()
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .join(delimiter)
  const env = { ...process.env, PATH, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { cwd: root, env, stdio: 'inherit' }).status === 0
}

/**
 * @param {string} file
 * @returns {import('./is-installed.mjs').Lockfile}
 */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message)
  process.exit(1)
}
