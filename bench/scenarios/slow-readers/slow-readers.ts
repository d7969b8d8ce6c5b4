/**
 * The slow-readers scenario: a flood of 1,000 messages/s in a room of which some members read 10 a second: who pays for them?
 *
 * The flood runs twice, first with everybody reading, then with slow readers; then they catch up by pulling. Completion is verified: every
 * member, slow or not, holds every message in the end.
 */
import { Latencies } from '../../latency.ts'
import { rssAnonBytes } from '../../load/proc.ts'
import { Program } from '../../load/program.ts'
import { withServer } from '../../load/with-server.ts'
import { type Curve, compare, type Figures, type MetricSpec, singles } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import type { FloodOrder, FloodOver, FloodReport } from './slow-order.ts'

const MEMBERS = 16
const SLOW = 4
const PACE = { perSecond: 1_000, slowPerSecond: 10 }
const SPAN = { warmS: 3, seconds: 17 }
const QUICK_SPAN = { warmS: 1, seconds: 6 }
/** Ten speakers share the flood, so the limit per connection must not be what is measured. */
const SETTINGS = { framesPerPeriod: 100_000, framesBurst: 100_000 }
const PREPARE_MS = 30_000
const FLOOD_MS = 60_000
const REPORT_MS = 90_000
const SAMPLE_MS = 200
const MIB = 2 ** 20

const METRICS: readonly MetricSpec[] = [
  {
    name: 'memory_growth_mb',
    unit: 'MiB',
    better: 'lower',
    method:
      'RssAnon of the node: its peak in the second half of the flood with slow readers, over its peak in the first half.',
  },
  {
    name: 'memory_peak_mb',
    unit: 'MiB',
    better: 'lower',
    method: 'RssAnon of the node: its peak during that flood.',
  },
  {
    name: 'others_delivered_p99_ms_without',
    unit: 'ms',
    better: 'lower',
    method: 'From when a message was due to its arrival at a member that keeps up, all members keeping up.',
  },
  {
    name: 'others_delivered_p99_ms_with',
    unit: 'ms',
    better: 'lower',
    method: 'The same beside slow readers.',
  },
  {
    name: 'caught_up_s',
    unit: 's',
    better: 'lower',
    method: 'From the end of the flood until every slow reader, now at full speed, held every message.',
  },
  {
    name: 'messages_missing',
    unit: 'messages',
    better: 'lower',
    target: { kind: 'value', limit: 0 },
    method: 'Messages that a member, slow or not, did not hold in the end.',
  },
]

/** Seconds since the flood began, and RssAnon in MiB. */
type Memory = readonly (readonly [number, number])[]

interface Flooded {
  readonly report: FloodReport
  readonly memory: Memory
}

export const slowReaders: Scenario = {
  summary: 'a flood, and members that cannot follow: who pays for them',
  run: runSlowReaders,
}

async function runSlowReaders({ quick, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const span = quick ? QUICK_SPAN : SPAN
  const [without, withSlow] = await withServer(SETTINGS, async (server, target) => {
    const args = [JSON.stringify(target), String(MEMBERS)]
    const room = new Program('../scenarios/slow-readers/slow-process.ts', args)
    const flood = async (slow: number): Promise<Flooded> => {
      const flooded = await measure(server, room, { ...PACE, ...span, slow })
      onProgress(`${slow} of ${MEMBERS} read slowly: ${JSON.stringify(readable(flooded))}`)
      return flooded
    }
    try {
      await room.next('guild', PREPARE_MS)
      return [await flood(0), await flood(SLOW)] as const
    } finally {
      await room.end()
    }
  })
  return {
    parameters: {
      quick,
      members: MEMBERS,
      slow: SLOW,
      ...PACE,
      ...span,
      settings: SETTINGS,
      without: readable(without),
      with: readable(withSlow),
    },
    stoppedBy: withSlow.report.missing === 0 ? 'completed' : 'the time to catch up, with messages missing',
    metrics: compare(METRICS, singles(figuresOf(without, withSlow)), {}),
    curves: curvesOf(without, withSlow),
  }
}

async function measure(server: Program, room: Program, order: FloodOrder): Promise<Flooded> {
  const memory: [number, number][] = []
  const startedAt = performance.now()
  const look = (): void => {
    memory.push([(performance.now() - startedAt) / 1_000, rssAnonBytes(server.pid) / MIB])
  }
  const looking = setInterval(look, SAMPLE_MS)
  try {
    const over = room.next<FloodOver>('floodMs', FLOOD_MS)
    const done = room.next<FloodReport>('caughtUpMs', FLOOD_MS + REPORT_MS)
    room.tell(order)
    await over
    clearInterval(looking)
    return { report: await done, memory }
  } finally {
    clearInterval(looking)
  }
}

function figuresOf(without: Flooded, withSlow: Flooded): Figures {
  const { memory, report } = withSlow
  const half = Math.floor(memory.length / 2)
  const [early, late] = [peak(memory.slice(0, half)), peak(memory.slice(half))]
  return {
    memory_growth_mb: Math.max(0, late - early),
    memory_peak_mb: Math.max(early, late),
    others_delivered_p99_ms_without: Latencies.decode(without.report.times).at(99),
    others_delivered_p99_ms_with: Latencies.decode(report.times).at(99),
    caught_up_s: report.caughtUpMs / 1_000,
    messages_missing: without.report.missing + report.missing,
  }
}

function peak(memory: Memory): number {
  return Math.max(0, ...memory.map(([, mib]) => mib))
}

function curvesOf(without: Flooded, withSlow: Flooded): Curve[] {
  const both: readonly (readonly [string, Flooded])[] = [
    ['all keep up', without],
    [`${SLOW} of ${MEMBERS} read slowly`, withSlow],
  ]
  return [
    ...both.map(
      ([name, { report }]): Curve => ({
        chart: 'delivery to members that keep up',
        name,
        x: 'percentile',
        unit: 'ms',
        points: Latencies.decode(report.times).curve(),
      }),
    ),
    ...both.map(
      ([name, { memory }]): Curve => ({
        chart: 'memory of the node under a flood',
        name,
        x: 's',
        unit: 'MiB',
        points: memory,
      }),
    ),
  ]
}

function readable({ report: { times, ...report } }: Flooded) {
  return { ...report, othersMs: Latencies.decode(times).percentiles() }
}
