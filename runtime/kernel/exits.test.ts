import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type AnyRef,
  type Down,
  defineActor,
  type Exit,
  type ExitReason,
  type Ref,
  stop,
} from '../actor/index.ts'
import { Probe, Simulation } from '../testing/index.ts'

type Msg = { type: 'stop'; reason: ExitReason } | { type: 'throw' } | { type: 'wait' } | { type: 'note' }

/** Ends as it is told and keeps a log of how. */
const mortal = (log: unknown[] = [], trapExit = false) =>
  defineActor<null, Msg | Exit | Down, void>({
    name: 'mortal',
    trapExit,
    init: () => null,
    handle(_state, msg) {
      if (msg.type === 'stop') return stop(msg.reason)
      if (msg.type === 'throw') throw new Error('as told')
      if (msg.type === 'wait') return new Promise(() => {})
      log.push(msg.type === 'exit' || msg.type === 'down' ? [msg.type, msg.reason] : msg.type)
      return undefined
    },
    terminate: (_state, reason) => void log.push(['terminate', reason]),
  })

/** What a probe has got, without the refs' numbers. */
const reasons = (probe: Probe): unknown[] =>
  probe.received.map((msg) => {
    const { type, reason } = msg as Exit | Down
    return [type, typeof reason === 'object' && 'message' in reason ? reason.message : reason]
  })

for (const [where, thread] of [
  ['on the same thread', 0],
  ['on another thread', 1],
] as const) {
  const setUp = async (definition = mortal(), seed = 1) => {
    const sim = new Simulation({ threads: 2, seed })
    const ref = await sim.start(definition, undefined, thread)
    return { sim, ref: ref as Ref<Msg>, probe: new Probe(sim) }
  }
  const settle = (sim: Simulation): Promise<void> => sim.advance(50)

  describe(`a monitor on an actor ${where}`, () => {
    for (const reason of [
      'normal',
      'shutdown',
      'of its own',
      { shutdown: 'planned' },
    ] satisfies ExitReason[]) {
      it(`fires once with the reason ${JSON.stringify(reason)}`, async () => {
        const { sim, ref, probe } = await setUp()
        await probe.monitor(ref)
        await settle(sim)
        sim.send(ref, { type: 'stop', reason })
        await settle(sim)
        assert.deepEqual(probe.received, [{ type: 'down', ref, reason }])
      })
    }

    it('fires with the error of a crash', async () => {
      const { sim, ref, probe } = await setUp()
      await probe.monitor(ref)
      await settle(sim)
      sim.send(ref, { type: 'throw' })
      await settle(sim)
      assert.deepEqual(reasons(probe), [['down', 'as told']])
    })

    it('fires with noproc when the actor is dead already', async () => {
      const { sim, ref, probe } = await setUp()
      sim.exit(ref, 'kill')
      await settle(sim)
      await probe.monitor(ref)
      await settle(sim)
      assert.deepEqual(probe.received, [{ type: 'down', ref, reason: 'noproc' }])
    })

    it('fires once for each time it was made', async () => {
      const { sim, ref, probe } = await setUp()
      await probe.monitor(ref)
      await probe.monitor(ref)
      await settle(sim)
      sim.exit(ref, 'kill')
      await settle(sim)
      assert.deepEqual(reasons(probe), [
        ['down', 'killed'],
        ['down', 'killed'],
      ])
    })

    it('never arrives once it was taken back, not even out of the mailbox', async () => {
      const { sim, ref, probe } = await setUp()
      const monitor = await probe.do((ctx) => ctx.monitor(ref))
      await probe.do(async (ctx) => {
        ctx.exit(ref, 'kill')
        await new Promise((resolve) => setImmediate(resolve))
        ctx.demonitor(monitor)
      })
      await settle(sim)
      assert.deepEqual(probe.received, [])
    })
  })

  describe(`a link with an actor ${where}`, () => {
    it('takes the other along', async () => {
      const { sim, ref, probe } = await setUp()
      const partner = await sim.start(mortal(), undefined)
      await probe.do((ctx) => ctx.monitor(partner))
      const linker = new Probe(sim, { trapExit: false })
      await linker.link(ref)
      await probe.do((ctx) => ctx.monitor(linker.ref))
      await settle(sim)
      sim.send(ref, { type: 'stop', reason: 'broken' })
      await settle(sim)
      assert.deepEqual(reasons(probe), [['down', 'broken']])
    })

    it('does not take the other along when it ends normally', async () => {
      const { sim, ref } = await setUp()
      const linker = new Probe(sim, { trapExit: false })
      await linker.link(ref)
      await settle(sim)
      sim.send(ref, { type: 'stop', reason: 'normal' })
      await settle(sim)
      assert.equal(sim.isAlive(linker.ref), true)
    })

    it('becomes a message for an actor that traps exits', async () => {
      const { sim, ref, probe } = await setUp()
      await probe.link(ref)
      await probe.link(ref)
      await settle(sim)
      sim.send(ref, { type: 'stop', reason: 'normal' })
      await settle(sim)
      assert.deepEqual(probe.received, [{ type: 'exit', ref, reason: 'normal' }], 'two links are one')
    })

    it('to a dead actor answers with noproc', async () => {
      const { sim, ref, probe } = await setUp()
      sim.exit(ref, 'kill')
      await settle(sim)
      await probe.link(ref)
      await settle(sim)
      assert.deepEqual(probe.received, [{ type: 'exit', ref, reason: 'noproc' }])
    })

    it('is gone after unlink from either side', async () => {
      const { sim, ref, probe } = await setUp()
      await probe.link(ref)
      await probe.do((ctx) => ctx.unlink(ref))
      await settle(sim)
      sim.send(ref, { type: 'stop', reason: 'broken' })
      await settle(sim)
      assert.deepEqual(probe.received, [])
    })
  })

  describe(`an exit signal to an actor ${where}`, () => {
    it('ends it after the message in work, and terminate sees the reason', async () => {
      const log: unknown[] = []
      const { sim, ref, probe } = await setUp(mortal(log))
      await probe.do((ctx) => ctx.exit(ref, 'go away'))
      await settle(sim)
      assert.deepEqual(log, [['terminate', 'go away']])
    })

    it('overtakes the messages that wait', async () => {
      const log: unknown[] = []
      const { sim, ref, probe } = await setUp(mortal(log))
      await probe.do((ctx) => {
        ctx.send(ref, { type: 'stop', reason: 'first in line' })
        ctx.exit(ref, 'overtaken')
      })
      await settle(sim)
      const [, reason] = log[0] as [string, string]
      // Across threads the message may have been handled before the signal was there.
      assert.ok(thread === 0 ? reason === 'overtaken' : ['overtaken', 'first in line'].includes(reason))
    })

    it('with normal is ignored, unless trapped', async () => {
      const log: unknown[] = []
      const { sim, ref, probe } = await setUp(mortal(log))
      const trapping = await sim.start(mortal(log, true), undefined, thread)
      await probe.do((ctx) => {
        ctx.exit(ref, 'normal')
        ctx.exit(trapping, 'normal')
      })
      await settle(sim)
      assert.equal(sim.isAlive(ref), true)
      assert.deepEqual(log, [['exit', 'normal']])
    })

    it('with kill cannot be trapped, runs no terminate, and others see killed', async () => {
      const log: unknown[] = []
      const { sim, ref, probe } = await setUp(mortal(log, true))
      await probe.link(ref)
      await settle(sim)
      await probe.do((ctx) => ctx.exit(ref, 'kill'))
      await settle(sim)
      assert.deepEqual(log, [])
      assert.deepEqual(reasons(probe), [['exit', 'killed']])
    })

    it('with kill interrupts a handler that awaits; any other waits for it', async () => {
      const { sim, ref, probe } = await setUp()
      sim.send(ref, { type: 'wait' })
      await settle(sim)
      await probe.do((ctx) => ctx.exit(ref, 'please'))
      await settle(sim)
      assert.equal(sim.isAlive(ref), true)
      await probe.do((ctx) => ctx.exit(ref, 'kill'))
      await settle(sim)
      assert.equal(sim.isAlive(ref), false)
    })
  })

  describe(`everything an actor ${where} sent`, () => {
    it('arrives before the news of its end', async () => {
      for (let seed = 1; seed <= 20; seed++) {
        const sim = new Simulation({ threads: 2, seed })
        const probe = new Probe(sim)
        const chatty = defineActor<null, { type: 'go' }, AnyRef>({
          name: 'chatty',
          init: () => null,
          handle(_state, _msg, ctx) {
            for (let n = 0; n < 5; n++) ctx.send(probe.ref, n)
            return stop('done')
          },
        })
        const ref = await sim.start(chatty, probe.ref, thread)
        await probe.monitor(ref)
        await settle(sim)
        sim.send(ref, { type: 'go' })
        await settle(sim)
        assert.deepEqual(
          probe.received,
          [0, 1, 2, 3, 4, { type: 'down', ref, reason: 'done' }],
          `seed ${seed}`,
        )
      }
    })
  })
}

describe('the end of an actor', () => {
  it('takes its linked children along, however deep', async () => {
    const sim = new Simulation()
    const depth = 20_000
    const chain = defineActor<null, Msg, number>({
      name: 'chain',
      init: (left, ctx) => {
        if (left > 0) ctx.spawn(chain, left - 1, { link: true })
        return null
      },
      handle: () => stop('cut'),
    })
    const root = sim.spawn(chain, depth)
    await sim.run()
    assert.equal(sim.kernel().cells.size, depth + 1)
    sim.send(root, { type: 'note' })
    await sim.run()
    assert.equal(sim.kernel().cells.size, 0)
  })

  it('stops a child that traps exits when its parent ends', async () => {
    const sim = new Simulation()
    const log: unknown[] = []
    const parent = new Probe(sim, { trapExit: false })
    await parent.do((ctx) => ctx.spawn(mortal(log, true), undefined, { link: true }))
    sim.exit(parent.ref, 'over')
    await sim.run()
    assert.deepEqual(log, [['terminate', 'over']])
  })

  it('is reported with the last message types when it was a crash', async () => {
    const sim = new Simulation()
    const ref = sim.spawn(mortal(), undefined)
    for (let i = 0; i < 12; i++) sim.send(ref, { type: 'note' })
    sim.send(ref, { type: 'throw' })
    sim.send(ref, { type: 'note' })
    await sim.run()
    const [report] = sim.events
    assert.ok(report?.type === 'crash')
    assert.deepEqual(report.lastMessages, [...Array<string>(7).fill('note'), 'throw'])
    assert.equal(report.handled, 13)
    assert.equal(report.mailboxLength, 1)
    assert.equal(report.during, 'handle')
  })

  it('has the reason of terminate when that throws', async () => {
    const sim = new Simulation()
    const probe = new Probe(sim)
    const clumsy = defineActor<null, Msg, void>({
      name: 'clumsy',
      init: () => null,
      handle: () => stop('as planned'),
      terminate: () => {
        throw new Error('stumbled')
      },
    })
    const ref = await probe.do((ctx) => ctx.spawn(clumsy, undefined, { monitor: true }))
    await probe.send(ref, { type: 'note' })
    await sim.run()
    assert.deepEqual(reasons(probe), [['down', 'stumbled']])
  })

  it('waits for a terminate that returns a promise, unless killed meanwhile', async () => {
    const sim = new Simulation()
    const probe = new Probe(sim)
    const lingering = defineActor<null, Msg, void>({
      name: 'lingering',
      init: () => null,
      handle: () => stop(),
      terminate: () => new Promise(() => {}),
    })
    const ref = await probe.do((ctx) => ctx.spawn(lingering, undefined, { monitor: true }))
    await probe.send(ref, { type: 'note' })
    await sim.run()
    assert.deepEqual(probe.received, [])
    await probe.do((ctx) => ctx.exit(ref, 'kill'))
    await sim.run()
    assert.deepEqual(reasons(probe), [['down', 'killed']])
  })
})

describe('the death of a thread', () => {
  it('fires links and monitors elsewhere with threadDown, each once', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const sim = new Simulation({ threads: 3, seed })
      const lost = await sim.start(mortal(), undefined, 1)
      const kept = await sim.start(mortal(), undefined, 2)
      const probe = new Probe(sim)
      await probe.link(lost)
      await probe.monitor(lost)
      await probe.monitor(kept)
      await sim.advance(20)
      sim.crashThread(1)
      await sim.advance(20)
      const got = reasons(probe).sort()
      assert.deepEqual(
        got,
        [
          ['down', 'threadDown'],
          ['exit', 'threadDown'],
        ],
        `seed ${seed}`,
      )
      assert.equal(probe.ref.thread, 0)
      assert.equal(sim.isAlive(lost), false)
      assert.equal(sim.isAlive(kept), true)
    }
  })
})
