/**
 * Sends durable 1:1 messages at a steady rate, open loop: `send-process.ts '<Target>' <users> <per second> <seconds>`.
 *
 * All pairs of the users talk, so 64 users have 2,016 conversations. A message is due at its time whether or not earlier ones were
 * answered, and its latency counts from when it was due, once 5 seconds have warmed everything up. Prints one line of JSON: SendReport.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { identified, type Target } from './identified.ts'
import type { LoadSocket } from './load-socket.ts'
import { tokenFor } from './token.ts'

export interface SendReport {
  readonly conversations: number
  readonly offered: number
  readonly sent: number
  readonly delivered: number
  readonly errors: number
  /** From the first message due to the last delivery. */
  readonly tookMs: number
  readonly sentMs: Percentiles
  readonly deliveredMs: Percentiles
}
export interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

interface Pair {
  readonly id: string
  readonly members: readonly [number, number]
}

const TICK_MS = 4
/** Their latencies are not counted: code and caches are cold. */
const WARM_S = 5
const DRAIN_MS = 15_000
const BODY = 'x'.repeat(100)
/** Requests to the HTTP API at once. */
const PREPARE_AT_ONCE = 32

const target = JSON.parse(process.argv[2] as string) as Target
const users = Number(process.argv[3])
const perSecond = Number(process.argv[4])
const seconds = WARM_S + Number(process.argv[5])

const sentTimes = createHistogram()
const deliveredTimes = createHistogram()
const dueAt = new Float64Array(perSecond * seconds)
let offered = 0
let sent = 0
let delivered = 0
let errors = 0
let lastDeliveryAt = 0
let firstError: string | undefined

const pairs = await openPairs()
const sockets = await Promise.all(
  Array.from({ length: users }, (_, user) =>
    identified(target, `load-${user}`, { onFrame, onClose: () => errors++ }),
  ),
)
const startedAt = performance.now()
await offerAll()
await drained()
const report: SendReport = {
  conversations: pairs.length,
  offered,
  sent,
  delivered,
  errors,
  tookMs: Math.round(lastDeliveryAt - startedAt),
  sentMs: percentiles(sentTimes),
  deliveredMs: percentiles(deliveredTimes),
}
if (firstError !== undefined) console.error(firstError)
console.log(JSON.stringify(report))
process.exit(0)

async function openPairs(): Promise<Pair[]> {
  const wanted: [number, number][] = []
  for (let a = 0; a < users; a++) for (let b = a + 1; b < users; b++) wanted.push([a, b])
  const opened: Pair[] = []
  let next = 0
  const openSome = async (): Promise<void> => {
    while (next < wanted.length) {
      const members = wanted[next++] as [number, number]
      opened.push({ id: await openDm(...members), members })
    }
  }
  await Promise.all(Array.from({ length: PREPARE_AT_ONCE }, openSome))
  return opened
}

async function openDm(a: number, b: number): Promise<string> {
  const response = await fetch(`http://${target.host}:${target.port}/v1/conversations`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokenFor(`load-${a}`, target.secret)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ kind: 'dm', user: `load-${b}` }),
  })
  const body = (await response.json()) as { id?: string; code?: string }
  if (body.id === undefined) throw new Error(`Cannot open a dm: ${response.status} ${body.code}`)
  return body.id
}

/** Ids are `m<number>`, and the number says when the message was due. */
function onFrame(text: string): void {
  const now = performance.now()
  if (text.startsWith('{"op":"sent"')) {
    sent++
    record(sentTimes, now, text)
  } else if (text.startsWith('{"op":"message"')) {
    delivered++
    lastDeliveryAt = now
    record(deliveredTimes, now, text)
  } else if (text.startsWith('{"op":"error"')) {
    errors++
    firstError ??= text
  }
}

function record(histogram: RecordableHistogram, now: number, text: string): void {
  const from = text.indexOf('"id":"m') + 7
  const number = Number(text.slice(from, text.indexOf('"', from)))
  if (number < WARM_S * perSecond) return
  histogram.record(Math.max(1, Math.round((now - (dueAt[number] as number)) * 1_000)))
}

async function offerAll(): Promise<void> {
  const total = dueAt.length
  while (offered < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000))
    offerUpTo(due)
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
}

/** Each conversation in turn, each member in turn. */
function offerUpTo(due: number): void {
  const batches = new Map<LoadSocket, string[]>()
  for (; offered < due; offered++) {
    const { id, members } = pairs[offered % pairs.length] as Pair
    const socket = sockets[members[Math.floor(offered / pairs.length) % 2] as number] as LoadSocket
    dueAt[offered] = startedAt + (offered * 1_000) / perSecond
    const batch = batches.get(socket) ?? []
    batch.push(`{"op":"send","to":"${id}","id":"m${offered}","body":"${BODY}"}`)
    batches.set(socket, batch)
  }
  for (const [socket, batch] of batches) socket.send(batch)
}

/** Until every message has come, or nothing more does. */
async function drained(): Promise<void> {
  const deadline = performance.now() + DRAIN_MS
  while ((sent < offered || delivered < offered) && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
}

function percentiles(histogram: RecordableHistogram): Percentiles {
  const at = (percentile: number): number => histogram.percentile(percentile) / 1_000
  return { p50: at(50), p99: at(99), max: histogram.max / 1_000 }
}
