#!/usr/bin/env node
/**
 * The entry of `npx guildhall` and `npm start`: installs the packages when they are missing, then hands over to
 * cli/main.ts on the Node 22 in node_modules, with the same arguments, folder, standard streams and exit code.
 *
 * Plain JavaScript, because it runs on the Node of the machine, 20 or newer, which does not run TypeScript.
 */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ensurePackages, node22 } from '../scripts/ensure-packages.mjs'

const problem = ensurePackages({ dev: false })
if (problem !== undefined) {
  console.error(problem)
  process.exit(1)
}
handOver([
  '--disable-warning=ExperimentalWarning',
  fileURLToPath(new URL('../cli/main.ts', import.meta.url)),
  ...process.argv.slice(2),
])

/** @param {string[]} args */
function handOver(args) {
  // Where Node can, the process itself becomes Node 22: there is then nobody in between to pass on anything.
  if (process.execve !== undefined && process.platform !== 'win32') {
    process.execve(node22, [node22, ...args], process.env)
  }
  const child = spawn(node22, args, { stdio: 'inherit' })
  // A terminal sends Ctrl-C to the child as well; it takes the same signal twice at once for one (cli/shutdown.ts).
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal))
  }
  child.on('error', (error) => {
    console.error(`Cannot run ${node22}: ${error.message}. Remove node_modules and try again`)
    process.exit(1)
  })
  child.on('exit', (code, signal) =>
    process.exit(signal === null ? (code ?? 1) : 128 + constants.signals[signal]),
  )
}
