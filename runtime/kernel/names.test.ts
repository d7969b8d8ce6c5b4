import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AnyRef, defineActor, type Ref, RuntimeError } from '../actor/index.ts'
import { Probe, Simulation } from '../testing/index.ts'

const SEEDS = Array.from({ length: 30 }, (_, index) => index + 1)

const settled = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'granted',
    (error: unknown) => (error instanceof RuntimeError ? error.code : String(error)),
  )

/** Who holds a name, as each thread knows it. */
const holders = (simulation: Simulation, name: string): (AnyRef | undefined)[] =>
  Array.from({ length: simulation.threads }, (_, thread) => simulation.kernel(thread).names.whereis(name))

/** Claims the name that it is sent and notes what became of it. */
const claimant = (outcomes: string[]) =>
  defineActor<null, string, void>({
    name: 'claimant',
    init: () => null,
    handle: async (_state, name, ctx) => void outcomes.push(await settled(ctx.register(name))),
  })

const idle = defineActor<null, string, void>({ name: 'idle', init: () => null, handle: () => {} })

for (const [where, thread] of [
  ['on the main thread', 0],
  ['on a scheduler thread', 1],
] as const) {
  describe(`a name claimed ${where}`, () => {
    const setUp = async (seed = 1): Promise<{ simulation: Simulation; holder: Probe; rival: Probe }> => {
      const simulation = new Simulation({ seed, threads: 3 })
      const holder = new Probe(simulation, { thread })
      await holder.do((ctx) => ctx.register('lobby'))
      return { simulation, holder, rival: new Probe(simulation, { thread: 2 }) }
    }

    it('is known on every thread', async () => {
      const { simulation, holder } = await setUp()
      await simulation.advance(10)
      assert.deepEqual(holders(simulation, 'lobby'), [holder.ref, holder.ref, holder.ref])
    })

    it('carries messages from every thread', async () => {
      const { simulation, holder, rival } = await setUp()
      await simulation.advance(10)
      assert.equal(await rival.do((ctx) => ctx.sendTo('lobby', 'hello')), undefined)
      await simulation.advance(10)
      assert.deepEqual(holder.received, ['hello'])
    })

    it('is refused to everyone else with NAME_TAKEN', async () => {
      const { simulation, holder, rival } = await setUp()
      const claim = rival.do((ctx) => ctx.register('lobby'))
      await assert.rejects(claim, {
        code: 'NAME_TAKEN',
        message: "Cannot register 'lobby': a live actor holds this name",
        context: { name: 'lobby' },
      })
      await simulation.advance(10)
      assert.deepEqual(holders(simulation, 'lobby'), [holder.ref, holder.ref, holder.ref])
      assert.equal(
        await settled(rival.do((ctx) => ctx.register('hall'))),
        'granted',
        'the loser may take another',
      )
    })

    for (const [how, release] of [
      ['its holder gives it up', (holder: Probe) => holder.do((ctx) => ctx.unregister('lobby'))],
      ['its holder ends', (holder: Probe) => holder.do((ctx) => ctx.exit(ctx.self, 'kill'))],
    ] as const) {
      it(`is free again, everywhere, when ${how}`, async () => {
        const { simulation, holder, rival } = await setUp()
        await release(holder)
        await simulation.advance(10)
        assert.deepEqual(holders(simulation, 'lobby'), [undefined, undefined, undefined])
        await rival.do((ctx) => ctx.register('lobby'))
        await simulation.advance(10)
        assert.deepEqual(holders(simulation, 'lobby'), [rival.ref, rival.ref, rival.ref])
      })
    }

    it("is granted to a claim that overtakes the news of its holder's end", async () => {
      for (const seed of SEEDS) {
        const { simulation, holder, rival } = await setUp(seed)
        simulation.exit(holder.ref, 'kill')
        await simulation.runUntil(() => !simulation.isAlive(holder.ref))
        assert.equal(await settled(rival.do((ctx) => ctx.register('lobby'))), 'granted', `seed ${seed}`)
      }
    })

    it('goes to exactly one of those who claim it at once, from several threads', async () => {
      for (const seed of SEEDS) {
        const { simulation, holder } = await setUp(seed)
        const outcomes: string[] = []
        const rivals = [0, 0, 1, 1, 2, 2].map((on) =>
          simulation.spawn(claimant(outcomes), undefined, { thread: on }),
        )
        for (const rival of rivals) simulation.send(rival, 'lobby')
        simulation.exit(holder.ref, 'kill')
        await simulation.advance(50)
        const [winner, ...others] = new Set(holders(simulation, 'lobby'))
        assert.deepEqual(others, [], `seed ${seed}`)
        const taken = winner === undefined ? 6 : 5 // all may have come before the holder's end
        const expected = [...Array<string>(taken).fill('NAME_TAKEN'), 'granted'].slice(0, 6)
        assert.deepEqual(outcomes.sort(), expected, `seed ${seed}: every claim is answered`)
      }
    })
  })
}

describe('the name of an actor whose thread dies', () => {
  it('is free as soon as the news is there, and no claim is lost meanwhile', async () => {
    for (const seed of SEEDS) {
      const simulation = new Simulation({ seed, threads: 3 })
      const holder = new Probe(simulation, { thread: 1 })
      await holder.do((ctx) => ctx.register('lobby'))
      simulation.crashThread(1)
      const rival = new Probe(simulation, { thread: 2 })
      assert.equal(await settled(rival.do((ctx) => ctx.register('lobby'))), 'granted', `seed ${seed}`)
      await simulation.advance(10)
      assert.deepEqual(
        holders(simulation, 'lobby'),
        [rival.ref, rival.ref, rival.ref],
        'the new thread knows it, too',
      )
    }
  })

  it('is not kept for a claim of that thread', async () => {
    const simulation = new Simulation({ threads: 3 })
    const holder = new Probe(simulation, { thread: 2 })
    await holder.do((ctx) => ctx.register('lobby'))
    simulation.send(simulation.spawn(claimant([]), undefined, { thread: 1 }), 'lobby')
    await simulation.run()
    simulation.crashThread(1)
    simulation.exit(holder.ref, 'kill')
    await simulation.advance(20)
    assert.deepEqual(holders(simulation, 'lobby'), [undefined, undefined, undefined])
  })
})

describe('an actor that ends while its claim waits for an answer', () => {
  it('leaves neither the name nor the claim behind', async () => {
    for (const seed of SEEDS) {
      const simulation = new Simulation({ seed, threads: 3 })
      const holder = new Probe(simulation, { thread: 1 })
      await holder.do((ctx) => ctx.register('lobby'))
      const brief = simulation.spawn(claimant([]), undefined, { thread: 2 })
      simulation.send(brief, 'lobby')
      await simulation.run()
      simulation.exit(brief, 'kill')
      await simulation.advance(20)
      for (let thread = 0; thread < 3; thread++)
        assert.equal(simulation.kernel(thread).names.open, 0, `seed ${seed}`)
      assert.equal(simulation.kernel().names.whereis('lobby'), holder.ref)
    }
  })
})

describe('an actor started with a name', () => {
  it('holds it before its init runs', async () => {
    const simulation = new Simulation({ threads: 2 })
    let found: Ref<string> | undefined
    const named = defineActor<null, string, void>({
      name: 'named',
      init: (_arg, ctx) => {
        found = ctx.whereis<string>('lobby')
        return null
      },
      handle: () => {},
    })
    const ref = simulation.spawn(named, undefined, { name: 'lobby' })
    await simulation.run()
    assert.equal(found, ref)
  })

  it('never runs when the name is taken', async () => {
    const simulation = new Simulation({ threads: 2 })
    simulation.spawn(idle, undefined, { name: 'lobby' })
    await simulation.run()
    let ran = false
    const late = defineActor<null, string, void>({
      name: 'late',
      init: () => {
        ran = true
        return null
      },
      handle: () => {},
    })
    const ref = simulation.spawn(late, undefined, { thread: 1, name: 'lobby' })
    await simulation.advance(20)
    assert.deepEqual([simulation.isAlive(ref), ran], [false, false])
  })
})

describe('registering', () => {
  it('is refused with BAD_OPTION for an empty name and for a second one', async () => {
    const probe = new Probe(new Simulation())
    await assert.rejects(
      probe.do((ctx) => ctx.register('')),
      { code: 'BAD_OPTION', message: /a name has 1 to 200 characters/ },
    )
    await probe.do((ctx) => ctx.register('lobby'))
    await assert.rejects(
      probe.do((ctx) => ctx.register('hall')),
      {
        code: 'BAD_OPTION',
        message: /it is already 'lobby'/,
      },
    )
  })
})

describe('sending to a name that nobody holds', () => {
  it('is answered with UNKNOWN_NAME and listed as a dead letter', async () => {
    const simulation = new Simulation()
    const refusal = await new Probe(simulation).do((ctx) => ctx.sendTo('lobby', { type: 'hello' }))
    assert.deepEqual(refusal, {
      code: 'UNKNOWN_NAME',
      to: 'lobby',
      message: 'Cannot send to lobby: no actor has this name',
    })
    const [letter] = simulation.kernel().deadLetters.list()
    assert.deepEqual([letter?.to, letter?.messageType, letter?.why], ['lobby', 'hello', 'gone'])
  })
})
