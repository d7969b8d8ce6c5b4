/** The process behind `guildhall`. Started by bin/guildhall.mjs, which sees to Node 22 and the packages. */

import { EXIT } from './failure.ts'
import { flushed } from './flush.ts'
import { run } from './program.ts'

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that closes early, as in `guildhall export - | head`, ends the command like any other program.
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  console.error(`Cannot write the output: ${error.message}. Part of it is lost`)
  process.exit(EXIT.failure)
})

const code = await run(process.argv.slice(2))
await Promise.all([process.stdout, process.stderr].map(flushed))
// An open stdin must not keep the process.
process.exit(code)
