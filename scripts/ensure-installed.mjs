/**
 * Makes `npm test` and `npm run ok` work on a machine that has only Node >= 20 and npm: installs the npm
 * packages (and with them Node 22) and the programs that tests need. Does nothing when all are there.
 *
 * Plain JavaScript, because it runs on the Node of the machine before Node 22 is there.
 */
import { ensurePackages } from './ensure-packages.mjs'
import { ensurePrograms } from './ensure-programs.mjs'

const problem =
  ensurePackages({ dev: true }) ??
  ensurePrograms([
    { command: 'erl', package: 'erlang-base', why: 'tests compare the runtime with Erlang' },
    { command: 'tmux', package: 'tmux', why: 'tests drive the inspector in a terminal' },
    // Alone: the package starts a Prometheus, and brings what its web pages need.
    {
      command: 'promtool',
      package: 'prometheus',
      alone: true,
      why: 'tests check alerts and metrics with it',
    },
    // Not asked of anyone who works on something else: without it that test is skipped.
    { command: 'chromium', package: 'chromium', optional: true, why: 'one test runs the SDK in a browser' },
  ])
if (problem !== undefined) {
  console.error(problem)
  process.exit(1)
}
