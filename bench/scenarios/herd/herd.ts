/**
 * The herd scenario: all clients of a node lose their sockets in one moment and come back with the SDK's backoff.
 *
 * Once with `resume` and once with `identify`, each on a node of its own. Every client has to be there again; with `resume` with the
 * session that it had. Drops are resets, as when a load balancer dies.
 */
import { setTimeout as rest } from 'node:timers/promises'
import type { Connected } from '../../load/crowd-process.ts'
import { DescriptorWatch, descriptorLimit } from '../../load/descriptors.ts'
import { GUILDHALL_JSON } from '../../load/dialect.ts'
import { Fleet, shares } from '../../load/fleet.ts'
import { sharedClockMs } from '../../load/shared-clock.ts'
import { withServer } from '../../load/with-server.ts'
import { type Curve, compare, type MetricSpec, singles } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import type { HerdOrder, HerdReport } from './herd-process.ts'
import { peakToMean, sumOf } from './spread.ts'

const CLIENTS = 15_000
const QUICK_CLIENTS = 3_000
const PROCESSES = 2
const AT_ONCE = 100
const CONNECT_MS = 120_000
/** Sessions are still being set up after the last `ready`. */
const REST_MS = 5_000
const QUICK_REST_MS = 1_500
const HEAD_START_MS = 300
const WITHIN_MS = 60_000
const BIN_MS = 100
/** The SDK's first backoff is up to 1 s, so first attempts fill the first ten. */
const FIRST_BINS = 10
const BINS = 200

const METRICS: readonly MetricSpec[] = [
  {
    name: 'all_resumed_s',
    unit: 's',
    better: 'lower',
    target: { kind: 'value', limit: 20 },
    method: 'From the drop to the `resumed` of the last client.',
  },
  {
    name: 'all_identified_s',
    unit: 's',
    better: 'lower',
    target: { kind: 'value', limit: 20 },
    method: 'The same with `identify`, to the last `ready`.',
  },
  {
    name: 'sessions_lost',
    unit: 'sessions',
    better: 'lower',
    target: { kind: 'value', limit: 0 },
    method: 'Clients that were not back within 60 s, or not with their session, in both ways.',
  },
  {
    name: 'reconnects_peak_to_mean',
    unit: 'times the mean',
    better: 'lower',
    target: { kind: 'value', limit: 1.25 },
    method:
      'Clients per 100 ms by when their first attempt is due, over the second that the first backoff spans: the fullest against the mean; 1 is flat.',
  },
  {
    name: 'descriptors_peak_percent',
    unit: '% of the limit',
    better: 'lower',
    target: { kind: 'value', limit: 90 },
    method: 'Open file descriptors of the node at their most, looked at every 100 ms.',
  },
]

type Way = 'resume' | 'identify'

interface Return extends Omit<HerdReport, 'failures'> {
  readonly failures: Readonly<Record<string, number>>
  readonly descriptors: number
}

export const herd: Scenario = { summary: 'all sockets drop at once and come back', run: runHerd }

async function runHerd({ quick, seed, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const clients = quick ? QUICK_CLIENTS : CLIENTS
  const results = {} as Record<Way, Return>
  for (const way of ['resume', 'identify'] as const) {
    onProgress(`${clients} clients, then all come back with ${way}`)
    results[way] = await measureHerd(clients, way, quick ? QUICK_REST_MS : REST_MS, seed)
    const { tookMs, back, gone, failures } = results[way]
    onProgress(
      `${back} back after ${Math.round(tookMs)} ms, ${gone} gone, failures ${JSON.stringify(failures)}`,
    )
  }
  const { resume, identify } = results
  const figures = {
    all_resumed_s: resume.tookMs / 1_000,
    all_identified_s: identify.tookMs / 1_000,
    sessions_lost: 2 * clients - resume.back - identify.back,
    reconnects_peak_to_mean: Math.max(
      ...[resume, identify].map(({ due }) => peakToMean(due.slice(0, FIRST_BINS))),
    ),
    descriptors_peak_percent: (Math.max(resume.descriptors, identify.descriptors) * 100) / descriptorLimit(),
  }
  return {
    parameters: {
      quick,
      seed,
      clients,
      processes: PROCESSES,
      backoff: 'of the SDK: full jitter, first up to 1 s',
      failures: { resume: resume.failures, identify: identify.failures },
    },
    stoppedBy: 'completed',
    metrics: compare(METRICS, singles(figures), {}),
    curves: [...curves('resume', resume), ...curves('identify', identify)],
  }
}

export function measureHerd(clients: number, way: Way, restMs: number, seed: number): Promise<Return> {
  return withServer({}, async (server, target) => {
    const parts = shares(clients, PROCESSES)
    const fleet = new Fleet('../scenarios/herd/herd-process.ts', PROCESSES, (process) => [
      JSON.stringify({ target, dialect: GUILDHALL_JSON.name, process, ...parts[process] }),
      String(seed + process),
    ])
    const watch = new DescriptorWatch(server.pid)
    try {
      await fleet.ask<Connected>({ do: 'connect', atOnce: AT_ONCE }, 'connected', CONNECT_MS)
      await rest(restMs)
      const order: HerdOrder = {
        do: 'drop',
        atMs: sharedClockMs() + HEAD_START_MS,
        with: way,
        withinMs: WITHIN_MS,
        binMs: BIN_MS,
        bins: BINS,
      }
      const reports = await fleet.ask<HerdReport>(order, 'back', 2 * WITHIN_MS)
      return { ...merged(reports), descriptors: watch.peak }
    } finally {
      watch.stop()
      await fleet.end()
    }
  })
}

function merged(reports: readonly HerdReport[]): Omit<Return, 'descriptors'> {
  const failures: Record<string, number> = {}
  for (const report of reports) {
    for (const [code, count] of Object.entries(report.failures))
      failures[code] = (failures[code] ?? 0) + count
  }
  return {
    back: reports.reduce((sum, { back }) => sum + back, 0),
    gone: reports.reduce((sum, { gone }) => sum + gone, 0),
    failures,
    tookMs: Math.max(...reports.map(({ tookMs }) => tookMs)),
    due: sumOf(reports.map(({ due }) => due)),
    attempts: sumOf(reports.map(({ attempts }) => attempts)),
    returns: sumOf(reports.map(({ returns }) => returns)),
  }
}

function curves(way: Way, { due, attempts, returns }: Return): Curve[] {
  const chart = `clients per ${BIN_MS} ms after the drop, ${way}`
  const end = Math.max(FIRST_BINS, returns.findLastIndex((count) => count > 0) + 2)
  const points = (counts: readonly number[]) =>
    counts.slice(0, end).map((count, bin): [number, number] => [(bin * BIN_MS) / 1_000, count])
  return [
    { chart, name: 'due', x: 's', unit: 'clients', points: points(due) },
    { chart, name: 'first attempts', x: 's', unit: 'clients', points: points(attempts) },
    { chart, name: 'back', x: 's', unit: 'clients', points: points(returns) },
  ]
}
