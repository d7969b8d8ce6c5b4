/** The process behind `guildhall`. Started by bin/guildhall.mjs, which sees to Node 22 and the packages. */

import { flushed } from './flush.ts'
import { run } from './program.ts'

// A reader that closes early, as in `guildhall export - | head`, ends the command like any other program.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

const code = await run(process.argv.slice(2))
await Promise.all([process.stdout, process.stderr].map(flushed))
// An open stdin must not keep the process.
process.exit(code)
