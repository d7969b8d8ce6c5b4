/**
 * `connections --box`: fills the box with identified sessions, several nodes and as many generators, each below its limit of
 * descriptors, until the count is reached or the box stops it. Then all are held for a while, with heartbeats, and counted again.
 *
 * It stops by itself before memory runs out: a node is started only while the last one's memory is there once more and a reserve
 * stays free. A node that does not come up, or does not take all its sessions, ends it too. `stoppedBy` says what it was. Where the cores could not keep up with a heartbeat every 30 s, heartbeats are rarer; the
 * parameters say how rare.
 */
import os from 'node:os'
import { setTimeout as rest } from 'node:timers/promises'
import type { Connected, Open } from '../../load/crowd-process.ts'
import { descriptorLimit } from '../../load/descriptors.ts'
import { GUILDHALL_JSON } from '../../load/dialect.ts'
import { Fleet } from '../../load/fleet.ts'
import { availableBytes, kernelBytes } from '../../load/kernel-memory.ts'
import { cpuSeconds, rssAnonBytes } from '../../load/proc.ts'
import { type OpenServer, openServer } from '../../load/with-server.ts'
import { type Curve, compare, type MetricSpec, singles } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import { type BoxPlan, planBox, stopReason } from './box-plan.ts'

export const BOX_COUNT = '1000000'

const AT_ONCE = 200
const CONNECT_MS = 300_000
const COUNT_MS = 60_000
/** Garbage of the ramp is collected meanwhile. */
const HOLD_MS = 45_000
const QUICK_HOLD_MS = 12_000
/** What the first node is taken to need, its generator and the kernel included. */
const FIRST_NODE_BYTES = 500 * 2 ** 20
const RESERVE_BYTES = 1_024 * 2 ** 20
const SILENT_FACTOR = 2.5
const MIB = 2 ** 20

const METRICS: readonly MetricSpec[] = [
  {
    name: 'sessions',
    unit: 'sessions',
    better: 'higher',
    method:
      'Identified sessions that were still there, without one lost, when all had been held for a while.',
  },
  {
    name: 'accepts_per_s',
    unit: 'connections/s',
    better: 'higher',
    method: 'Sessions over the time in which they connected and identified; the start of nodes is left out.',
  },
  {
    name: 'node_bytes_per_connection',
    unit: 'bytes',
    better: 'lower',
    method:
      'RssAnon of all nodes, what a node takes without sessions included, for each session, at the end of the hold.',
  },
  {
    name: 'kernel_bytes_per_connection',
    unit: 'bytes',
    better: 'lower',
    method: 'Slabs and TCP buffers of the machine that the run added, both ends, for each session.',
  },
  {
    name: 'generator_bytes_per_connection',
    unit: 'bytes',
    better: 'lower',
    method: 'RssAnon of the generators, for each session.',
  },
  {
    name: 'box_bytes_per_connection',
    unit: 'bytes',
    better: 'lower',
    method: 'Available memory of the machine that the whole run took, everything included, for each session.',
  },
  {
    name: 'idle_cpu_percent',
    unit: '% of a core',
    better: 'lower',
    method: 'Processor time of all nodes together while the sessions are held.',
  },
]

export function box(count: number): Scenario {
  return { summary: 'as many sessions as the box carries', run: (options) => fillBox(count, options) }
}

interface Pair {
  readonly server: OpenServer
  readonly generator: Fleet
  readonly sessions: number
}

class Box {
  readonly pairs: Pair[] = []
  connectMs = 0
  /** As it filled: sessions, and MiB that the machine and the nodes had given by then. */
  readonly machineMiB: [number, number][] = [[0, 0]]
  readonly nodesMiB: [number, number][] = [[0, 0]]
  readonly #availableAtFirst = availableBytes()
  readonly #plan: BoxPlan
  readonly #onProgress: (line: string) => void

  constructor(plan: BoxPlan, onProgress: (line: string) => void) {
    this.#plan = plan
    this.#onProgress = onProgress
  }

  get sessions(): number {
    return this.pairs.reduce((sum, { sessions }) => sum + sessions, 0)
  }

  /** Returns what ended it. */
  async fill(): Promise<string> {
    let neededBytes = FIRST_NODE_BYTES
    for (const [number, part] of this.#plan.nodes.entries()) {
      const before = availableBytes()
      const reason = stopReason(before, neededBytes, RESERVE_BYTES)
      if (reason !== undefined) return reason
      const failure = await this.#add(number, part).catch((error: unknown) => error)
      if (failure !== undefined) return `node ${number + 1}: ${String(failure)}`
      neededBytes = Math.max(0, before - availableBytes())
      this.#note()
      this.#onProgress(
        `${this.sessions} sessions on ${number + 1} nodes, ${Math.round(availableBytes() / 2 ** 20)} MiB available`,
      )
    }
    return 'completed'
  }

  async #add(process: number, { first, count }: { first: number; count: number }): Promise<void> {
    const { heartbeatMs } = this.#plan
    const silentMs = Math.round(heartbeatMs * SILENT_FACTOR)
    const server = await openServer({ heartbeatMs, silentMs, nodeNumber: process % 64 })
    const { target } = server
    const generator = new Fleet('crowd-process.ts', 1, () => [
      JSON.stringify({ target, dialect: GUILDHALL_JSON.name, process, first, count }),
    ])
    try {
      const order = { do: 'connect', atOnce: AT_ONCE }
      const [connected] = await generator.ask<Connected>(order, 'connected', CONNECT_MS)
      this.connectMs += connected?.tookMs ?? Number.NaN
      this.pairs.push({ server, generator, sessions: count })
    } catch (error) {
      await generator.end()
      await server.close()
      throw error
    }
  }

  #note(): void {
    const nodes = this.pairs.reduce((sum, { server }) => sum + rssAnonBytes(server.program.pid), 0)
    this.machineMiB.push([this.sessions, (this.#availableAtFirst - availableBytes()) / MIB])
    this.nodesMiB.push([this.sessions, nodes / MIB])
  }

  /** Those that are open now, at the generators. */
  async count(): Promise<number> {
    const counts = await Promise.all(
      this.pairs.map(({ generator }) => generator.ask<Open>({ do: 'count' }, 'open', COUNT_MS)),
    )
    return counts.flat().reduce((sum, { open }) => sum + open, 0)
  }

  /** Generators first, all at once: nobody comes back. */
  async clear(): Promise<void> {
    await Promise.all(this.pairs.map(({ generator }) => generator.end()))
    await Promise.all(this.pairs.map(({ server }) => server.close()))
  }
}

async function fillBox(count: number, { quick, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const plan = planBox(count, descriptorLimit(), os.availableParallelism())
  const before = { available: availableBytes(), kernel: kernelBytes() }
  const box = new Box(plan, onProgress)
  try {
    const stoppedBy = await box.fill()
    if (box.sessions === 0) throw new Error(`Cannot fill the box: ${stoppedBy}`)
    const holdMs = quick ? QUICK_HOLD_MS : HOLD_MS
    onProgress(`${box.sessions} sessions are held for ${holdMs / 1_000} s`)
    const cpuBefore = cpuOf(box)
    await rest(holdMs)
    const cpuPercent = ((cpuOf(box) - cpuBefore) * 100_000) / holdMs
    const figures = { ...memoryOf(box, before), idle_cpu_percent: cpuPercent, sessions: await box.count() }
    const { heartbeatMs } = plan
    return {
      parameters: { quick, count, nodes: box.pairs.length, heartbeatMs, holdMs, codec: GUILDHALL_JSON.name },
      stoppedBy:
        figures.sessions < box.sessions ? `${box.sessions - figures.sessions} sessions were lost` : stoppedBy,
      metrics: compare(METRICS, singles(figures), {}),
      curves: [
        curve('the whole run, clients and kernel included', box.machineMiB),
        curve('nodes', box.nodesMiB),
      ],
    }
  } finally {
    await box.clear()
  }
}

function memoryOf(box: Box, before: { available: number; kernel: number }): Record<string, number> {
  const { pairs, sessions } = box
  const sum = (of: (pair: Pair) => number): number => pairs.reduce((total, pair) => total + of(pair), 0)
  const nodes = sum(({ server }) => rssAnonBytes(server.program.pid))
  const generators = sum(({ generator }) => rssAnonBytes(generator.programs[0]?.pid ?? Number.NaN))
  return {
    accepts_per_s: (sessions * 1_000) / box.connectMs,
    node_bytes_per_connection: nodes / sessions,
    kernel_bytes_per_connection: (kernelBytes() - before.kernel) / sessions,
    generator_bytes_per_connection: generators / sessions,
    box_bytes_per_connection: (before.available - availableBytes()) / sessions,
  }
}

function curve(name: string, points: Curve['points']): Curve {
  return { chart: 'memory against sessions on one box', name, x: 'connections', unit: 'MiB', points }
}

function cpuOf({ pairs }: Box): number {
  return pairs.reduce((sum, { server }) => sum + cpuSeconds(server.program.pid), 0)
}
