/**
 * The send scenario: durable 1:1 messages over 2,016 conversations, as many as the node takes and at a steady rate.
 *
 * Open loop: a message is due at its time, and latency counts from then, so a node that stalls cannot hide it. Every message is
 * written through to the disk before its `sent`. Server, generator and clients share the box.
 */
import { Busy, type Load, limitIn } from '../../busy.ts'
import { Latencies } from '../../latency.ts'
import { Program } from '../../load/program.ts'
import { withServer } from '../../load/with-server.ts'
import { type Curve, compare, type MetricSpec, singles } from '../../result.ts'
import type { Scenario, ScenarioOptions, ScenarioReport } from '../../scenario.ts'
import { isComplete, readable, type SendOrder, type SendReport } from './send-order.ts'

const USERS = 64
/** Each user sends far more than a person, so the limit per connection must not be what is measured. */
const SETTINGS = { framesPerPeriod: 100_000, framesBurst: 100_000 }
const STEADY_PER_S = 5_000
const RATES = [16_000, 18_000, 20_000, 24_000, 28_000]
const WARM_S = 5
const SECONDS = 10
const QUICK_SECONDS = 3
const PREPARE_MS = 60_000
const REPORT_MS = 60_000
/** Below this part of what was offered, a node is behind for good. */
const KEPT_UP_PART = 0.9

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

/** What came of a rate. */
interface Offered {
  readonly report: SendReport
  readonly load: Load
}

export const send: Scenario = { summary: 'durable 1:1 messages: how many, how fast', run: runSend }

async function runSend({ quick, onProgress }: ScenarioOptions): Promise<ScenarioReport> {
  const order = { warmS: quick ? QUICK_SECONDS : WARM_S, seconds: quick ? QUICK_SECONDS : SECONDS }
  const offers: Record<string, Offered> = {}
  let best = 0
  let stoppedBy = 'the highest rate of this scenario, which the node kept up with'
  for (const perSecond of [STEADY_PER_S, ...(quick ? RATES.slice(0, 1) : RATES)]) {
    const offered = await offer({ ...order, perSecond })
    const { report, load } = offered
    offers[perSecond] = offered
    onProgress(`${perSecond}/s offered: ${JSON.stringify(readable(report))}`)
    const reached = (report.delivered * 1_000) / report.tookMs
    if (isComplete(report)) best = Math.max(best, reached)
    else stoppedBy = `messages or acknowledgements missing at ${perSecond}/s offered; ${limitIn(load)}`
    if (!isComplete(report)) break
    // Offered faster than it could be taken: what it took is the figure, and more would only queue.
    if (reached >= perSecond * KEPT_UP_PART) continue
    stoppedBy = `${limitIn(load)}, at ${perSecond}/s offered`
    break
  }
  const steady = offers[STEADY_PER_S]?.report
  return {
    parameters: { quick, users: USERS, ...order, settings: SETTINGS, rates: readableOf(offers) },
    stoppedBy,
    metrics: compare(METRICS, singles({ messages_per_s: best, ...(steady && latenciesOf(steady)) }), {}),
    curves: Object.entries(offers).flatMap(([rate, { report }]) => curvesOf(rate, report)),
  }
}

function offer(order: SendOrder): Promise<Offered> {
  return withServer(SETTINGS, async (server, target) => {
    const args = [JSON.stringify(target), String(USERS)]
    const generator = new Program('../scenarios/send/send-process.ts', args)
    try {
      await generator.next('conversations', PREPARE_MS)
      const busy = new Busy({ node: server.pid, generator: generator.pid })
      generator.tell(order)
      const report = await generator.next<SendReport>('offered', REPORT_MS)
      return { report, load: busy.sinceStart() }
    } finally {
      await generator.end()
    }
  })
}

function latenciesOf({ sentTimes, deliveredTimes }: SendReport) {
  return {
    send_to_sent_p99_ms: Latencies.decode(sentTimes).at(99),
    send_to_delivered_p99_ms: Latencies.decode(deliveredTimes).at(99),
  }
}

function curvesOf(rate: string, { sentTimes, deliveredTimes }: SendReport): Curve[] {
  const name = `${Number(rate).toLocaleString('en-US')}/s`
  const curve = (chart: string, encoded: string): Curve => ({
    chart,
    name,
    x: 'percentile',
    unit: 'ms',
    points: Latencies.decode(encoded).curve(),
  })
  return [curve('send to sent', sentTimes), curve('send to delivered', deliveredTimes)]
}

function readableOf(offers: Readonly<Record<string, Offered>>) {
  return Object.fromEntries(
    Object.entries(offers).map(([rate, { report, load }]) => [rate, { ...readable(report), load }]),
  )
}
