/**
 * Installs the npm packages, and with them Node 22, when package-lock.json asks for something that is not in
 * node_modules. Does nothing otherwise. All output goes to stderr, because a caller may print a result.
 *
 * Plain JavaScript, because it runs on the Node of the machine before Node 22 is there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isInstalled } from './is-installed.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Node 22, once the packages are there. */
export const node22 = join(
  root,
  process.platform === 'win32' ? 'node_modules/node/bin/node.exe' : 'node_modules/node/bin/node',
)

/**
 * Returns what went wrong and how to put it right, or undefined when everything is there.
 *
 * @param {{ dev: boolean }} wanted without `dev`, what `npm ci --omit=dev` installs is enough
 */
export function ensurePackages({ dev }) {
  if (packagesAreCurrent(dev)) return undefined
  console.error('Installing the packages of package-lock.json (npm ci) ...')
  if (!npmCi()) return 'Cannot install packages: `npm ci` failed, see above. Put that right and try again'
  if (existsSync(node22)) return undefined
  const fix = 'Let npm run the install script of the package `node`: no `ignore-scripts` in its settings'
  return `Cannot find Node 22: ${node22} does not exist after \`npm ci\`. ${fix}`
}

/** @param {boolean} dev */
function packagesAreCurrent(dev) {
  const installed = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installed) || !existsSync(node22)) return false
  const wanted = readJson(join(root, 'package-lock.json'))
  if (isInstalled(wanted, readJson(installed))) return true
  return !dev && isInstalled(withoutDev(wanted), readJson(installed))
}

function npmCi() {
  // Without node_modules/.bin in PATH, so that `npm ci` does not run on the Node that it is about to replace.
  const PATH = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
    .join(delimiter)
  const options = {
    cwd: root,
    env: { ...process.env, PATH },
    stdio: /** @type {['ignore', number, number]} */ (['ignore', 2, 2]),
  }
  // --include=dev: otherwise NODE_ENV=production would make `npm test` install everything again.
  return spawnSync('npm', ['ci', '--include=dev'], options).status === 0
}

/**
 * What a deployment installs with `npm ci --omit=dev`.
 *
 * @param {import('./is-installed.mjs').Lockfile & { packages: Record<string, { dev?: boolean }> }} lock
 */
function withoutDev(lock) {
  const packages = Object.entries(lock.packages).filter(([, wanted]) => !wanted.dev)
  return { packages: Object.fromEntries(packages) }
}

/**
 * @param {string} file
 * @returns {import('./is-installed.mjs').Lockfile}
 */
function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
