/**
 * The inspector scenario: what an operator's questions take on a node with 15,000 idle sessions and a crash loop, and what they cost
 * those who send messages meanwhile.
 *
 * 1,000 durable 1:1 messages/s, open loop, by turns with nobody asking and with `tree`, `top`, `threads` and `why` once a second each.
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
const ROUNDS = 3
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
    method:
      'Questions and commands of a round that were answered with BUSY, and so are in none of the times.',
  },
  {
    name: 'p99_ratio',
    unit: 'x',
    better: 'lower',
    target: { kind: 'value', limit: 1.05 },
    method:
      'The p99 from when a message was due to its `sent`, with an operator asking, over that with nobody asking; of each round.',
  },
]

export const inspector: Scenario = {
  summary: "operators' questions with 15,000 sessions and a crash loop",
  run: runInspector,
}

interface Round {
  readonly quiet: SendReport
  readonly asked: SendReport
  readonly operator: OperatorReport
  readonly commands: OperatorReport
}

async function runInspector({ quick, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const idle = quick ? QUICK_IDLE : IDLE
  const seconds = quick ? QUICK_SECONDS : SECONDS
  const order = { perSecond: PER_S, warmS: quick ? QUICK_SECONDS : WARM_S, seconds }
  const rounds = await withServer(SETTINGS, async (_server, target, admin) => {
    const sessions = new Fleet('crowd-process.ts', 1, (process) => [idleArguments(target, idle, process)])
    const sending = new Program('../scenarios/send/send-process.ts', [JSON.stringify(target), String(USERS)])
    // Heard from now on: it may be ready before the sessions are.
    const prepared = sending.next('conversations', READY_MS)
    try {
      const connect = { do: 'connect', atOnce: IDLE_AT_ONCE }
      onProgress(JSON.stringify(await sessions.ask<Connected>(connect, 'connected', READY_MS)))
      await prepared
      const offer = (): Promise<SendReport> => send(sending, order)
      await offer() // everything is warm
      const { report, result } = await during({ socket: admin, what: 'crashes' }, async () => {
        const done: Round[] = []
        for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
          const quiet = await offer()
          const asked = await during({ socket: admin, what: 'questions' }, offer)
          const typed = await during({ socket: admin, what: 'commands' }, offer)
          done.push({ quiet, asked: asked.result, operator: asked.report, commands: typed.report })
          onProgress(JSON.stringify(done.map(readableRound).at(-1)))
        }
        return done
      })
      onProgress(`crash loop: ${JSON.stringify(report)}`)
      return result
    } finally {
      await sending.end()
      await sessions.end()
    }
  })
  const spreads = Object.fromEntries([
    ...QUESTIONS.map((name) => [
      `${name}_p50_ms`,
      spread(rounds.map(({ operator }) => operator.tookMs[name]?.p50)),
    ]),
    ...QUESTIONS.map((name) => [
      `${name}_command_p50_ms`,
      spread(rounds.map(({ commands }) => commands.tookMs[name]?.p50)),
    ]),
    ['refused', spread(rounds.map(({ operator, commands }) => operator.refused + commands.refused))],
    ['p99_ratio', spread(rounds.map(({ quiet, asked }) => p99(asked) / p99(quiet)))],
  ])
  const shown = rounds.map(readableRound)
  const parameters = { quick, idle, users: USERS, ...order, settings: SETTINGS, rounds: shown }
  return { parameters, stoppedBy: 'completed', metrics: compare(METRICS, { spreads }, {}) }
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

function p99({ sentTimes }: SendReport): number {
  return Latencies.decode(sentTimes).at(99)
}

function readableRound({ quiet, asked, ...operators }: Round) {
  return { quiet: readable(quiet), asked: readable(asked), ...operators }
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
