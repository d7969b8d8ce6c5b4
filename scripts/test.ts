/**
 * Runs every *.test.ts outside node_modules with Node's test runner. `npm test -- mailbox` runs the files
 * whose path holds that text; options (`--test-name-pattern=...`) go on to the test runner.
 *
 * Why not `node --test` alone: with patterns that match no file it succeeds.
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

const args = process.argv.slice(2)
const options = args.filter((arg) => arg.startsWith('-'))
const filters = args.filter((arg) => !arg.startsWith('-'))

const files = globSync('*/**/*.test.ts', { exclude: (name) => name === 'node_modules' })
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .sort()

if (files.length === 0) {
  console.error(`Cannot run the tests: no *.test.ts file matches ${JSON.stringify(filters)}`)
  process.exit(1)
}

const runner = [
  '--disable-warning=ExperimentalWarning',
  '--test',
  '--test-concurrency=2',
  '--test-timeout=300000', // per file, so that one that hangs is named and ends
]
// `spec` repeats the failures at the end, where a log that was cut still shows them.
if (!options.some((option) => option.startsWith('--test-reporter'))) runner.push('--test-reporter=spec')
const { status } = spawnSync(process.execPath, [...runner, ...options, ...files], { stdio: 'inherit' })
process.exit(status ?? 1)
