/**
 * The fanout scenario: one guild of n members who are all connected to one node, and one of them posts.
 *
 * A figure counts frames at receivers over the time from the write of the post to the last frame at the last member. Every member
 * has to get every message exactly once. Ours are durable before they are published; peers only pass them on.
 */
import { type Contestant, type RoundOptions, runRounds } from '../../contestant.ts'
import { ours, type RunningServer } from '../../load/server-contestant.ts'
import { cowboy } from '../../peers/cowboy/cowboy.ts'
import { socketio } from '../../peers/socketio/socketio.ts'
import { uws } from '../../peers/uws/uws.ts'
import { ws } from '../../peers/ws/ws.ts'
import { compare, type Figures, type MetricSpec } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import { serverContestants } from '../server-rounds.ts'
import { Audience } from './audience.ts'

const MEMBERS = 15_000
const QUICK_MEMBERS = 1_500
const ROUNDS = 2
const BURST = 50
const BURSTS = 7
const SINGLES = 21
/** Not counted: code and sockets are cold. */
const WARM_UPS = 3
const POST_MS = 60_000
/** The owner posts far more than a person may. */
export const SETTINGS = { framesPerPeriod: 100_000, framesBurst: 100_000 }

const METRICS: readonly MetricSpec[] = [
  {
    name: 'burst_50_frames_per_s',
    unit: 'frames/s',
    better: 'higher',
    target: { kind: 'ratio', peer: 'uws', atLeast: 0.85 },
    method: 'Bursts of 50 messages in one write, one burst after the other; the median of the bursts.',
  },
  {
    name: 'single_frames_per_s',
    unit: 'frames/s',
    better: 'higher',
    target: { kind: 'ratio', peer: 'uws', atLeast: 0.8 },
    method: 'One message, the next when all members have it; the median.',
  },
  {
    name: 'generator_us_per_frame',
    unit: 'us',
    better: 'lower',
    target: { kind: 'value', limit: 10 },
    method:
      'Processor time of the generator for a frame that comes alone at its socket: its own cost, no merit of a server.',
  },
  {
    name: 'generator_bytes_per_socket',
    unit: 'bytes',
    better: 'lower',
    target: { kind: 'value', limit: 3_000 },
    method: 'RssAnon of the generator that its sockets added, for each: its own cost, no merit of a server.',
  },
]

export const fanout: Scenario = {
  summary: 'one guild, all members connected: bursts and single messages, against four peers',
  run: (options) => {
    const members = options.quick ? QUICK_MEMBERS : MEMBERS
    const servers = [ours(SETTINGS), uws, ws, socketio, cowboy]
    return runFanout(
      serverContestants(servers, (server, round) => measureFanout(server, members, round)),
      members,
      options,
    )
  },
}

/** The contestants are a parameter for the tests. The first is the one that the others are compared with. */
export async function runFanout(
  contestants: readonly Contestant[],
  members: number,
  { quick, onProgress }: ScenarioOptions,
): Promise<ScenarioReport> {
  const rounds = quick ? 1 : ROUNDS
  const [mine, ...peers] = await runRounds(contestants, rounds, { quick }, (contestant, round) =>
    onProgress(`round ${round} of ${rounds}: ${contestant}`),
  )
  if (mine === undefined) throw new Error('Cannot compare contestants: there are none')
  return {
    parameters: {
      quick,
      rounds,
      members,
      burst: BURST,
      settings: SETTINGS,
      versions: Object.fromEntries(peers.map(({ name, version }) => [name, version ?? 'absent'])),
    },
    stoppedBy: 'completed',
    metrics: compare(
      METRICS,
      mine.showing,
      Object.fromEntries(peers.map(({ name, showing }) => [name, showing])),
    ),
  }
}

export async function measureFanout(
  server: RunningServer,
  members: number,
  { quick }: RoundOptions,
): Promise<Figures> {
  const audience = await Audience.gather(server, members)
  try {
    for (let post = 0; post < WARM_UPS; post++) await audience.post(BURST, POST_MS)
    const part = quick ? 2 : 1
    const bursts = await framesPerS(audience, BURST, Math.ceil(BURSTS / part))
    const singles = Math.ceil(SINGLES / part)
    const cpuBefore = audience.generatorSeconds()
    const alone = await framesPerS(audience, 1, singles)
    const cpuS = audience.generatorSeconds() - cpuBefore
    return {
      burst_50_frames_per_s: bursts,
      single_frames_per_s: alone,
      generator_us_per_frame: (cpuS * 1e6) / (singles * members),
      generator_bytes_per_socket: audience.generatorBytes,
    }
  } finally {
    await audience.disperse()
  }
}

async function framesPerS(audience: Audience, messages: number, posts: number): Promise<number> {
  const tookMs: number[] = []
  for (let post = 0; post < posts; post++) tookMs.push(await audience.post(messages, POST_MS))
  tookMs.sort((a, b) => a - b)
  return (audience.size * messages * 1_000) / (tookMs[posts >> 1] ?? Number.NaN)
}
