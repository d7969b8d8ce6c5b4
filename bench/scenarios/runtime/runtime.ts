/**
 * The runtime scenario: what one actor costs, and one message, here, on Erlang/OTP and on nact.
 *
 * All contestants run in the same rounds, so the ratios hold although the machine drifts. The absolute
 * figures are those of one machine on one day.
 */
import { type Contestant, runRounds, type Standing } from '../../contestant.ts'
import { nact } from '../../peers/nact/nact.ts'
import { otp, otpWays } from '../../peers/otp/otp.ts'
import { compare } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import { RUNTIME_METRICS } from './metrics.ts'
import { runOurs } from './ours.ts'

const ROUNDS = 3
const QUICK_ROUNDS = 1

const ours: Contestant = {
  name: 'ours',
  run: async (options) => ({ figures: await runOurs(options) }),
}

export const runtime: Scenario = {
  summary: 'spawn, messages, calls, restarts, memory and threads, against Erlang/OTP and nact',
  run: (options) => runRuntime([ours, otp(RUNTIME_METRICS), nact], options),
}

/** The contestants are a parameter for the tests. The first is the one that the others are compared with. */
export async function runRuntime(
  contestants: readonly Contestant[],
  { quick, onProgress }: ScenarioOptions,
): Promise<ScenarioReport> {
  const rounds = quick ? QUICK_ROUNDS : ROUNDS
  const [mine, ...peers] = await runRounds(contestants, rounds, { quick }, (contestant, round) =>
    onProgress(`round ${round} of ${rounds}: ${contestant}`),
  )
  if (mine === undefined) throw new Error('Cannot compare contestants: there are none')
  const version = peers.find(({ name }) => name === 'otp')?.version
  return {
    parameters: {
      quick,
      rounds,
      ...Object.fromEntries(peers.map((peer) => [peer.name, parametersOf(peer)])),
    },
    stoppedBy: 'completed',
    metrics: compare(
      RUNTIME_METRICS,
      mine.showing,
      Object.fromEntries(peers.map(({ name, showing }) => [name, showing])),
    ),
    ...(version !== undefined && { otp: version }),
  }
}

function parametersOf({ name, version, variants }: Standing): Record<string, unknown> {
  return {
    version: version ?? 'absent',
    ...(name === 'otp' && { commands: otpWays, figures: variants }),
  }
}
