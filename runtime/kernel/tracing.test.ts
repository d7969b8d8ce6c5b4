import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor } from '../actor/index.ts'
import { Probe, Simulation } from '../testing/index.ts'
import type { TraceEvent, TraceSpec } from './tracing.ts'

type Msg = { type: 'note'; text: string }

const actor = (name: string) => defineActor<null, Msg, void>({ name, init: () => null, handle: () => {} })
const note: Msg = { type: 'note', text: 'a secret' }

async function setUp(spec: TraceSpec, threads = 1) {
  const simulation = new Simulation({ threads })
  const room = await simulation.start(actor('room'), undefined)
  const user = await simulation.start(actor('user'), undefined)
  const events: TraceEvent[] = []
  let ended = 0
  const end = simulation.kernel().tracing.begin(
    spec,
    (event) => events.push(event),
    () => ended++,
  )
  return { simulation, room, user, events, end, ended: () => ended }
}

const lines = (events: readonly TraceEvent[]): string[] =>
  events.map(
    ({ event, from, to, actor, messageType }) =>
      `${event} ${messageType} ${from ?? '-'} -> ${to} ${actor ?? '-'}`,
  )

describe('a trace', () => {
  it('shows who sends what type of message to whom, and when it is handled, without its body', async () => {
    const { simulation, room, user, events } = await setUp({})
    const probe = new Probe(simulation)
    await simulation.run()
    await probe.send(room, note)
    const about = events.filter((event) => event.messageType === 'note')
    assert.deepEqual(lines(about), [
      `sent note ${probe.ref} -> ${room} room`,
      `handled note - -> ${room} room`,
    ])
    assert.equal(JSON.stringify(about).includes('secret'), false)
    assert.notEqual(user, room)
  })

  it('shows only what comes from or goes to its actor', async () => {
    const { simulation, room, user, events } = await setUp({})
    events.length = 0
    const only: TraceEvent[] = []
    simulation.kernel().tracing.begin({ ref: room }, (event) => only.push(event))
    simulation.send(room, note)
    simulation.send(user, note)
    await simulation.run()
    assert.deepEqual(lines(only), [`sent note - -> ${room} room`, `handled note - -> ${room} room`])
    assert.equal(events.length, 4)
  })

  it('shows only what comes from or goes to actors of its type', async () => {
    const { simulation, room, user, events } = await setUp({ actor: 'user' })
    simulation.send(room, note)
    simulation.send(user, note)
    await simulation.run()
    assert.deepEqual(lines(events), [`sent note - -> ${user} user`, `handled note - -> ${user} user`])
  })

  it('shows a message on its way to another thread where it leaves and where it arrives', async () => {
    const simulation = new Simulation({ threads: 2 })
    // The same slots and incarnations on both threads: neither may be taken for the other.
    const here = new Probe(simulation)
    await simulation.start(actor('hall'), undefined, 1)
    const far = await simulation.start(actor('room'), undefined, 1)
    const left: TraceEvent[] = []
    const arrived: TraceEvent[] = []
    simulation.kernel(0).tracing.begin({ actor: 'probe' }, (event) => left.push(event))
    simulation.kernel(1).tracing.begin({}, (event) => arrived.push(event))
    const mistaken: TraceEvent[] = []
    simulation.kernel(1).tracing.begin({ actor: 'hall' }, (event) => mistaken.push(event))
    await here.send(far, note)
    await simulation.advance(10)
    assert.deepEqual(lines(left.filter((event) => event.messageType === 'note')), [
      `sent note ${here.ref} -> ${far} -`,
    ])
    assert.deepEqual(lines(arrived), [
      `arrived note ${here.ref} -> ${far} room`,
      `handled note - -> ${far} room`,
    ])
    assert.deepEqual(mistaken, [])
  })

  it('ends by itself after its number of events', async () => {
    const { simulation, room, events, ended } = await setUp({ max: 3 })
    for (let n = 0; n < 5; n++) simulation.send(room, note)
    await simulation.run()
    assert.deepEqual([events.length, ended(), simulation.kernel().traced], [3, 1, false])
  })

  it('ends after 100 events when it has no number, and never shows more than 100,000', async () => {
    const { simulation, room, events } = await setUp({})
    for (let n = 0; n < 150; n++) simulation.send(room, note)
    assert.equal(events.length, 100)
    let shown = 0
    simulation.kernel().tracing.begin({ max: Infinity, perSecond: Infinity }, () => shown++)
    for (let n = 0; n < 100_001; n++) simulation.send(room, note)
    assert.equal(shown, 100_000)
  })

  it('ends once when it is told to', async () => {
    const { simulation, room, events, end, ended } = await setUp({})
    end()
    end()
    simulation.send(room, note)
    await simulation.run()
    assert.deepEqual([events.length, ended(), simulation.kernel().traced], [0, 1, false])
  })

  it('leaves out what exceeds its rate, and says how much in the next event', async () => {
    const { simulation, room, events } = await setUp({ perSecond: 4 })
    for (let n = 0; n < 5; n++) simulation.send(room, note)
    await simulation.run()
    assert.deepEqual(
      events.map((event) => event.skipped),
      [0, 0, 0, 0],
    )
    await simulation.advance(1_000)
    simulation.send(room, note)
    assert.deepEqual(events.at(-1)?.skipped, 6)
  })

  it('gives way to the 17th: at most 16 run at once, and the oldest ends', async () => {
    const { simulation, room, events, ended } = await setUp({})
    const shown = new Set<number>()
    for (let n = 1; n <= 15; n++) simulation.kernel().tracing.begin({}, () => shown.add(n))
    simulation.send(room, note)
    assert.deepEqual([events.length, shown.size, ended()], [1, 15, 0])
    simulation.kernel().tracing.begin({}, () => shown.add(16))
    simulation.send(room, note)
    assert.deepEqual([events.length, shown.size, ended()], [1, 16, 1])
  })
})
