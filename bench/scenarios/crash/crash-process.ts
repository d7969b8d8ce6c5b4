/**
 * The clients of the crash scenario: `crash-process.ts '<Target>' <count> <seed>`; each of `count` users talks to one other in a 1:1.
 *
 * They behave as the SDK's clients do: what they say goes in lanes (lane.ts); after `resync` they ask for what they miss; after a close
 * they come back with jitter, with the cursor of their inbox. Prints `{"online":n}`, then takes
 * one CrashOrder and one Fault from its standard input and prints a CrashReport.
 */
import { createInterface } from 'node:readline'
import type { Target } from '../../load/target.ts'
import { numberIn, valueAfter } from '../../traffic/frame-text.ts'
import { each, openDm } from '../../traffic/http.ts'
import { OpenLoop, settled } from '../../traffic/open-loop.ts'
import { Person } from '../../traffic/person.ts'
import { seeded } from '../../traffic/seeded.ts'
import {
  type CrashOrder,
  type CrashReport,
  type Fate,
  type Fault,
  recoveryMs,
  timeline,
} from './crash-order.ts'
import { Lane } from './lane.ts'

const AT_ONCE = 200
const SETTLE_MS = 60_000
const RETRY_MS = 500
/** The first waits of the SDK: up to 1, 2, 4 and 8 s. */
const BACKOFF_MS = [1_000, 2_000, 4_000, 8_000] as const
/** How often lanes are looked through for what is due again. */
const LOOK_MS = 100
const BODY = 'x'.repeat(100)

const target = JSON.parse(process.argv[2] as string) as Target
const count = Number(process.argv[3])
const random = seeded(Number(process.argv[4]))

let closed = 0
/** What the node said: close codes of sockets that were online, and error codes. */
const closes: Record<string, number> = {}
const errors: Record<string, number> = {}
let lastResumedAt = Number.NaN
let order: CrashOrder | undefined
let loop: OpenLoop | undefined
let sentAt = new Float64Array(0)
let deliveredAt = new Float64Array(0)
let sent = 0
let delivered = 0

/** Failures in a row to come back. */
const attempts = new Uint8Array(count)
/** By sender. */
const lanes = Array.from({ length: count }, () => new Lane())
/** By reader: the number in the inbox up to which everything was told. */
const inbox = new Float64Array(count)
const people = Array.from(
  { length: count },
  (_, index) => new Person(target, `crash-${index}`, index, { frame: onFrame, closed: onClosed }),
)
const dms = await each(
  people.filter(({ index }) => index % 2 === 0),
  ({ user, index }) => openDm(target, user, `crash-${index + 1}`),
)
await each(people, (person) => person.online(), AT_ONCE)
console.log(JSON.stringify({ online: count }))

let fault: Fault | undefined
const reading = createInterface({ input: process.stdin }).on('line', (line) => {
  const told = JSON.parse(line) as CrashOrder | Fault
  if ('faultAt' in told) fault = told
  else void run(told).then((report) => console.log(JSON.stringify(report)))
})
reading.on('close', () => process.exit(0))

async function run(told: CrashOrder): Promise<CrashReport> {
  order = told
  loop = new OpenLoop(told)
  const { total } = loop
  sentAt = new Float64Array(total).fill(Number.NaN)
  deliveredAt = new Float64Array(total).fill(Number.NaN)
  const looking = setInterval(sendDue, LOOK_MS)
  await loop.run((from, to) => {
    for (let number = from; number < to; number++) {
      lanes[number % count]?.add(number)
      sendNext(number % count)
    }
  })
  await settled(
    () => sent >= total && delivered >= total && people.every(({ isOnline }) => isOnline),
    SETTLE_MS,
  )
  clearInterval(looking)
  return report(loop, told)
}

function report(done: OpenLoop, { warmS, perSecond }: CrashOrder): CrashReport {
  if (fault === undefined) throw new Error('Cannot report: no fault was told of')
  const faultAt = fault.faultAt - performance.timeOrigin
  const fates: Fate[] = Array.from({ length: done.total }, (_, number) => ({
    dueAt: done.dueAt(number),
    sentAt: sentAt[number] as number,
    deliveredAt: deliveredAt[number] as number,
  })).slice(warmS * perSecond)
  const points = timeline(fates, faultAt)
  const resumed = closed > 0 && people.every(({ isOnline }) => isOnline)
  return {
    offered: done.total,
    sent,
    delivered,
    closed,
    closes,
    errors,
    ...(resumed && { resumedMs: lastResumedAt - faultAt }),
    recoveryMs: recoveryMs(fates, faultAt),
    worstBeforeMs: Math.max(0, ...points.filter(([at]) => at < -1).map(([, latency]) => latency)),
    timeline: points,
  }
}

function frameOf(number: number): string {
  const dm = dms[(number % count) >> 1]
  return `{"op":"send","ref":${number},"to":"${dm}","id":"m${number}","body":"${BODY}"}`
}

function onFrame({ index }: Person, op: string, bytes: Buffer, from: number, to: number): void {
  if (op === 'message') return onMessage(index, bytes, from, to)
  if (op === 'sent') return onSent(index, numberIn(bytes, from, to) ?? -1)
  if (op === 'resync') return resync(index)
  if (op === 'inbox') return onInbox(index, bytes.toString('utf8', from, to))
  if (op !== 'error') return
  const { code } = JSON.parse(bytes.toString('utf8', from, to)) as { code: string }
  errors[code] = (errors[code] ?? 0) + 1
  const number = valueAfter('"ref":', bytes, from, to)
  const waitMs = valueAfter('"retryAfterMs":', bytes, from, to) ?? RETRY_MS
  if (number !== undefined) lanes[index]?.refused(number, performance.now(), waitMs)
}

function onSent(index: number, number: number): void {
  if (!lanes[index]?.acknowledged(number)) return
  sentAt[number] = performance.now()
  sent++
  sendNext(index)
}

function onMessage(index: number, bytes: Buffer, from: number, to: number): void {
  onDelivered(index, valueAfter('"n":', bytes, from, to) ?? 0, numberIn(bytes, from, to))
}

/** What was asked for after `resync`. */
function onInbox(index: number, text: string): void {
  const { messages, more } = JSON.parse(text) as { messages: { n: number; id: string }[]; more: boolean }
  for (const { n, id } of messages) onDelivered(index, n, Number(id.slice(1)))
  if (more) pull(index)
}

function onDelivered(index: number, n: number, number: number | undefined): void {
  inbox[index] = Math.max(inbox[index] ?? 0, n)
  if (number === undefined || !Number.isNaN(deliveredAt[number])) return
  deliveredAt[number] = performance.now()
  delivered++
}

/** The session's actor was replaced. */
function resync(index: number): void {
  pull(index)
  lanes[index]?.restarted()
  sendNext(index)
}

function pull(index: number): void {
  people[index]?.send([`{"op":"sync","ref":0,"after":${inbox[index]},"limit":200}`])
}

function sendDue(): void {
  for (let index = 0; index < count; index++) sendNext(index)
}

function sendNext(index: number): void {
  if (people[index]?.isOnline !== true) return
  const number = lanes[index]?.take(performance.now())
  if (number !== undefined) people[index]?.send([frameOf(number)])
}

/** A failed attempt to come back ends here too. */
function onClosed({ index }: Person, code: number, wasOnline: boolean): void {
  if (order === undefined)
    throw new Error(`Cannot go on: user ${index} was closed with ${code} before the fault`)
  if (wasOnline) {
    closed++
    closes[code] = (closes[code] ?? 0) + 1
  }
  attempts[index] = wasOnline ? 0 : (attempts[index] ?? 0) + 1
  comeBack(index, attempts[index] ?? 0)
}

function comeBack(index: number, attempt: number): void {
  const bound = BACKOFF_MS[Math.min(attempt, BACKOFF_MS.length - 1)] ?? RETRY_MS
  setTimeout(() => {
    people[index]?.online(inbox[index] ?? 0).then(
      () => {
        lastResumedAt = performance.now()
        lanes[index]?.restarted()
        sendNext(index)
      },
      () => {}, // `onClosed` follows
    )
  }, random() * bound)
}
