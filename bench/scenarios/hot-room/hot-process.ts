/**
 * The hot room: a guild's channel in which a few speak and many read, `hot-process.ts '<Target>' <members at most>`; orders and reports
 * as in hot-order.ts. Open loop; every member has to receive every message.
 */
import { Latencies } from '../../latency.ts'
import { Crowd } from '../../load/crowd.ts'
import { onOrders, report } from '../../load/orders.ts'
import type { Target } from '../../load/target.ts'
import { numberIn } from '../../traffic/frame-text.ts'
import { each, joinGuild, openGuild } from '../../traffic/http.ts'
import { OpenLoop, settled } from '../../traffic/open-loop.ts'
import { Person } from '../../traffic/person.ts'
import type { Grown, HotOrder, HotReport } from './hot-order.ts'

/** Each speaks 5 times a second at 50/s: within what a connection may send. */
const SPEAKERS = 10
const CONNECT_AT_ONCE = 100
const SETTLE_MS = 15_000
const BODY = 'x'.repeat(100)

const target = JSON.parse(process.argv[2] as string) as Target
const crowd = new Crowd({
  target,
  count: Number(process.argv[3]),
  prefix: 'hot-',
  onFrame: (_index, bytes, from, to) => {
    if (crowd.dialect.isMessage(bytes, from, to)) onMessage(numberIn(bytes, from, to) ?? -1)
  },
  onClose: () => closed++,
})
const speakers = Array.from(
  { length: SPEAKERS },
  (_, index) => new Person(target, `speaker-${index}`, index, { frame: onAnswer, closed: () => closed++ }),
)
const guild = await openGuild(target, 'speaker-0', 'Hot')

let loop: OpenLoop | undefined
let times = new Latencies()
let first = 0
let firstCounted = 0
let sent = 0
let errors = 0
let closed = 0
let received = 0

await each(speakers.slice(1), ({ user }) => joinGuild(target, user, guild.id))
await Promise.all(speakers.map((speaker) => speaker.online()))
onOrders<HotOrder>(async (order) => {
  report(order.do === 'grow' ? await grow(order.members) : await heat(order))
})
report({ guild: guild.id })

async function grow(members: number): Promise<Grown> {
  const added = Array.from({ length: members - crowd.ready }, (_, i) => crowd.ready + i)
  await each(added, (index) => joinGuild(target, crowd.userOf(index), guild.id))
  await each(
    added,
    async (index) => {
      const attempt = await crowd.connect(index)
      if ('code' in attempt) throw new Error(`Cannot identify a member: ${attempt.kind} ${attempt.code}`)
    },
    CONNECT_AT_ONCE,
  )
  return { members: crowd.ready }
}

async function heat({ perSecond, warmS, seconds }: Extract<HotOrder, { do: 'heat' }>): Promise<HotReport> {
  times = new Latencies()
  first += loop?.total ?? 0
  firstCounted = Math.floor(warmS * perSecond)
  sent = errors = closed = received = 0
  const heating = new OpenLoop({ perSecond, seconds: warmS + seconds })
  loop = heating
  const due = heating.total * crowd.ready
  await heating.run((from, to) => {
    for (let number = from; number < to; number++) {
      const frame = `{"op":"send","to":"${guild.channel}","id":"m${first + number}","body":"${BODY}"}`
      speakers[number % SPEAKERS]?.send([frame])
    }
  })
  await settled(() => sent === heating.total && received === due, SETTLE_MS)
  return { offered: heating.total, sent, errors, due, received, closed, times: times.encoded() }
}

function onMessage(id: number): void {
  const number = id - first
  if (loop === undefined || number < 0) return
  received++
  if (number >= firstCounted) times.record(loop.dueAt(number), performance.now())
}

/** Speakers are members too; what they are told of each other is not counted. */
function onAnswer(_speaker: Person, op: string): void {
  if (op === 'sent') sent++
  else if (op === 'error') errors++
}
