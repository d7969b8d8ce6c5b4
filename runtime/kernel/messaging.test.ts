import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Context, defineActor, type Ref, stop } from '../actor/index.ts'
import { Probe, Simulation } from '../testing/index.ts'

type Note = { type: 'note'; n: number }

const recorder = (log: number[]) =>
  defineActor<null, Note, void>({
    name: 'recorder',
    init: () => null,
    handle: (_state, msg) => void log.push(msg.n),
  })

describe('sending', () => {
  it('delivers the messages of one sender in the order in which they were sent', async () => {
    const sim = new Simulation()
    const log: number[] = []
    const ref = sim.spawn(recorder(log), undefined)
    for (let n = 0; n < 100; n++) sim.send(ref, { type: 'note', n })
    await sim.run()
    assert.deepEqual(
      log,
      Array.from({ length: 100 }, (_, n) => n),
    )
  })

  it('keeps that order across threads, whatever the delays', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const sim = new Simulation({ seed, threads: 2 })
      const log: number[] = []
      const ref = sim.spawn(recorder(log), undefined, { thread: 1 })
      const probe = new Probe(sim)
      await probe.do((ctx) => {
        for (let n = 0; n < 20; n++) ctx.send(ref, { type: 'note', n })
      })
      await sim.runUntil(() => log.length === 20)
      assert.deepEqual(
        log,
        Array.from({ length: 20 }, (_, n) => n),
        `seed ${seed}`,
      )
    }
  })

  it("runs init before the first message, on the actor's own turn", async () => {
    const sim = new Simulation()
    const log: string[] = []
    const actor = defineActor<null, 'hello', string>({
      name: 'actor',
      init: (arg) => {
        log.push(`init ${arg}`)
        return null
      },
      handle: (_state, msg) => void log.push(msg),
    })
    sim.send(sim.spawn(actor, 'x'), 'hello')
    assert.deepEqual(log, [])
    await sim.run()
    assert.deepEqual(log, ['init x', 'hello'])
  })

  it('answers a send to a dead actor with ACTOR_GONE and lists it as a dead letter without its body', async () => {
    const sim = new Simulation()
    const ref = sim.spawn(
      defineActor<null, { type: 'end' }, void>({ name: 'brief', init: () => null, handle: () => stop() }),
      undefined,
    )
    sim.send(ref, { type: 'end' })
    await sim.run()
    const probe = new Probe(sim)
    const refusal = await probe.do((ctx) => ctx.send(ref, { type: 'end' }))
    assert.equal(refusal?.code, 'ACTOR_GONE')
    const [letter] = sim.kernel().deadLetters.list()
    assert.deepEqual({ ...letter, atMs: 0 }, { atMs: 0, to: ref, messageType: 'end', why: 'gone' })
  })

  it('lists messages that were waiting when their actor ended', async () => {
    const sim = new Simulation()
    const ref = sim.spawn(
      defineActor<null, { type: 'end' }, void>({ name: 'brief', init: () => null, handle: () => stop() }),
      undefined,
    )
    for (let i = 0; i < 3; i++) sim.send(ref, { type: 'end' })
    await sim.run()
    assert.deepEqual(
      sim
        .kernel()
        .deadLetters.list()
        .map((letter) => letter.why),
      ['ended', 'ended'],
    )
  })

  it('never lets an old ref reach the actor that took over its slot', async () => {
    const sim = new Simulation()
    const log: number[] = []
    const brief = defineActor<null, Note, void>({ name: 'brief', init: () => stop(), handle: () => {} })
    const old = sim.spawn(brief, undefined)
    await sim.run()
    const fresh = sim.spawn(recorder(log), undefined)
    assert.equal(fresh.slot, old.slot)
    assert.equal(sim.send(old, { type: 'note', n: 1 })?.code, 'ACTOR_GONE')
    await sim.run()
    assert.deepEqual(log, [])
  })

  it('gives the next actor its turn after messagesPerTurn messages', async () => {
    const sim = new Simulation({ messagesPerTurn: 4 })
    const log: number[] = []
    const busy = sim.spawn(recorder(log), undefined)
    const quiet = sim.spawn(recorder(log), undefined)
    for (let n = 0; n < 8; n++) sim.send(busy, { type: 'note', n })
    sim.send(quiet, { type: 'note', n: 100 })
    await sim.run()
    assert.deepEqual(log, [0, 1, 2, 3, 100, 4, 5, 6, 7])
  })
})

describe('a handler that returns a promise', () => {
  type Msg = { type: 'slow' } | { type: 'quick' }

  function slowActor(log: string[], gate: { open: () => void }) {
    return defineActor<null, Msg, void>({
      name: 'slow',
      init: () => null,
      async handle(_state, msg) {
        log.push(`${msg.type} begins`)
        if (msg.type === 'slow') {
          const { promise, resolve } = Promise.withResolvers<void>()
          gate.open = resolve
          await promise
        }
        log.push(`${msg.type} ends`)
      },
    })
  }

  it("suspends its own mailbox and nobody else's", async () => {
    const sim = new Simulation()
    const log: string[] = []
    const gate = { open: () => {} }
    const slow = sim.spawn(slowActor(log, gate), undefined)
    const notes: number[] = []
    const other = sim.spawn(recorder(notes), undefined)
    sim.send(slow, { type: 'slow' })
    sim.send(slow, { type: 'quick' })
    sim.send(other, { type: 'note', n: 1 })
    await sim.run()
    assert.deepEqual(log, ['slow begins'])
    assert.deepEqual(notes, [1])
    gate.open()
    await sim.run()
    assert.deepEqual(log, ['slow begins', 'slow ends', 'quick begins', 'quick ends'])
  })

  it('is given up by a kill, and its outcome is ignored', async () => {
    const sim = new Simulation()
    const gate = { open: () => {} }
    const slow = sim.spawn(slowActor([], gate), undefined)
    sim.send(slow, { type: 'slow' })
    await sim.run()
    sim.exit(slow, 'kill')
    await sim.run()
    assert.equal(sim.isAlive(slow), false)
    gate.open()
    await sim.run()
    assert.deepEqual(sim.events, [])
  })

  it('crashes its actor when it rejects', async () => {
    const sim = new Simulation()
    const failing = defineActor<null, 'go', void>({
      name: 'failing',
      init: () => null,
      handle: () => Promise.reject(new Error('no luck')),
    })
    const ref = sim.spawn(failing, undefined)
    sim.send(ref, 'go')
    await sim.run()
    assert.equal(sim.isAlive(ref), false)
    const [report] = sim.events
    assert.ok(report?.type === 'crash' && typeof report.reason === 'object' && 'error' in report.reason)
    assert.equal(report.reason.message, 'no luck')
  })
})

describe('slow work', () => {
  type Msg = { type: 'start' } | { type: 'done'; text: string }

  it('comes back as a message while the actor goes on', async () => {
    const sim = new Simulation()
    const log: string[] = []
    const actor = defineActor<null, Msg, void>({
      name: 'worker',
      init: () => null,
      handle(_state, msg, ctx) {
        if (msg.type === 'done') return void log.push(msg.text)
        ctx.task(
          async () => 'result',
          (outcome) => ({ type: 'done', text: outcome.ok ? outcome.value : outcome.error.message }),
        )
        log.push('started')
      },
    })
    sim.send(sim.spawn(actor, undefined), { type: 'start' })
    await sim.run()
    assert.deepEqual(log, ['started', 'result'])
  })

  it('tells a failure as a message, too', async () => {
    const sim = new Simulation()
    const log: string[] = []
    const actor = defineActor<null, Msg, void>({
      name: 'worker',
      init: () => null,
      handle(_state, msg, ctx) {
        if (msg.type === 'done') return void log.push(msg.text)
        ctx.task(
          () => Promise.reject(new Error('disk on fire')),
          (outcome) => ({ type: 'done', text: outcome.ok ? 'fine' : outcome.error.message }),
        )
      },
    })
    sim.send(sim.spawn(actor, undefined), { type: 'start' })
    await sim.run()
    assert.deepEqual(log, ['disk on fire'])
  })
})

describe('timers', () => {
  it('deliver after their delay and not before', async () => {
    const sim = new Simulation()
    const log: number[] = []
    const ref = sim.spawn(recorder(log), undefined)
    const probe = new Probe(sim)
    await probe.do((ctx) => ctx.sendAfter(1_000, ref, { type: 'note', n: 1 }))
    await sim.advance(999)
    assert.deepEqual(log, [])
    await sim.advance(1)
    assert.deepEqual(log, [1])
  })

  it('can be taken back', async () => {
    const sim = new Simulation()
    const log: number[] = []
    const ref = sim.spawn(recorder(log), undefined)
    const probe = new Probe(sim)
    const timer = await probe.do((ctx) => ctx.sendAfter(10, ref, { type: 'note', n: 1 }))
    assert.equal(timer.cancel(), true)
    assert.equal(timer.cancel(), false)
    await sim.advance(100)
    assert.deepEqual(log, [])
  })

  it('end with the actor that started them', async () => {
    const sim = new Simulation()
    const log: number[] = []
    const ref = sim.spawn(recorder(log), undefined)
    const probe = new Probe(sim)
    await probe.do((ctx) => ctx.sendAfter(10, ref, { type: 'note', n: 1 }))
    sim.exit(probe.ref, 'kill')
    await sim.advance(100)
    assert.deepEqual(log, [])
    assert.equal(sim.kernel().timers.size, 0)
  })
})

describe('a context', () => {
  it('refuses to act for an actor that has ended', async () => {
    const sim = new Simulation()
    let kept: Context<'end'> | undefined
    const brief = defineActor<null, 'end', void>({
      name: 'brief',
      init: (_arg, ctx) => {
        kept = ctx
        return null
      },
      handle: () => stop(),
    })
    const ref = sim.spawn(brief, undefined)
    sim.send(ref, 'end')
    await sim.run()
    assert.throws(() => kept?.send(ref, 'end'), { code: 'ACTOR_GONE' })
  })

  it('starts actors on other threads and waits for their init', async () => {
    const log: string[] = []
    const far = defineActor<null, string, string>({
      name: 'far',
      init: (arg, ctx) => {
        log.push(`${arg} on ${ctx.thread}`)
        return null
      },
      handle: (_state, msg) => void log.push(msg),
    })
    const sim = new Simulation({ threads: 3, definitions: [far] })
    const probe = new Probe(sim)
    const ref = await probe.do((ctx): Promise<Ref<string>> => ctx.spawnAt({ thread: 2 }, far, 'hello'))
    assert.equal(ref.thread, 2)
    await probe.send(ref, 'a message')
    await sim.advance(10)
    assert.deepEqual(log, ['hello on 2', 'a message'])
  })

  it('places a key on the same thread every time', async () => {
    const far = defineActor<null, string, void>({ name: 'far', init: () => null, handle: () => {} })
    const sim = new Simulation({ threads: 4, definitions: [far] })
    const probe = new Probe(sim)
    const threads = new Set<number>()
    for (let i = 0; i < 5; i++) {
      threads.add((await probe.do((ctx) => ctx.spawnAt({ key: 'alice' }, far, undefined))).thread)
    }
    assert.equal(threads.size, 1)
  })

  it('tells with a code what was wrong with a start elsewhere', async () => {
    const unknown = defineActor<null, string, void>({ name: 'unknown', init: () => null, handle: () => {} })
    const broken = defineActor<null, string, void>({
      name: 'broken',
      init: () => {
        throw new Error('cannot begin')
      },
      handle: () => {},
    })
    const sim = new Simulation({ threads: 2, definitions: [broken] })
    const probe = new Probe(sim)
    const start = (definition: typeof unknown, thread: number) =>
      probe.do((ctx) => ctx.spawnAt({ thread }, definition, undefined))
    await assert.rejects(start(unknown, 1), { code: 'UNKNOWN_ACTOR_TYPE' })
    await assert.rejects(start(broken, 1), { code: 'CHILD_START_FAILED', message: /cannot begin/ })
    await assert.rejects(start(broken, 7), { code: 'NO_SUCH_THREAD' })
  })

  it('refuses more actors than the thread may run', async () => {
    const sim = new Simulation({ actorLimit: 2 })
    const probe = new Probe(sim)
    const idle = defineActor<null, string, void>({ name: 'idle', init: () => null, handle: () => {} })
    await probe.do((ctx) => ctx.spawn(idle, undefined))
    await assert.rejects(
      probe.do((ctx) => ctx.spawn(idle, undefined)),
      { code: 'ACTOR_LIMIT' },
    )
  })
})
