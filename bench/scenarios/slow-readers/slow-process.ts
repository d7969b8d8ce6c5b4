/**
 * The room of the slow-readers scenario: `slow-process.ts '<Target>' <members>`. A flood goes to a guild's channel; some members read slowly
 * and catch up by pulling when it is over. Takes a FloodOrder per line; prints FloodOver, then a FloodReport.
 */
import { Latencies } from '../../latency.ts'
import { onOrders, report } from '../../load/orders.ts'
import type { Target } from '../../load/target.ts'
import { each, joinGuild, openGuild } from '../../traffic/http.ts'
import { OpenLoop, settled } from '../../traffic/open-loop.ts'
import { Person } from '../../traffic/person.ts'
import { Member } from './member.ts'
import type { FloodOrder, FloodOver, FloodReport } from './slow-order.ts'

const SPEAKERS = 10
const SETTLE_MS = 60_000
/** Large enough that the kernel's buffers, some megabytes per socket, fill within seconds. */
const BODY = 'x'.repeat(4_096)

const target = JSON.parse(process.argv[2] as string) as Target
const size = Number(process.argv[3])

let sent = 0
let errors = 0
let closed = 0
let next = 0
let slow = 0
let firstCounted = 0
let loop: OpenLoop | undefined
let times = new Latencies()

const speakers = Array.from(
  { length: SPEAKERS },
  (_, index) => new Person(target, `speaker-${index}`, index, { frame: onAnswer, closed: () => closed++ }),
)
const guild = await openGuild(target, 'speaker-0', 'Flood')
const members = Array.from({ length: size }, (_, index) => {
  const events = { frame: onFrame, closed: () => closed++ }
  return new Member(new Person(target, `member-${index}`, index, events), guild.channel)
})
const people = [...speakers, ...members.map(({ person }) => person)]
await each(people.slice(1), ({ user }) => joinGuild(target, user, guild.id))
await Promise.all(people.map((person) => person.online()))
onOrders<FloodOrder>(flood)
report({ guild: guild.id })

async function flood(order: FloodOrder): Promise<void> {
  const { perSecond, warmS, seconds } = order
  const flooding = new OpenLoop({ perSecond, seconds: warmS + seconds })
  const first = next
  next += flooding.total
  sent = errors = closed = 0
  slow = order.slow
  firstCounted = Math.floor(warmS * perSecond)
  times = new Latencies()
  loop = flooding
  for (const member of members) member.expect(first, flooding.total)
  for (const member of members.slice(0, slow)) member.slowDown(order.slowPerSecond)
  await flooding.run((from, to) => offer(first, from, to))
  const overAt = performance.now()
  const readSlowly = members.slice(0, slow).reduce((sum, { pushed }) => sum + pushed, 0)
  report({ floodMs: Math.round(overAt - flooding.startedAt) } satisfies FloodOver)
  for (const member of members.slice(0, slow)) member.speedUp()
  await settled(
    () => sent >= flooding.total && members.every(({ holds }) => holds === flooding.total),
    SETTLE_MS,
  )
  const held = members.reduce((sum, { holds }) => sum + holds, 0)
  const due = flooding.total * members.length
  report({
    offered: flooding.total,
    sent,
    errors,
    closed,
    due,
    missing: due - held,
    readSlowly,
    pulled: members.reduce((sum, { pulled }) => sum + pulled, 0),
    caughtUpMs: performance.now() - overAt,
    times: times.encoded(),
  } satisfies FloodReport)
}

function offer(first: number, from: number, to: number): void {
  for (let number = from; number < to; number++) {
    const frame = `{"op":"send","to":"${guild.channel}","id":"m${first + number}","body":"${BODY}"}`
    speakers[number % SPEAKERS]?.send([frame])
  }
}

function onFrame({ index }: Person, op: string, bytes: Buffer, from: number, to: number): void {
  const number = members[index]?.frame(op, bytes, from, to)
  if (op === 'error') errors++
  if (number === undefined || loop === undefined || index < slow || number < firstCounted) return
  times.record(loop.dueAt(number), performance.now())
}

/** Speakers are members too; what they are told of each other is not counted. */
function onAnswer(_speaker: Person, op: string): void {
  if (op === 'sent') sent++
  else if (op === 'error') errors++
}
