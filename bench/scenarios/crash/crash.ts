/**
 * The crash scenario: a scheduler thread is terminated, then the node is killed (`kill -9`), each under thousands of sockets whose users
 * talk in 1:1s all the time.
 *
 * Open loop: messages are due all the while, whether or not the node is there. Completion is verified: every message has to be acknowledged
 * to its sender and delivered to its reader in the end.
 */
import { setTimeout as rest } from 'node:timers/promises'
import { Program } from '../../load/program.ts'
import { type Curve, compare, type Figures, type MetricSpec, singles } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import { CrashNode } from './crash-node.ts'
import type { CrashOrder, CrashReport } from './crash-order.ts'

const SOCKETS = 15_000
const QUICK_SOCKETS = 3_000
/** Each user says something every 3 s. */
const SECONDS_PER_ROUND = 3
/** Warm-up, from its end to the fault, and from there to the end: everyone speaks and reads several times. */
const SPANS = { warmS: 4, beforeS: 4, afterThreadS: 12, afterKillS: 24 }
const QUICK_SPANS = { warmS: 2, beforeS: 2, afterThreadS: 5, afterKillS: 9 }
const CONNECT_MS = 120_000
const REPORT_MS = 150_000

const METRICS: readonly MetricSpec[] = [
  {
    name: 'sockets_closed',
    unit: 'sockets',
    better: 'lower',
    target: { kind: 'value', limit: 0 },
    method: 'Sockets that ended because the only scheduler thread was terminated under them.',
  },
  {
    name: 'recovery_ms',
    unit: 'ms',
    better: 'lower',
    method:
      'From the end of the thread until the last message that was held up over 250 ms was acknowledged and delivered: messages flow again for everyone.',
  },
  {
    name: 'messages_lost',
    unit: 'messages',
    better: 'lower',
    target: { kind: 'value', limit: 0 },
    method: 'Messages of both runs that were not acknowledged, or not delivered, in the end.',
  },
  {
    name: 'kill_listening_ms',
    unit: 'ms',
    better: 'lower',
    method: 'From `kill -9` of the node, which is started again at once, until it listens again.',
  },
  {
    name: 'kill_all_resumed_s',
    unit: 's',
    better: 'lower',
    method:
      'From `kill -9` until every client is identified again; they come back with the jitter of the SDK.',
  },
  {
    name: 'kill_recovery_ms',
    unit: 'ms',
    better: 'lower',
    method: 'As recovery_ms, from `kill -9`: with the start of the node and the return of all clients.',
  },
]

type Strike = (node: CrashNode) => Promise<void>

/** A report, and how long the strike itself took: after a kill, until the node listens again. */
interface Struck extends CrashReport {
  readonly struckMs: number
}

export const crash: Scenario = {
  summary: 'a scheduler thread ends, then the node: who notices, and for how long',
  run: runCrash,
}

async function runCrash({ quick, seed, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const sockets = quick ? QUICK_SOCKETS : SOCKETS
  const { warmS, beforeS, afterThreadS, afterKillS } = quick ? QUICK_SPANS : SPANS
  const underLoad = async (name: string, afterS: number, strike: Strike): Promise<Struck> => {
    onProgress(`${name}: ${sockets} sockets`)
    const order = { perSecond: sockets / SECONDS_PER_ROUND, warmS, seconds: warmS + beforeS + afterS }
    const report = await struck(sockets, seed, order, beforeS, strike)
    onProgress(`${name}: ${JSON.stringify({ ...report, timeline: undefined })}`)
    return report
  }
  const thread = await underLoad('scheduler thread', afterThreadS, async ({ program }) =>
    program.tell({ endThread: 1 }),
  )
  const kill = await underLoad('kill -9', afterKillS, async (node) => {
    await node.program.kill()
    await node.start()
  })
  return {
    parameters: { quick, seed, sockets, messagesPerS: sockets / SECONDS_PER_ROUND, thread, kill },
    stoppedBy: stoppedBy(thread, kill),
    metrics: compare(METRICS, singles(figures(thread, kill)), {}),
    curves: [curve('a scheduler thread ends', thread), curve('the node is killed', kill)],
  }
}

/** Strikes in the middle of the load. */
async function struck(
  sockets: number,
  seed: number,
  order: CrashOrder,
  beforeS: number,
  strike: Strike,
): Promise<Struck> {
  const node = await CrashNode.start()
  const args = [JSON.stringify(node.target), String(sockets), String(seed)]
  const clients = new Program('../scenarios/crash/crash-process.ts', args)
  try {
    await clients.next('online', CONNECT_MS)
    clients.tell(order)
    await rest((order.warmS + beforeS) * 1_000)
    const faultAt = performance.now()
    clients.tell({ faultAt: performance.timeOrigin + faultAt })
    await strike(node)
    const struckMs = performance.now() - faultAt
    return { ...(await clients.next<CrashReport>('recoveryMs', REPORT_MS)), struckMs }
  } finally {
    await clients.end()
    await node.end()
  }
}

/** Figures that were not reached are missing. */
function figures(thread: CrashReport, kill: Struck): Figures {
  return {
    sockets_closed: thread.closed,
    recovery_ms: thread.recoveryMs,
    messages_lost: lost(thread) + lost(kill),
    kill_listening_ms: kill.struckMs,
    ...(kill.resumedMs !== undefined && { kill_all_resumed_s: kill.resumedMs / 1_000 }),
    kill_recovery_ms: kill.recoveryMs,
  }
}

function lost({ offered, sent, delivered }: CrashReport): number {
  return offered - Math.min(sent, delivered)
}

function stoppedBy(thread: CrashReport, kill: CrashReport): string {
  if (lost(thread) + lost(kill) > 0) return 'the time to settle, with messages missing'
  if (kill.resumedMs === undefined) return 'the time to settle, with clients missing'
  return 'completed'
}

function curve(name: string, { timeline }: CrashReport): Curve {
  return {
    chart: `latency around a crash: ${name}`,
    name: 'worst latency',
    x: 's',
    unit: 'ms',
    points: timeline,
  }
}
