/**
 * The hot-room scenario: a room in which 50 messages/s go to as many members as the box carries, and what that does to others.
 *
 * The room grows step by step. At each size 1:1s elsewhere on the same node are measured twice, at the same rate: while the room is
 * silent and while it is hot. Everything is open loop and verified: every member receives every message, every 1:1 message arrives.
 */
import { Busy, type Load, limitIn } from '../../busy.ts'
import { Latencies } from '../../latency.ts'
import { Program } from '../../load/program.ts'
import { withServer } from '../../load/with-server.ts'
import { type Curve, compare, type Figures, type MetricSpec, singles } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import { isComplete as isSent, readable, type SendReport } from '../send/send-order.ts'
import { type Grown, type HotReport, isComplete } from './hot-order.ts'

const PER_SECOND = 50
const MEMBERS = [1_000, 2_000, 4_000, 8_000, 15_000]
const QUICK_MEMBERS = [500]
/** Beyond it, nobody would call the room live. */
const LIVE_MS = 1_000
const DM_USERS = 64
const DM_PER_SECOND = 500
/** The 64 users send more than a person, so the limit per connection must not be what is measured. */
const SETTINGS = { framesPerPeriod: 100_000, framesBurst: 100_000 }
const SPAN = { warmS: 3, seconds: 10 }
const QUICK_SPAN = { warmS: 1, seconds: 4 }
const PREPARE_MS = 60_000
const REPORT_MS = 60_000

const METRICS: readonly MetricSpec[] = [
  {
    name: 'hot_room_members',
    unit: 'members',
    better: 'higher',
    method:
      'The largest room whose members each got every one of 50 messages/s, the 99th percentile within 1 s.',
  },
  {
    name: 'hot_room_frames_per_s',
    unit: 'frames/s',
    better: 'higher',
    method: 'What that room received, all members together.',
  },
  {
    name: 'hot_room_delivered_p99_ms',
    unit: 'ms',
    better: 'lower',
    method: 'From when a message of that room was due to its arrival, over all members.',
  },
  {
    name: 'dm_delivered_p99_ms_without',
    unit: 'ms',
    better: 'lower',
    method:
      '1:1 messages elsewhere at 500/s, from when they were due to their arrival, that room connected and silent.',
  },
  {
    name: 'dm_delivered_p99_ms_with',
    unit: 'ms',
    better: 'lower',
    method: 'The same while the room is hot.',
  },
]

/** A room of one size. */
interface Step {
  readonly members: number
  readonly hot: HotReport
  readonly without: SendReport
  readonly with: SendReport
  readonly load: Load
}

export const hotRoom: Scenario = {
  summary: '50 messages/s to as many as the box carries, and what others feel of it',
  run: runHotRoom,
}

async function runHotRoom({ quick, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const sizes = quick ? QUICK_MEMBERS : MEMBERS
  const span = quick ? QUICK_SPAN : SPAN
  const steps: Step[] = []
  let stoppedBy = 'the largest room of this scenario'
  await withServer(SETTINGS, async (server, target) => {
    const args = [JSON.stringify(target)]
    const room = new Program('../scenarios/hot-room/hot-process.ts', [...args, String(sizes.at(-1))])
    const others = new Program('../scenarios/send/send-process.ts', [...args, String(DM_USERS)])
    try {
      await Promise.all([room.next('guild', PREPARE_MS), others.next('conversations', PREPARE_MS)])
      for (const members of sizes) {
        const step = await measure({ server, room, others }, members, span)
        steps.push(step)
        onProgress(`${members} members: ${JSON.stringify(readableStep(step))}`)
        if (carries(step)) continue
        stoppedBy = `${limitIn(step.load)}, at ${members} members: ${why(step)}`
        break
      }
    } finally {
      await Promise.all([room.end(), others.end()])
    }
  })
  return {
    parameters: {
      quick,
      perSecond: PER_SECOND,
      dmPerSecond: DM_PER_SECOND,
      dmUsers: DM_USERS,
      ...span,
      settings: SETTINGS,
      steps: steps.map(readableStep),
    },
    stoppedBy,
    metrics: compare(METRICS, singles(figuresOf(steps.findLast(carries))), {}),
    curves: curvesOf(steps),
  }
}

async function measure(
  { server, room, others }: Readonly<Record<'server' | 'room' | 'others', Program>>,
  members: number,
  span: { readonly warmS: number; readonly seconds: number },
): Promise<Step> {
  room.tell({ do: 'grow', members })
  await room.next<Grown>('members', PREPARE_MS)
  const order = { ...span, perSecond: DM_PER_SECOND }
  others.tell(order)
  const without = await others.next<SendReport>('offered', REPORT_MS)
  const busy = new Busy({ node: server.pid, 'hot room’s generator': room.pid, 'other generator': others.pid })
  others.tell(order)
  room.tell({ do: 'heat', ...span, perSecond: PER_SECOND })
  const reports = Promise.all([
    room.next<HotReport>('due', REPORT_MS),
    others.next<SendReport>('offered', REPORT_MS),
  ])
  const [hot, withRoom] = await reports
  return { members, hot, without, with: withRoom, load: busy.sinceStart() }
}

function carries(step: Step): boolean {
  return why(step) === ''
}

/** Why a room is too large; empty when it is not. */
function why({ hot, without, with: withRoom }: Step): string {
  if (!isComplete(hot)) return `${hot.due - hot.received} of ${hot.due} frames did not come`
  if (!isSent(without) || !isSent(withRoom)) return '1:1 messages did not arrive'
  const p99 = Latencies.decode(hot.times).at(99)
  return p99 > LIVE_MS ? `the 99th percentile took ${Math.round(p99)} ms` : ''
}

/** Nothing when not even the smallest room was carried. */
function figuresOf(step: Step | undefined): Figures {
  if (step === undefined) return {}
  return {
    hot_room_members: step.members,
    hot_room_frames_per_s: step.members * PER_SECOND,
    hot_room_delivered_p99_ms: Latencies.decode(step.hot.times).at(99),
    dm_delivered_p99_ms_without: deliveredP99(step.without),
    dm_delivered_p99_ms_with: deliveredP99(step.with),
  }
}

function deliveredP99({ deliveredTimes }: SendReport): number {
  return Latencies.decode(deliveredTimes).at(99)
}

function curvesOf(steps: readonly Step[]): Curve[] {
  const bySize = (name: string, of: (step: Step) => number): Curve => ({
    chart: 'latency as the room grows, 99th percentile',
    name,
    x: 'members',
    unit: 'ms',
    points: steps.map((step) => [step.members, of(step)]),
  })
  const largest = steps.findLast(carries)
  const percentiles = (name: string, encoded: string): Curve => ({
    chart: `1:1 latency beside a room of ${largest?.members.toLocaleString('en-US')}`,
    name,
    x: 'percentile',
    unit: 'ms',
    points: Latencies.decode(encoded).curve(),
  })
  return [
    bySize('in the hot room', ({ hot }) => Latencies.decode(hot.times).at(99)),
    bySize('1:1s beside it', (step) => deliveredP99(step.with)),
    bySize('1:1s while it is silent', (step) => deliveredP99(step.without)),
    ...(largest === undefined
      ? []
      : [
          percentiles('room silent', largest.without.deliveredTimes),
          percentiles('room hot', largest.with.deliveredTimes),
        ]),
  ]
}

function readableStep({ members, hot: { times, ...hot }, without, with: withRoom, load }: Step) {
  return {
    members,
    hot: { ...hot, deliveredMs: Latencies.decode(times).percentiles() },
    without: readable(without),
    with: readable(withRoom),
    load,
  }
}
