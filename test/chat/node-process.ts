/** A node in a process of its own under the settings of the first argument (JSON). Started by `server-process.ts`. */

import { startServer } from '../../gateway/index.ts'
import { raisedLimits, type TestSettings } from './raised-limits.ts'

const settings = JSON.parse(process.argv[2] ?? '{}') as TestSettings
const server = await startServer(raisedLimits(settings))
process.on('SIGTERM', () => {
  void server.drain().then(() => process.exit(0))
})
