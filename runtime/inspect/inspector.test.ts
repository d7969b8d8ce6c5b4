import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor } from '../actor/definition.ts'
import { Simulation } from '../simulation/simulation.ts'
import { Inspector } from './inspector.ts'
import type { ThreadActivity } from './port.ts'
import { SimulatedPort } from './simulated-port.ts'
import { toTree } from './tree.ts'

type Msg = { type: 'note'; text: string }

const notebook = defineActor<string[], Msg, void>({
  name: 'notebook',
  init: () => [],
  handle(notes, msg) {
    notes.push(msg.text)
  },
})

const counter = defineActor<number, never, void>({ name: 'counter', init: () => 0, handle() {} })

const BUSY: ThreadActivity = { ref: '<1.0.1>', actor: 'notebook', messageType: 'note', sinceMs: 12_345 }

async function node(actorsPerThread: number, threads = 3) {
  const simulation = new Simulation({ threads })
  for (let thread = 0; thread < threads; thread++) {
    for (let i = 0; i < actorsPerThread; i++) {
      if (i % 10 === 0) simulation.spawn(counter, undefined, { thread })
      else simulation.spawn(notebook, undefined, { thread })
    }
  }
  for (let thread = 0; thread < threads; thread++) while (simulation.kernel(thread).run(1_000));
  const port = new SimulatedPort(simulation)
  return { simulation, port, inspector: new Inspector(port, port.clock) }
}

describe('a snapshot', () => {
  it('has the actors of all threads', async () => {
    const { inspector } = await node(20)
    const { actors, threads, types, truncated } = await inspector.snapshot()
    assert.equal(new Set(actors.map((row) => row.ref)).size, 60)
    assert.deepEqual(
      threads.map(({ thread, answered }) => [thread, answered]),
      [
        [0, true],
        [1, true],
        [2, true],
      ],
    )
    assert.deepEqual(types, [
      { type: 'notebook', kind: 'actor', live: 54 },
      { type: 'counter', kind: 'actor', live: 6 },
    ])
    assert.equal(truncated, false)
    assert.equal(toTree(actors).length, 60)
  })

  it('answers within its time while a thread is stuck, and names the actor and its message', async () => {
    const { port, inspector } = await node(20)
    port.stuck.set(1, BUSY)
    const { actors, threads, truncated } = await inspector.snapshot({ timeoutMs: 100 })
    assert.equal(port.clock.now(), 100)
    assert.deepEqual(threads[1], { thread: 1, answered: false, activity: BUSY, summary: undefined })
    assert.deepEqual([...new Set(actors.map((row) => row.thread))].sort(), [0, 2])
    assert.equal(actors.length, 40)
    assert.equal(truncated, true)
  })

  it('keeps what it has of a thread that gets stuck between two pages', async () => {
    const { port, inspector } = await node(600, 2)
    const { ask } = port
    port.ask = (thread, request, timeoutMs) => {
      if (thread === 1 && request.kind === 'page' && request.from > 0) port.stuck.set(1, BUSY)
      return ask.call(port, thread, request, timeoutMs)
    }
    const { actors, threads, truncated } = await inspector.snapshot()
    const ofStuck = actors.filter((row) => row.thread === 1).length
    assert.ok(ofStuck > 0 && ofStuck < 600, `${ofStuck} rows`)
    assert.equal(actors.length - ofStuck, 600)
    assert.deepEqual([threads[1]?.answered, threads[1]?.activity], [true, BUSY])
    assert.equal(truncated, true)
  })

  it('stops at its cap, but its totals are of all actors', async () => {
    const { inspector } = await node(2_000)
    const { actors, types, truncated } = await inspector.snapshot({ maxActors: 1_000 })
    assert.equal(actors.length, 1_000)
    assert.equal(
      types.reduce((sum, { live }) => sum + live, 0),
      6_000,
    )
    assert.equal(truncated, true)
  })

  it('gives every thread a part of a tight cap', async () => {
    const { inspector } = await node(2_000)
    const { actors } = await inspector.snapshot({ maxActors: 1_500 })
    assert.equal(new Set(actors.map((row) => row.thread)).size, 3)
  })

  it('ends in time when its threads are slow', async () => {
    const { simulation } = await node(20_000, 1)
    const port = new SimulatedPort(simulation, 40)
    const { actors, truncated } = await new Inspector(port, port.clock).snapshot({
      maxActors: 100_000,
      timeoutMs: 250,
    })
    assert.ok(port.clock.now() <= 250 + 40, `${port.clock.now()} ms`)
    assert.ok(actors.length > 0 && truncated)
  })

  it('leaves other requests their turn between pages', async () => {
    const { port, inspector } = await node(1_000, 1)
    await inspector.snapshot()
    const pages = port.asked.filter(({ request }) => request.kind === 'page')
    assert.ok(pages.length >= 2, `${pages.length} pages`)
  })
})

describe('the list of threads', () => {
  it('has numbers of those that answer and the activity of those that do not', async () => {
    const { port, inspector } = await node(5, 2)
    port.stuck.set(1, BUSY)
    const [main, stuck] = await inspector.threads()
    assert.deepEqual([main?.summary?.actors, main?.activity], [5, undefined])
    assert.deepEqual(stuck, { thread: 1, answered: false, activity: BUSY, summary: undefined })
  })
})

describe('asking about one actor', () => {
  it('takes a ref, its text or a name', async () => {
    const { simulation, inspector } = await node(1)
    const ref = simulation.spawn(notebook, undefined, { thread: 2, name: 'lobby' })
    await simulation.advance(10)
    for (const target of [ref, ref.toString(), 'lobby'])
      assert.equal((await inspector.info(target)).ref, ref.toString())
    simulation.send(ref, { type: 'note', text: 'x' })
    assert.deepEqual((await inspector.peek('lobby')).messages, [
      { type: 'note', kind: 'message', content: undefined },
    ])
    await simulation.run()
    assert.equal((await inspector.peek('lobby', { depth: 1 })).state, "[ 'x' ]")
  })

  it('fails with what is wrong: an unknown name, no such thread, a dead actor', async () => {
    const { inspector } = await node(1)
    await assert.rejects(inspector.info('nobody'), {
      code: 'UNKNOWN_NAME',
      message: "Cannot inspect 'nobody': no actor has this name",
    })
    await assert.rejects(inspector.info('<9.0.1>'), {
      code: 'NO_SUCH_THREAD',
      message: 'Cannot inspect <9.0.1>: the node has no thread 9',
    })
    for (const verb of ['info', 'peek', 'kill', 'suspend', 'resume'] as const) {
      await assert.rejects(inspector[verb]('<1.0.77>'), {
        code: 'ACTOR_GONE',
        message: 'Cannot inspect <1.0.77>: no such actor is alive',
      })
    }
  })

  it('fails in time while its thread is stuck, and says on what', async () => {
    const { port, inspector } = await node(1)
    port.stuck.set(1, BUSY)
    await assert.rejects(inspector.info('<1.0.1>', { timeoutMs: 50 }), {
      code: 'CALL_TIMEOUT',
      message: 'Cannot inspect thread 1: no answer within 50 ms, busy with notebook <1.0.1> (note)',
      context: { thread: 1, timeoutMs: 50, ...BUSY },
    })
    assert.equal(port.clock.now(), 50)
  })

  it('refuses numbers out of range before anything is asked', async () => {
    const { port, inspector } = await node(1)
    const wrong = [
      () => inspector.snapshot({ maxActors: 0 }),
      () => inspector.snapshot({ timeoutMs: Number.NaN }),
      () => inspector.peek('<0.0.1>', { messages: 101 }),
      () => inspector.peek('<0.0.1>', { depth: 0.5 }),
      () => inspector.deadLetters({ limit: -1 }),
      () => inspector.trace({ max: 0 }, () => {}),
      () => inspector.trace({ perSecond: Infinity }, () => {}),
    ]
    for (const call of wrong) await assert.rejects(async () => call(), { code: 'BAD_OPTION' })
    assert.deepEqual(port.asked, [])
  })
})

describe('an operator', () => {
  it('suspends, resumes and kills by name', async () => {
    const { simulation, inspector } = await node(1)
    const ref = simulation.spawn(notebook, undefined, { thread: 1, name: 'lobby' })
    await simulation.advance(10)
    await inspector.suspend('lobby')
    simulation.send(ref, { type: 'note', text: 'later' })
    await simulation.run()
    assert.deepEqual(
      [(await inspector.info('lobby')).state, (await inspector.info('lobby')).mailboxLength],
      ['suspended', 1],
    )
    await inspector.resume('lobby')
    await simulation.run()
    assert.equal((await inspector.info('lobby')).handled, 1)
    await inspector.kill('lobby')
    await simulation.run()
    assert.equal(simulation.isAlive(ref), false)
  })
})

describe('what happened', () => {
  it('lists the newest dead letters of all threads and who gave no answer', async () => {
    const { simulation, port, inspector } = await node(1)
    for (const thread of [0, 1, 2]) {
      const ref = await simulation.start(notebook, undefined, thread)
      simulation.kernel(thread).exits.kill(simulation.kernel(thread).cells.get(ref) as never)
      await simulation.advance(10)
      simulation.send(ref, { type: 'note', text: 'late' })
    }
    const all = await inspector.deadLetters()
    assert.deepEqual(
      all.letters.map(({ thread }) => thread),
      [0, 1, 2],
    )
    port.stuck.set(1, BUSY)
    const { total, letters, silent } = await inspector.deadLetters({ limit: 1 })
    assert.deepEqual([total, letters.map(({ thread }) => thread)], [2, [2]])
    assert.deepEqual(silent, [{ thread: 1, activity: BUSY }])
  })

  it('lists crashes with the last messages', async () => {
    const fragile = defineActor<null, Msg, void>({
      name: 'fragile',
      init: () => null,
      handle() {
        throw new TypeError('boom')
      },
    })
    const { simulation, inspector } = await node(0, 1)
    const ref = await simulation.start(fragile, undefined)
    simulation.send(ref, { type: 'note', text: 'x' })
    await simulation.run()
    for (const event of simulation.events) inspector.record(event)
    const [crash] = inspector.crashes()
    assert.deepEqual([crash?.actor, crash?.lastMessages], ['fragile', ['note']])
    assert.deepEqual(inspector.crashes({ sinceMs: (crash?.atMs ?? 0) + 1 }), [])
    assert.deepEqual([inspector.restarts(), inspector.threadReports()], [[], []])
  })
})
