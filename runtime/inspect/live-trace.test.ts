import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor } from '../actor/definition.ts'
import type { Ref } from '../actor/ref.ts'
import { Simulation } from '../simulation/simulation.ts'
import { Inspector } from './inspector.ts'
import type { TraceRow } from './requests.ts'
import { SimulatedPort } from './simulated-port.ts'
import { TRACE_BUFFER_MAX } from './trace-collector.ts'

type Msg = { type: 'relay'; to: Ref<Msg>; secret: string } | { type: 'note'; secret: string }

const relay = defineActor<null, Msg, void>({
  name: 'relay',
  init: () => null,
  handle(_, msg, ctx) {
    if (msg.type === 'relay') ctx.send(msg.to, { type: 'note', secret: msg.secret })
  },
})

const other = defineActor<null, Msg, void>({ name: 'other', init: () => null, handle() {} })

async function node(threads = 2) {
  const simulation = new Simulation({ threads })
  const refs: Ref<Msg>[] = []
  for (let thread = 0; thread < threads; thread++) refs.push(await simulation.start(relay, undefined, thread))
  const port = new SimulatedPort(simulation)
  const shown: TraceRow[] = []
  const inspector = new Inspector(port, port.clock)
  const trace = async (options: Parameters<Inspector['trace']>[0]) => {
    const started = await inspector.trace(options, (event) => shown.push(event))
    await settle()
    return started
  }
  return { simulation, refs, port, inspector, shown, trace }
}

/** Lets questions to threads arrive. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Lets virtual time pass while the trace asks again and again. */
async function pass(simulation: Simulation, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    await simulation.advance(50)
    await settle()
  }
}

const brief = ({ event, from, to, messageType }: TraceRow) => `${event} ${messageType} ${from ?? '-'} ${to}`

describe('a trace', () => {
  it('shows a message on its way between threads, once on each side, and no body', async () => {
    const { simulation, refs, shown, trace } = await node()
    const [here, there] = refs as [Ref<Msg>, Ref<Msg>]
    const live = await trace({})
    simulation.send(here, { type: 'relay', to: there, secret: 'password' })
    await pass(simulation, 300)
    assert.deepEqual(shown.filter((event) => event.messageType === 'note').map(brief), [
      `sent note ${here} ${there}`,
      `arrived note ${here} ${there}`,
      `handled note - ${there}`,
    ])
    assert.equal(JSON.stringify(shown).includes('password'), false)
    live.stop()
    assert.deepEqual(await live.ended, { shown: 5, skipped: 0, silent: [] })
  })

  it('can be narrowed to an actor or a type', async () => {
    const { simulation, refs, shown, trace } = await node()
    const bystander = await simulation.start(other, undefined)
    await trace({ target: refs[0] as Ref<Msg> })
    for (const to of [...refs, bystander]) simulation.send(to, { type: 'note', secret: '' })
    await pass(simulation, 200)
    assert.deepEqual([...new Set(shown.map(({ to }) => to))], [`${refs[0]}`])
    shown.length = 0
    await trace({ actor: 'other' })
    simulation.send(bystander, { type: 'note', secret: '' })
    await pass(simulation, 200)
    assert.deepEqual(
      shown.map(({ actor }) => actor),
      ['other', 'other'],
    )
  })

  it('ends by itself after its number of events over all threads, and leaves nothing behind', async () => {
    const { simulation, refs, shown, trace } = await node()
    const { ended } = await trace({ max: 5 })
    for (let i = 0; i < 10; i++) for (const to of refs) simulation.send(to, { type: 'note', secret: '' })
    await pass(simulation, 300)
    assert.equal((await ended).shown, 5)
    assert.equal(shown.length, 5)
    assert.deepEqual([simulation.kernel(0).traced, simulation.kernel(1).traced], [false, false])
    assert.equal(simulation.kernel(1).timers.size, 0)
  })

  it('keeps its rate over all threads and tells how many it left out', async () => {
    const { simulation, refs, shown, trace } = await node()
    await trace({ perSecond: 10, max: 1_000 })
    const burst = async () => {
      for (let i = 0; i < 25; i++) for (const to of refs) simulation.send(to, { type: 'note', secret: '' })
      await pass(simulation, 200)
    }
    await burst()
    assert.equal(shown.length, 10)
    await pass(simulation, 1_000)
    await burst()
    assert.equal(shown.length, 20)
    // 2 threads, 25 messages, each sent and handled: 100 events, of which 10 were shown.
    assert.ok((shown[10]?.skipped ?? 0) > 0)
    assert.ok(shown.reduce((sum, event) => sum + event.skipped, 0) <= 180)
  })

  it('never makes a thread wait for its reader: a full buffer counts what it leaves out', async () => {
    const { simulation, refs, shown, trace } = await node(1)
    const { ended } = await trace({ max: 100_000, perSecond: 100_000 })
    const [ref] = refs as [Ref<Msg>]
    for (let i = 0; i < TRACE_BUFFER_MAX; i++) simulation.send(ref, { type: 'note', secret: '' })
    await pass(simulation, 200)
    assert.equal(shown.length, TRACE_BUFFER_MAX)
    simulation.send(ref, { type: 'note', secret: '' })
    await pass(simulation, 200)
    assert.equal(shown[TRACE_BUFFER_MAX]?.skipped, TRACE_BUFFER_MAX)
    assert.equal(await Promise.race([ended, 'open']), 'open')
  })

  it('calls the sink no more once it was stopped', async () => {
    const { simulation, refs, shown, trace } = await node()
    const live = await trace({})
    simulation.send(refs[0] as Ref<Msg>, { type: 'note', secret: '' })
    await simulation.run()
    live.stop()
    assert.equal((await live.ended).shown, 0)
    assert.deepEqual([simulation.kernel(0).timers.size, simulation.kernel(1).timers.size], [0, 0])
    assert.deepEqual(shown, [])
  })

  it('goes on without a thread that gives no answer, and names it', async () => {
    const { simulation, refs, port, shown, trace } = await node()
    port.stuck.set(1, { ref: '<1.0.1>', actor: 'relay', messageType: 'note', sinceMs: 1 })
    const { ended } = await trace({ max: 2 })
    simulation.send(refs[0] as Ref<Msg>, { type: 'note', secret: '' })
    await pass(simulation, 300)
    assert.deepEqual(await ended, { shown: 2, skipped: 0, silent: [1] })
    assert.equal(shown.length, 2)
  })

  it('ends when its sink throws, with that error', async () => {
    const { simulation, refs, inspector } = await node()
    const trace = await inspector.trace({}, () => {
      throw new Error('the console is closed')
    })
    await settle()
    simulation.send(refs[0] as Ref<Msg>, { type: 'note', secret: '' })
    await pass(simulation, 300)
    await assert.rejects(trace.ended, /the console is closed/)
    assert.deepEqual([simulation.kernel(0).traced, simulation.kernel(1).traced], [false, false])
  })

  it('ends on its thread when nobody fetches any more', async () => {
    const { simulation, port } = await node(1)
    const spec = { max: 10, perSecond: 10 }
    const id = (await port.ask(0, { kind: 'trace', spec }, 100)) as number
    assert.equal(simulation.kernel().traced, true)
    await simulation.advance(10_001)
    assert.equal(simulation.kernel().traced, false)
    assert.deepEqual(await port.ask(0, { kind: 'traceFetch', id, waitMs: 100 }, 200), {
      events: [],
      overflowed: 0,
      ended: true,
    })
  })

  it('is refused when 16 are open', async () => {
    const { inspector } = await node(1)
    const open = []
    for (let i = 0; i < 16; i++) open.push(await inspector.trace({}, () => {}))
    await assert.rejects(
      inspector.trace({}, () => {}),
      { code: 'TASK_LIMIT', message: 'Cannot trace: 16 traces are open' },
    )
    await settle()
    open[0]?.stop()
    await open[0]?.ended
    await inspector.trace({}, () => {})
  })
})
