/** Rounds of servers: each is started anew for every round, measured, and ended; one after the other. */
import type { Contestant, RoundOptions } from '../contestant.ts'
import type { RunningServer, ServerContestant } from '../load/server-contestant.ts'
import type { Figures } from '../result.ts'

export function serverContestants(
  servers: readonly ServerContestant[],
  measure: (server: RunningServer, options: RoundOptions, name: string) => Promise<Figures>,
): Contestant[] {
  return servers.map(({ name, version, run }) => ({
    name,
    async run(options) {
      const outcome = await run(async (server) => ({ figures: await measure(server, options, name) }))
      return version === undefined || 'absent' in outcome ? outcome : { ...outcome, version }
    },
  }))
}
