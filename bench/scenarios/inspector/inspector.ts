/**
 * The inspector scenario: what an operator's questions take on a node with 15,000 idle sessions and a crash loop, and what they cost
 * those who send messages meanwhile.
 *
 * 1,000 durable 1:1 messages/s, open loop, by turns with nobody asking and with an operator who asks a question a second: `tree`, `top`,
 * `threads` and `why` in turn.
 * Ten times a second an owner of a conversation is killed, in both. Then the same by the commands that people type, which is no part
 * of what messages take: starting them keeps a core busy. Server, clients and operator share the box.
 *
 * The p99 is of messages that some stall of the box holds up, which come a few dozen at a time: between two spans it differs twofold
 * with nobody asking. So what questions do to it is looked for in two ways: over many spans by turns, which sees all there is and is
 * coarse, and within the spans with questions, between the messages that were due about a question and all others, which is fine.
 */

import { Latencies } from '../../latency.ts'
import type { CrowdArguments } from '../../load/crowd-arguments.ts'
import type { Connected } from '../../load/crowd-process.ts'
import { Fleet } from '../../load/fleet.ts'
import type { Asked, OperatorOrder, OperatorReport } from '../../load/operator-process.ts'
import { Program } from '../../load/program.ts'
import type { Target } from '../../load/target.ts'
import { withServer } from '../../load/with-server.ts'
import { compare, type MetricSpec, type Spread } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import { seeded } from '../../traffic/seeded.ts'
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
const PAIRS = 60
const RESAMPLINGS = 1_000
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
      target: { kind: 'value', limit: 300 },
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
      'The p99 from when a message was due to its `sent`, over all spans with an operator asking, over that of all with nobody asking, by turns. Least and greatest: what 95% of 1,000 resamplings of the pairs give.',
  },
  {
    name: 'p99_about_ratio',
    unit: 'x',
    better: 'lower',
    target: { kind: 'value', limit: 1.05 },
    method:
      'Of the spans with an operator asking: the p99 of all messages, over that of all but those due within 50 ms of a question. Least and greatest: as before.',
  },
  {
    name: 'p99_about_ratio_control',
    unit: 'x',
    better: 'lower',
    method:
      'The same of the spans with nobody asking, at the same moments of a second: what chance makes of it.',
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
    const operators: Operator[] = []
    const operator = async (what: Asked['what']): Promise<Operator> => {
      const opened = await Operator.open({ socket: admin, what })
      operators.push(opened)
      return opened
    }
    try {
      const connect = { do: 'connect', atOnce: IDLE_AT_ONCE }
      onProgress(JSON.stringify(await sessions.ask<Connected>(connect, 'connected', READY_MS)))
      await prepared
      const offer = (): Promise<SendReport> => send(sending, order)
      const [asker, typist, crasher] = [
        await operator('questions'),
        await operator('commands'),
        await operator('crashes'),
      ]
      crasher.work()
      // Each question has been asked twice before anything counts: its code is cold, as it is once in a node's life.
      asker.work()
      await send(sending, { ...order, warmS: quick ? QUICK_SECONDS : WARM_S })
      await asker.rest()
      const pairs: Pair[] = []
      for (let number = 0; number < (quick ? 1 : PAIRS); number++) {
        pairs.push(await pairOf(offer, () => asker.during(offer), number % 2 === 0))
        onProgress(JSON.stringify(pairs.map(readablePair).at(-1)))
      }
      const typed: OperatorReport[] = []
      for (let number = 0; number < (quick ? 1 : TYPED); number++)
        typed.push((await typist.during(offer)).report)
      onProgress(`crash loop: ${JSON.stringify(await crasher.rest())}`)
      return { pairs, typed }
    } finally {
      for (const opened of operators) await opened.end()
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
    [
      'p99_ratio',
      p99Ratio(
        pairs,
        ({ asked }) => sentTimes(asked),
        ({ quiet }) => sentTimes(quiet),
      ),
    ],
    ['p99_about_ratio', p99AboutRatio(pairs, 'asked')],
    ['p99_about_ratio_control', p99AboutRatio(pairs, 'quiet')],
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

/** Of the p99 of all `above` to that of all `below`; its spread is what resamplings of the pairs give. */
function p99Ratio(
  pairs: readonly Pair[],
  above: (pair: Pair) => Latencies,
  below: (pair: Pair) => Latencies,
): Spread {
  const each = pairs.map((pair) => ({ above: above(pair), below: below(pair) }))
  const ratio = (some: typeof each): number =>
    p99(some.map((pair) => pair.above)) / p99(some.map((pair) => pair.below))
  const random = seeded(RESAMPLINGS)
  const resampled = Array.from({ length: RESAMPLINGS }, () =>
    ratio(each.map(() => each[Math.floor(random() * each.length)] as (typeof each)[number])),
  ).sort((a, b) => a - b)
  const at = (part: number): number => resampled[Math.floor(part * (RESAMPLINGS - 1))] ?? Number.NaN
  return { median: ratio(each), min: at(0.025), max: at(0.975) }
}

function p99AboutRatio(pairs: readonly Pair[], side: 'asked' | 'quiet'): Spread {
  return p99Ratio(
    pairs,
    (pair) => sentTimes(pair[side]),
    (pair) => sentAwayFromQuestions(pair[side]),
  )
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

/** Of all together, in ms. */
function p99(parts: readonly Latencies[]): number {
  const all = new Latencies()
  for (const part of parts) all.add(part)
  return all.at(99)
}

function sentTimes(report: SendReport): Latencies {
  return Latencies.decode(report.sentTimes)
}

function sentAwayFromQuestions(report: SendReport): Latencies {
  const times = sentTimes(report)
  times.subtract(Latencies.decode(report.sentAboutQuestions))
  return times
}

function readablePair({ quiet, asked, operator }: Pair) {
  return { quiet: readable(quiet), asked: readable(asked), operator }
}

/** A process of an operator, which stays: starting one keeps a core busy. */
class Operator {
  readonly #program: Program

  private constructor(program: Program) {
    this.#program = program
  }

  static async open(asked: Asked): Promise<Operator> {
    const program = new Program('operator-process.ts', [JSON.stringify(asked)])
    await program.next('connected', READY_MS)
    return new Operator(program)
  }

  work(): void {
    this.#program.tell({ do: 'work' } satisfies OperatorOrder)
  }

  async rest(): Promise<OperatorReport> {
    const reported = this.#program.next<OperatorReport>('tookMs', REPORT_MS)
    this.#program.tell({ do: 'rest' } satisfies OperatorOrder)
    return await reported
  }

  async during<T>(offer: () => Promise<T>): Promise<{ readonly report: OperatorReport; readonly result: T }> {
    this.work()
    const result = await offer()
    return { report: await this.rest(), result }
  }

  end(): Promise<void> {
    return this.#program.end()
  }
}

function spread(values: readonly (number | undefined)[]): Spread {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN }
}
