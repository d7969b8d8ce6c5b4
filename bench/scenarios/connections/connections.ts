/**
 * The connections scenario: what an identified, idle connection costs, ours and on four peers.
 *
 * Memory is anonymous memory of the server's process (RssAnon), against that of the same process with 500 connections, both
 * after a rest: what a box has to provide, with the slack of allocators and heaps. V8's part of it and the kernel's memory stand
 * apart. The generator is a process of its own. To a full box: `box.ts`.
 */
import { setTimeout as rest } from 'node:timers/promises'
import { type Contestant, type RoundOptions, runRounds } from '../../contestant.ts'
import type { Connected, Open } from '../../load/crowd-process.ts'
import { Fleet } from '../../load/fleet.ts'
import { kernelBytes } from '../../load/kernel-memory.ts'
import { cpuSeconds, rssAnonBytes } from '../../load/proc.ts'
import type { Program } from '../../load/program.ts'
import { ours, type RunningServer } from '../../load/server-contestant.ts'
import { cowboy } from '../../peers/cowboy/cowboy.ts'
import { socketio } from '../../peers/socketio/socketio.ts'
import { uws } from '../../peers/uws/uws.ts'
import { ws } from '../../peers/ws/ws.ts'
import { compare, type Figures, type MetricSpec } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import { serverContestants } from '../server-rounds.ts'
import { type RampPoint, rampCurves, watchRamp } from './ramp.ts'

const CONNECTIONS = 15_000
const QUICK_CONNECTIONS = 2_000
/** Not counted, and there before: what code, threads and heaps take however few come. */
const WARM_UP_CONNECTIONS = 500
const CPU_RESOLUTION_S = 0.01
const AT_ONCE = 200
const CONNECT_MS = 120_000
const ANSWER_MS = 30_000
/** For garbage of the ramp to be collected: we do so after 4 s (runtime/thread/settler.ts), V8 by itself, in peers, after half a minute. */
const REST_MS = 45_000
const QUICK_REST_MS = 1_500
const IDLE_MS = 25_000
const QUICK_IDLE_MS = 2_000

const METRICS: readonly MetricSpec[] = [
  {
    name: 'user_bytes_per_connection',
    unit: 'bytes',
    better: 'lower',
    target: { kind: 'value', limit: 2_500 },
    method: 'RssAnon of the server that all identified connections added, after a rest, for each of them.',
  },
  {
    name: 'heap_bytes_per_connection',
    unit: 'bytes',
    better: 'lower',
    method: 'The part of it that V8 holds in use on all threads, garbage included.',
  },
  {
    name: 'kernel_bytes_per_connection',
    unit: 'bytes',
    better: 'lower',
    method: 'Slabs and TCP buffers of the machine that the connections added: both ends are on it.',
  },
  {
    name: 'accepts_per_s',
    unit: 'connections/s',
    better: 'higher',
    method: 'Connections over the time from the first TCP connect to the last `ready`, 200 at once.',
  },
  {
    name: 'idle_cpu_percent',
    unit: '% of a core',
    better: 'lower',
    method: 'Processor time of the server over a span in which every connection is idle, pings included.',
  },
]

export const connections: Scenario = {
  summary: 'what an identified, idle connection costs; --box fills the machine',
  run: async (options) => {
    const count = options.quick ? QUICK_CONNECTIONS : CONNECTIONS
    const ramps = new Map<string, readonly RampPoint[]>()
    const measure = (server: RunningServer, round: RoundOptions, name: string) =>
      measureConnections(server, count, round, (points) => ramps.set(name, points))
    const contestants = serverContestants([ours({}), uws, ws, socketio, cowboy], measure)
    return { ...(await runConnections(contestants, count, options)), curves: rampCurves(ramps) }
  },
}

/** The contestants are a parameter for the tests. The first is the one that the others are compared with. */
export async function runConnections(
  contestants: readonly Contestant[],
  count: number,
  { quick, onProgress }: ScenarioOptions,
): Promise<ScenarioReport> {
  const [mine, ...peers] = await runRounds(contestants, 1, { quick }, (contestant) =>
    onProgress(`${count} connections: ${contestant}`),
  )
  if (mine === undefined) throw new Error('Cannot compare contestants: there are none')
  return {
    parameters: {
      quick,
      connections: count,
      atOnce: AT_ONCE,
      codec: 'guildhall.v1.json',
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

/** @throws Error when a connection is not there any more at the end. */
export async function measureConnections(
  { program, target, dialect }: RunningServer,
  count: number,
  { quick }: RoundOptions,
  onRamp: (points: readonly RampPoint[]) => void = () => {},
): Promise<Figures> {
  const crowd = (process: number, first: number, count: number) =>
    new Fleet('crowd-process.ts', 1, () => [
      JSON.stringify({ target, dialect: dialect.name, process, first, count }),
    ])
  const load = crowd(0, 0, count)
  const warmUp = crowd(1, count, WARM_UP_CONNECTIONS)
  try {
    const order = { do: 'connect', atOnce: AT_ONCE }
    await warmUp.ask<Connected>(order, 'connected', CONNECT_MS)
    const restMs = quick ? QUICK_REST_MS : REST_MS
    await rest(restMs)
    const before = await memoryOf(program)
    const connecting = load.ask<Connected>(order, 'connected', CONNECT_MS)
    const ramp = await watchRamp({ pid: program.pid, count, beforeBytes: before.user }, load, connecting)
    const [connected] = await connecting
    onRamp(ramp)
    await rest(restMs)
    const idleMs = quick ? QUICK_IDLE_MS : IDLE_MS
    const cpuBefore = cpuSeconds(program.pid)
    await rest(idleMs)
    // Less than the system counts is not nothing.
    const cpu = Math.max(CPU_RESOLUTION_S, cpuSeconds(program.pid) - cpuBefore)
    const after = await memoryOf(program)
    const [open] = await load.ask<Open>({ do: 'count' }, 'open', ANSWER_MS)
    if (open?.open !== count)
      throw new Error(`Cannot measure ${count} connections: ${open?.open} are left, ${JSON.stringify(open)}`)
    return {
      user_bytes_per_connection: (after.user - before.user) / count,
      ...(after.heap !== undefined && {
        heap_bytes_per_connection: (after.heap - (before.heap ?? 0)) / count,
      }),
      kernel_bytes_per_connection: (after.kernel - before.kernel) / count,
      accepts_per_s: (count * 1_000) / (connected?.tookMs ?? Number.NaN),
      idle_cpu_percent: (cpu * 100_000) / idleMs,
    }
  } finally {
    await Promise.all([load.end(), warmUp.end()])
  }
}

interface Memory {
  readonly user: number
  readonly kernel: number
  /** Missing where there is no V8. */
  readonly heap: number | undefined
}

async function memoryOf(program: Program): Promise<Memory> {
  const user = rssAnonBytes(program.pid)
  const kernel = kernelBytes()
  if (!program.isNode) return { user, kernel, heap: undefined }
  const answer = program.next<{ heapBytes: number }>('heapBytes', ANSWER_MS)
  program.tell({ do: 'heap' })
  return { user, kernel, heap: (await answer).heapBytes }
}
