/**
 * The routing scenario: the registry of a node: who is online (user -> sessions, on scheduler threads) and whose sockets are whose
 * (user -> session, in the gateway). Read and written by one thread each, as in a node; with Erlang's ETS beside it.
 *
 * Look-ups go to random users. Writes are a user who goes or comes back; under churn every tenth operation is a write.
 */
import { runRounds } from '../../contestant.ts'
import { measureInProcess } from '../../measuring-process.ts'
import { etsRouting } from '../../peers/otp/ets-routing.ts'
import { type Curve, compare, type MetricSpec } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'

/** Five times what a node has descriptors for on the reference box. */
const USERS = 100_000
/** How a look-up grows with the table is looked at up to here. */
const CURVE_USERS = 1_000_000
const QUICK_CURVE_USERS = 100_000
const ROUNDS = 3
const FOR_MS = 1_000
const QUICK_FOR_MS = 400

const perSecond = (name: string, method: string): MetricSpec => ({
  name,
  unit: 'operations/s',
  better: 'higher',
  method,
})

const METRICS: readonly MetricSpec[] = [
  perSecond('user_lookups_per_s', 'Sessions of a random user, in the table of who is online.'),
  perSecond('user_writes_per_s', 'A random user goes, or one who went comes back.'),
  perSecond('user_lookups_under_churn_per_s', 'Look-ups while every tenth operation is a write.'),
  perSecond('session_lookups_per_s', 'Session of a random user, in the table of the gateway.'),
  perSecond('session_writes_per_s', 'A session of a random user ends, or a new one opens.'),
  perSecond('session_lookups_under_churn_per_s', 'Look-ups while every tenth operation is a write.'),
  {
    name: 'bytes_per_user',
    unit: 'bytes',
    better: 'lower',
    method: 'Memory that the table of who is online adds for each user with one session, without the key.',
  },
]

export const routing: Scenario = {
  summary: 'look-ups and churn on the registry, against ETS',
  run: runRouting,
}

async function runRouting({ quick, seed, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const curveUsers = quick ? QUICK_CURVE_USERS : CURVE_USERS
  const rounds = quick ? 1 : ROUNDS
  const forMs = quick ? QUICK_FOR_MS : FOR_MS
  let lookupNs: Curve['points'] = []
  const ours = {
    name: 'ours',
    run: async () => {
      const program = new URL('routing-process.ts', import.meta.url).pathname
      const flags = ['--disable-warning=ExperimentalWarning', '--expose-gc']
      const args = [...flags, program, ...[USERS, curveUsers, forMs, seed].map(String)]
      const { figures, about } = await measureInProcess(process.execPath, args)
      lookupNs = about.lookupNs as Curve['points']
      return { figures }
    },
  }
  const [mine, ets] = await runRounds(
    [ours, etsRouting(USERS, forMs, seed)],
    rounds,
    { quick },
    (name, round) => onProgress(`round ${round} of ${rounds}: ${name}, ${USERS} users`),
  )
  if (mine === undefined || ets === undefined) throw new Error('Cannot compare contestants: one is missing')
  return {
    parameters: { quick, seed, users: USERS, rounds, forMs, lookupNs },
    stoppedBy: 'completed',
    metrics: compare(METRICS, mine.showing, { otp: ets.showing }),
    curves: [{ chart: 'time of a look-up', name: 'who is online', x: 'users', unit: 'ns', points: lookupNs }],
    ...(ets.version !== undefined && { otp: ets.version }),
  }
}
