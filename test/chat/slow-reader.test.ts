/** A reader of 10 messages/s under a flood of 1,000/s: who pays for it, and how it catches up. */

import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { spread } from './load.ts'
import { person, range } from './people.ts'
import { expectOp, newId, type RawClient, within } from './raw-client.ts'
import { ServerProcess } from './server-process.ts'
import type { FrameOf } from './wire.ts'

const FLOOD_PER_S = 1_000
const FLOOD_S = Number(process.env.GUILDHALL_FLOOD_S ?? 10)
const READ_PER_S = 10
const TICK_MS = 20
const BODY = 'x'.repeat(4_096)
/** What the server would hold if it kept all for the slow reader: FLOOD_S * 1,000 * 4 KiB, so 40 MiB and more. */
const GROWTH_MB_MAX = 24

it('a slow reader costs no memory and no other member anything, and catches up by pulling', async (t) => {
  const server = await ServerProcess.start({ settings: {} })
  after(() => server.dispose())
  const people = range(1, 4).map((i) => person(server.url, `p${i}`))
  const [first] = people
  assert.ok(first !== undefined)
  const group = await first.http.group(people.slice(1).map(({ name }) => name))
  const [one, two, fast, slow] = await Promise.all(people.map((who) => who.online()))
  assert.ok(one !== undefined && two !== undefined && fast !== undefined && slow !== undefined)

  const delays = measureDelays(fast, group)
  await fast.until(group, await flood([one, two], group, 3)) // the heaps find their size
  const alone = medianOf(delays.splice(0))
  const stopReading = readSlowly(slow)
  const memory: number[] = []
  const sampling = setInterval(() => memory.push(server.rssAnonMb()), 100)
  const last = await flood([one, two], group, FLOOD_S)
  clearInterval(sampling)
  await fast.until(group, last)
  assert.deepEqual(
    fast.messages(group).map(({ seq }) => seq),
    range(1, last),
    'the fast reader missed something',
  )
  const half = Math.floor(memory.length / 2)
  const growth = Math.max(...memory.slice(half)) - Math.max(...memory.slice(0, half))
  const report = `memory ${Math.round(Math.min(...memory))}-${Math.round(Math.max(...memory))} MiB, second half against first ${growth.toFixed(1)} MiB; delay of the fast reader ${spread(delays)}`
  console.log(`slow-reader: ${last} messages; ${report}`)
  t.diagnostic(report)

  stopReading()
  const pulled = await catchUp(slow, group, last)
  console.log(`slow-reader: ${slow.messages(group).length} pushed, ${pulled} pulled`)
  assert.ok(pulled > 0, 'nothing was skipped: the reader was not slow enough for this test')
  assert.ok(growth < GROWTH_MB_MAX, report)
  // The machine may be busy with other things too: a reader that was harmed waits for seconds.
  assert.ok(medianOf(delays) < 4 * alone + 250, `median of the fast reader ${alone} ms before; ${report}`)
  assert.ok(slow.isOpen)
  await Promise.all([one, two, fast, slow].map((client) => client.leave()))
})

/** Sends at the rate of the flood; resolves with the greatest seq when all is acknowledged. */
async function flood(senders: readonly RawClient[], to: string, seconds: number): Promise<number> {
  const each = (FLOOD_PER_S * TICK_MS) / 1_000 / senders.length
  const sends: Promise<FrameOf<'sent'>>[] = []
  await new Promise<void>((resolve) => {
    let ticks = (seconds * 1_000) / TICK_MS
    const ticking = setInterval(() => {
      for (const sender of senders) {
        for (const _ of range(1, each)) sends.push(sender.say(to, `${Date.now()} ${BODY}`, { id: newId() }))
      }
      ticks--
      if (ticks > 0) return
      clearInterval(ticking)
      resolve()
    }, TICK_MS)
  })
  const sent = await within('the flood to be acknowledged', Promise.all(sends), 60_000)
  return Math.max(...sent.map(({ seq }) => seq))
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/** From the send to the arrival at a reader, in ms, as they come. */
function measureDelays(reader: RawClient, group: string): number[] {
  const delays: number[] = []
  reader.socket.on('message', () => {
    const message = reader.log.at(-1)
    if (message?.op !== 'message' || message.conversation !== group) return
    delays.push(Date.now() - Number.parseInt(message.body, 10))
  })
  return delays
}

/** Reads from the socket only while it has taken fewer messages than its pace allows. */
function readSlowly(client: RawClient): () => void {
  let taken = 0
  let allowed = 0
  const count = (): void => {
    taken++
    if (taken >= allowed) client.pause()
  }
  client.socket.on('message', count)
  client.pause()
  const reading = setInterval(() => {
    allowed++
    if (taken < allowed) client.resume()
  }, 1_000 / READ_PER_S)
  return () => {
    clearInterval(reading)
    client.socket.off('message', count)
    client.resume()
  }
}

/** Pulls what `lagged` names until everything is held. Returns how many were pulled. */
async function catchUp(client: RawClient, group: string, last: number): Promise<number> {
  const held = new Set<number>()
  const pulled = new Set<number>()
  let looked = 0
  while (held.size < last) {
    const frames = client.log.slice(looked)
    looked += frames.length
    for (const frame of frames) {
      if (frame.op === 'message' && frame.conversation === group) held.add(frame.seq)
      if (frame.op !== 'lagged') continue
      for (let after = frame.from - 1; after < frame.to; ) {
        const request = { op: 'history', conversation: group, after, limit: Math.min(200, frame.to - after) }
        const { messages } = expectOp(await client.request(request), 'page')
        assert.ok(messages.length > 0)
        for (const { seq } of messages) {
          pulled.add(seq)
          held.add(seq)
        }
        after = messages.at(-1)?.seq ?? frame.to
      }
    }
    if (held.size < last && client.log.length === looked) {
      await client.more(`${last - held.size} of ${last} messages, pushed or named in lagged`, looked)
    }
  }
  return pulled.size
}
