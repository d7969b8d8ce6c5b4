/**
 * The connections scenario: what an identified, idle connection costs.
 *
 * Memory is anonymous memory of the server's process (RssAnon), against that of the same process before the first connection, both
 * after a rest: what a box has to provide, with the slack of allocators and heaps. The generator is a process of its own.
 */
import { setTimeout as rest } from 'node:timers/promises'
import type { Connected } from '../../load/crowd-process.ts'
import { GUILDHALL_JSON } from '../../load/dialect.ts'
import { Fleet } from '../../load/fleet.ts'
import { cpuSeconds, rssAnonBytes } from '../../load/proc.ts'
import { withServer } from '../../load/with-server.ts'
import { compare, type Figures, type MetricSpec } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'

const CONNECTIONS = 15_000
const QUICK_CONNECTIONS = 5_000
const AT_ONCE = 200
const CONNECT_MS = 120_000
/** For garbage of the ramp to be collected. */
const REST_MS = 10_000
const IDLE_MS = 25_000
const QUICK_IDLE_MS = 8_000

const METRICS: readonly MetricSpec[] = [
  {
    name: 'user_bytes_per_connection',
    unit: 'bytes',
    better: 'lower',
    target: { kind: 'value', limit: 2_500 },
    method: 'RssAnon of the server that all identified connections added, after a rest, for each of them.',
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
    method: 'Processor time of the server over a span in which every connection is idle.',
  },
]

export const connections: Scenario = {
  summary: 'what an identified, idle connection costs',
  run: runConnections,
}

async function runConnections({ quick, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const count = quick ? QUICK_CONNECTIONS : CONNECTIONS
  const figures = await withServer({}, async (server, target): Promise<Figures> => {
    await rest(REST_MS / 2)
    const before = rssAnonBytes(server.pid)
    onProgress(`${count} connections`)
    const crowd = { target, dialect: GUILDHALL_JSON.name, process: 0, first: 0, count }
    const load = new Fleet('crowd-process.ts', 1, () => [JSON.stringify(crowd)])
    try {
      const order = { do: 'connect', atOnce: AT_ONCE }
      const [connected] = await load.ask<Connected>(order, 'connected', CONNECT_MS)
      const tookMs = connected?.tookMs ?? Number.NaN
      onProgress(`all identified after ${tookMs} ms; resting`)
      await rest(REST_MS)
      const cpuBefore = cpuSeconds(server.pid)
      const idleMs = quick ? QUICK_IDLE_MS : IDLE_MS
      await rest(idleMs)
      return {
        user_bytes_per_connection: (rssAnonBytes(server.pid) - before) / count,
        accepts_per_s: (count * 1_000) / tookMs,
        idle_cpu_percent: ((cpuSeconds(server.pid) - cpuBefore) * 100_000) / idleMs,
      }
    } finally {
      await load.end()
    }
  })
  return {
    parameters: { quick, connections: count, atOnce: AT_ONCE, codec: 'guildhall.v1.json' },
    stoppedBy: 'completed',
    metrics: compare(METRICS, { spreads: once(figures) }, {}),
  }
}

function once(figures: Figures): Record<string, { median: number; min: number; max: number }> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, { median: value, min: value, max: value }]),
  )
}
