/**
 * Sends durable 1:1 messages at a steady rate, open loop: `send-process.ts '<Target>' <users>`.
 *
 * All pairs of the users talk, so 64 users have 2,016 conversations. Prints `{"conversations":n}` when they can, then reads one
 * SendOrder for each line of its standard input and answers each with a SendReport. Ends with its standard input.
 */
import { createInterface } from 'node:readline'
import { Latencies } from '../../latency.ts'
import { isAboutQuestion } from '../../load/question-moment.ts'
import { sharedClockMs } from '../../load/shared-clock.ts'
import type { Target } from '../../load/target.ts'
import { numberIn } from '../../traffic/frame-text.ts'
import { each, openDm } from '../../traffic/http.ts'
import { OpenLoop, type Pace, settled } from '../../traffic/open-loop.ts'
import { Person } from '../../traffic/person.ts'
import type { SendOrder, SendReport } from './send-order.ts'

interface Pair {
  readonly id: string
  readonly members: readonly [number, number]
}

const DRAIN_MS = 15_000
const BODY = 'x'.repeat(100)
/** When `performance.now()` was 0. */
const SHARED_CLOCK_MS = sharedClockMs() - performance.now()

const target = JSON.parse(process.argv[2] as string) as Target
const users = Number(process.argv[3])

/** One order under way. */
class Sending {
  readonly loop: OpenLoop
  readonly sentTimes = new Latencies()
  readonly deliveredTimes = new Latencies()
  readonly sentAboutQuestions = new Latencies()
  sent = 0
  delivered = 0
  lastDeliveryAt = 0
  /** Messages before it warm things up. */
  readonly #firstCounted: number
  /** Numbers go on from order to order, so that none has the id of another. */
  readonly #first: number
  /** A message may be delivered twice and counts once. */
  readonly #seen: Uint8Array

  constructor(pace: Pace, firstCounted: number, first: number) {
    this.loop = new OpenLoop(pace)
    this.#firstCounted = firstCounted
    this.#first = first
    this.#seen = new Uint8Array(this.loop.total)
  }

  /** Nothing is to come: a message is sent and delivered, or refused. */
  get isDone(): boolean {
    return Math.min(this.sent, this.delivered) + errors >= this.loop.total
  }

  offer(from: number, to: number): void {
    const batches = new Map<Person, string[]>()
    for (let number = from; number < to; number++) {
      // Each conversation in turn, each member in turn.
      const { id, members } = pairs[number % pairs.length] as Pair
      const sender = people[members[Math.floor(number / pairs.length) % 2] as number] as Person
      const batch = batches.get(sender) ?? []
      batch.push(`{"op":"send","to":"${id}","id":"m${this.#first + number}","body":"${BODY}"}`)
      batches.set(sender, batch)
    }
    for (const [sender, batch] of batches) sender.send(batch)
  }

  onSent(id: number, now: number): void {
    const number = id - this.#first
    if (number < 0) return // of an earlier order
    this.sent++
    if (number < this.#firstCounted) return
    const dueAt = this.loop.dueAt(number)
    this.sentTimes.record(dueAt, now)
    if (isAboutQuestion(SHARED_CLOCK_MS + dueAt)) this.sentAboutQuestions.record(dueAt, now)
  }

  onDelivered(id: number, now: number): void {
    const number = id - this.#first
    if (number < 0 || this.#seen[number] !== 0) return
    this.#seen[number] = 1
    this.delivered++
    this.lastDeliveryAt = now
    if (number >= this.#firstCounted) this.deliveredTimes.record(this.loop.dueAt(number), now)
  }
}

let current: Sending | undefined
let next = 0
let errors = 0
let firstError: string | undefined

const pairs = await openPairs()
const people = Array.from(
  { length: users },
  (_, index) => new Person(target, `load-${index}`, index, { frame: onFrame, closed: () => errors++ }),
)
await Promise.all(people.map((person) => person.online()))
console.log(JSON.stringify({ conversations: pairs.length }))
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await send(JSON.parse(line) as SendOrder)))
}
process.exit(0)

function openPairs(): Promise<Pair[]> {
  const wanted: (readonly [number, number])[] = []
  for (let a = 0; a < users; a++) for (let b = a + 1; b < users; b++) wanted.push([a, b])
  return each(wanted, async (members) => {
    const [a, b] = members
    return { id: await openDm(target, `load-${a}`, `load-${b}`), members }
  })
}

async function send({ perSecond, warmS, seconds }: SendOrder): Promise<SendReport> {
  const pace = { perSecond, seconds: warmS + seconds }
  const sending = new Sending(pace, Math.floor(warmS * perSecond), next)
  const { loop, sentTimes, deliveredTimes } = sending
  next += loop.total
  current = sending
  errors = 0
  await loop.run((from, to) => sending.offer(from, to))
  await settled(() => sending.isDone, DRAIN_MS)
  if (firstError !== undefined) console.error(firstError)
  firstError = undefined
  return {
    offered: loop.total,
    sent: sending.sent,
    delivered: sending.delivered,
    errors,
    tookMs: Math.round(sending.lastDeliveryAt - loop.startedAt),
    sentTimes: sentTimes.encoded(),
    deliveredTimes: deliveredTimes.encoded(),
    sentAboutQuestions: sending.sentAboutQuestions.encoded(),
  }
}

/** Ids are `m<number>`, and the number says when the message was due. */
function onFrame(_person: Person, op: string, bytes: Buffer, from: number, to: number): void {
  const now = performance.now()
  if (op === 'sent') current?.onSent(numberIn(bytes, from, to) ?? -1, now)
  else if (op === 'message') current?.onDelivered(numberIn(bytes, from, to) ?? -1, now)
  else if (op === 'error') {
    errors++
    firstError ??= bytes.toString('utf8', from, to)
  }
}
