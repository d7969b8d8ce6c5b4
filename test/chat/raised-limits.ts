/** Settings of a server under test: limits that a test of something else must not meet. */

import type { ServerSettings } from '../../gateway/index.ts'
import { SECRET } from './tokens.ts'

/** What a test may set about its server. */
export type TestSettings = Partial<ServerSettings>

export function raisedLimits(settings: TestSettings): ServerSettings {
  return {
    auth: { key: { secret: SECRET } },
    host: '127.0.0.1',
    port: 0,
    threads: 2,
    mapSizeMb: 1_024,
    framesPerPeriod: 1_000_000,
    framesBurst: 1_000_000,
    connectionsPerUserMax: 1_000,
    drainMs: 200,
    ...settings,
  }
}
