/**
 * The send scenario: durable 1:1 messages over 2,016 conversations, as many as the node takes and at a steady rate.
 *
 * Open loop: a message is due at its time, and latency counts from then, so a node that stalls cannot hide it. Every message is
 * written through to the disk before its `sent`. Server, generator and clients share the box.
 */
import { Program } from '../../load/program.ts'
import type { SendReport } from '../../load/send-process.ts'
import { withServer } from '../../load/with-server.ts'
import { compare, type MetricSpec, type Spread } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'

const USERS = 64
/** Each user sends far more than a person, so the limit per connection must not be what is measured. */
const SETTINGS = { framesPerPeriod: 100_000, framesBurst: 100_000 }
const STEADY_PER_S = 5_000
const RATES = [15_000, 18_000, 21_000]
const SECONDS = 10
const QUICK_SECONDS = 3
const REPORT_MS = 90_000

const METRICS: readonly MetricSpec[] = [
  {
    name: 'messages_per_s',
    unit: 'messages/s',
    better: 'higher',
    target: { kind: 'value', limit: 15_000 },
    method:
      'Messages over the time until the last was delivered, at the highest rate offered that all were acknowledged and delivered at.',
  },
  {
    name: 'send_to_sent_p99_ms',
    unit: 'ms',
    better: 'lower',
    target: { kind: 'value', limit: 25 },
    method:
      'From when a message was due to its `sent`, which follows the flush to disk, at 5,000 messages/s.',
  },
  {
    name: 'send_to_delivered_p99_ms',
    unit: 'ms',
    better: 'lower',
    method: 'From when a message was due to its arrival at the other member, at 5,000 messages/s.',
  },
]

export const send: Scenario = { summary: 'durable 1:1 messages: how many, how fast', run: runSend }

async function runSend({ quick, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const seconds = quick ? QUICK_SECONDS : SECONDS
  const reports: Record<string, SendReport> = {}
  let best = 0
  for (const perSecond of [STEADY_PER_S, ...(quick ? RATES.slice(0, 1) : RATES)]) {
    const report = await offer(perSecond, seconds)
    reports[perSecond] = report
    onProgress(`${perSecond}/s offered: ${JSON.stringify(report)}`)
    if (report.delivered < report.offered || report.errors > 0) break
    const reached = (report.delivered * 1_000) / report.tookMs
    // Offered faster than it could be taken: what it took is the figure, and more would only queue.
    best = Math.max(best, reached)
    if (reached < perSecond * 0.9) break
  }
  const steady = reports[STEADY_PER_S]
  return {
    parameters: { quick, users: USERS, seconds, settings: SETTINGS, reports },
    stoppedBy: 'completed',
    metrics: compare(
      METRICS,
      {
        spreads: {
          messages_per_s: single(best),
          send_to_sent_p99_ms: single(steady?.sentMs.p99 ?? Number.NaN),
          send_to_delivered_p99_ms: single(steady?.deliveredMs.p99 ?? Number.NaN),
        },
      },
      {},
    ),
  }
}

function offer(perSecond: number, seconds: number): Promise<SendReport> {
  return withServer(SETTINGS, async (_server, target) => {
    const args = [JSON.stringify(target), String(USERS), String(perSecond), String(seconds)]
    const load = new Program('send-process.ts', args)
    try {
      return await load.next<SendReport>('conversations', REPORT_MS)
    } finally {
      await load.end()
    }
  })
}

function single(value: number): Spread {
  return { median: value, min: value, max: value }
}
