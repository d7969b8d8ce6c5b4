/** A module that ends every thread that loads it while the environment says so. */

import { isMainThread } from 'node:worker_threads'

if (process.env.TEST_FLAKY === 'exit' && !isMainThread) process.exit(4)
if (process.env.TEST_FLAKY === 'throw' && !isMainThread)
  throw new Error('does not load on a scheduler thread')
