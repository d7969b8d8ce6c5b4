/**
 * The inspector scenario: what an operator's questions take on a node with 15,000 idle sessions and a crash loop, and what they cost
 * those who send messages meanwhile.
 *
 * 1,000 durable 1:1 messages/s, open loop, by turns with nobody asking and with an operator who asks a question a second: `tree`, `top`,
 * `threads` and `why` in turn.
 * Ten times a second an owner of a conversation is killed, in both. Then the same by the commands that people type, which is no part
 * of what messages take: starting them keeps a core busy. Server, clients and operator share the box.
 */

import { Latencies } from '../../latency.ts'
import type { CrowdArguments } from '../../load/crowd-arguments.ts'
import type { Connected } from '../../load/crowd-process.ts'
import { Fleet } from '../../load/fleet.ts'
import type { Asked, OperatorReport } from '../../load/operator-process.ts'
import { Program } from '../../load/program.ts'
import type { Target } from '../../load/target.ts'
import { withServer } from '../../load/with-server.ts'
import { compare, type MetricSpec, type Spread } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import { readable, type SendOrder, type SendReport } from '../send/send-order.ts'

const IDLE = 15_000
const QUICK_IDLE = 3_000
const IDLE_AT_ONCE = 64
const WARM_S = 5
const USERS = 64
const PER_S = 1_000
const SECONDS = 5
const QUICK_SECONDS = 3
/** Of spans with nobody asking and with an operator: the p99 of one span alone varies twofold. */
const PAIRS = 16
/** Spans with commands. */
const TYPED = 3
const SETTLE_S = 1
const SETTINGS = { framesPerPeriod: 100_000, framesBurst: 100_000 }
const READY_MS = 120_000
const REPORT_MS = 60_000
const QUESTIONS = ['tree', 'top', 'threads', 'why'] as const
const COMMANDS: Readonly<Record<(typeof QUESTIONS)[number], string>> = {
  tree: 'guildhall tree --json',
  top: 'guildhall top --once --json', // over 100 ms, which is in it
  threads: 'guildhall threads --json',
  why: 'guildhall why --json',
}

const METRICS: readonly MetricSpec[] = [
  ...QUESTIONS.map(
    (question): MetricSpec => ({
      name: `${question}_p50_ms`,
      unit: 'ms',
      better: 'lower',
      target: { kind: 'value', limit: 300 },
      method: `From \`${question}\` to its answer, over an open connection to the Unix socket, while messages are sent.`,
    }),
  ),
  ...QUESTIONS.map(
    (question): MetricSpec => ({
      name: `${question}_command_p50_ms`,
      unit: 'ms',
      better: 'lower',
      method: `\`${COMMANDS[question]}\` from the start of its process to its end, while messages are sent.`,
    }),
  ),
  {
    name: 'refused',
    unit: 'answers',
    better: 'lower',
    target: { kind: 'value', limit: 0 },
    method: 'Questions and commands of a span that were answered with BUSY, and so are in none of the times.',
  },
  {
    name: 'p99_ratio',
    unit: 'x',
    better: 'lower',
    target: { kind: 'value', limit: 1.05 },
    method:
      'The p99 from when a message was due to its `sent`, over all spans with an operator asking, over that of all with nobody asking, by turns. Least and greatest: of a pair.',
  },
]

export const inspector: Scenario = {
  summary: "operators' questions with 15,000 sessions and a crash loop",
  run: runInspector,
}

interface Pair {
  readonly quiet: SendReport
  readonly asked: SendReport
  readonly operator: OperatorReport
}

async function runInspector({ quick, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const idle = quick ? QUICK_IDLE : IDLE
  const seconds = quick ? QUICK_SECONDS : SECONDS
  const order = { perSecond: PER_S, warmS: SETTLE_S, seconds }
  const { pairs, typed } = await withServer(SETTINGS, async (_server, target, admin) => {
    const sessions = new Fleet('crowd-process.ts', 1, (process) => [idleArguments(target, idle, process)])
    const sending = new Program('../scenarios/send/send-process.ts', [JSON.stringify(target), String(USERS)])
    // Heard from now on: it may be ready before the sessions are.
    const prepared = sending.next('conversations', READY_MS)
    try {
      const connect = { do: 'connect', atOnce: IDLE_AT_ONCE }
      onProgress(JSON.stringify(await sessions.ask<Connected>(connect, 'connected', READY_MS)))
      await prepared
      const offer = (): Promise<SendReport> => send(sending, order)
      await send(sending, { ...order, warmS: quick ? QUICK_SECONDS : WARM_S })
      const { report, result } = await during({ socket: admin, what: 'crashes' }, async () => {
        const asking = () => during({ socket: admin, what: 'questions' }, offer)
        const pairs: Pair[] = []
        for (let number = 0; number < (quick ? 1 : PAIRS); number++) {
          pairs.push(await pairOf(offer, asking, number % 2 === 0))
          onProgress(JSON.stringify(pairs.map(readablePair).at(-1)))
        }
        const typed: OperatorReport[] = []
        for (let number = 0; number < (quick ? 1 : TYPED); number++)
          typed.push((await during({ socket: admin, what: 'commands' }, offer)).report)
        return { pairs, typed }
      })
      onProgress(`crash loop: ${JSON.stringify(report)}`)
      return result
    } finally {
      await sending.end()
      await sessions.end()
    }
  })
  const refused = [...pairs.map(({ operator }) => operator), ...typed].map((each) => each.refused)
  const spreads = Object.fromEntries([
    ...QUESTIONS.map((name) => [
      `${name}_p50_ms`,
      spread(pairs.map(({ operator }) => operator.tookMs[name]?.p50)),
    ]),
    ...QUESTIONS.map((name) => [
      `${name}_command_p50_ms`,
      spread(typed.map((report) => report.tookMs[name]?.p50)),
    ]),
    ['refused', spread(refused)],
    ['p99_ratio', p99Ratio(pairs)],
  ])
  const parameters = { quick, idle, users: USERS, ...order, settings: SETTINGS, typed }
  return {
    parameters: { ...parameters, pairs: pairs.map(readablePair) },
    stoppedBy: 'completed',
    metrics: compare(METRICS, { spreads }, {}),
  }
}

/** By turns the one and the other comes first, so that what the box does meanwhile meets both. */
async function pairOf(
  offer: () => Promise<SendReport>,
  asking: () => Promise<{ report: OperatorReport; result: SendReport }>,
  quietFirst: boolean,
): Promise<Pair> {
  const before = quietFirst ? await offer() : undefined
  const { report, result } = await asking()
  return { quiet: before ?? (await offer()), asked: result, operator: report }
}

function p99Ratio(pairs: readonly Pair[]): Spread {
  const ratios = spread(pairs.map(({ quiet, asked }) => p99([asked]) / p99([quiet])))
  const median = p99(pairs.map(({ asked }) => asked)) / p99(pairs.map(({ quiet }) => quiet))
  return { ...ratios, median }
}

function idleArguments(target: Target, count: number, process: number): string {
  // Other users than those who send.
  return JSON.stringify({
    target,
    dialect: 'guildhall.v1.json',
    count,
    first: USERS,
    process,
  } satisfies CrowdArguments)
}

function send(sending: Program, order: SendOrder): Promise<SendReport> {
  const report = sending.next<SendReport>('offered', REPORT_MS)
  sending.tell(order)
  return report
}

/** Of all their messages together, in ms. */
function p99(reports: readonly SendReport[]): number {
  const all = new Latencies()
  for (const { sentTimes } of reports) all.add(Latencies.decode(sentTimes))
  return all.at(99)
}

function readablePair({ quiet, asked, operator }: Pair) {
  return { quiet: readable(quiet), asked: readable(asked), operator }
}

async function during<T>(
  asked: Asked,
  work: () => Promise<T>,
): Promise<{ report: OperatorReport; result: T }> {
  const operator = new Program('operator-process.ts', [JSON.stringify(asked)])
  await operator.next('connected', READY_MS)
  try {
    const result = await work()
    const reported = operator.next<OperatorReport>('tookMs', REPORT_MS)
    await operator.end()
    return { report: await reported, result }
  } finally {
    await operator.end()
  }
}

function spread(values: readonly (number | undefined)[]): Spread {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN }
}
