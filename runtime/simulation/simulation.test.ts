import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Context, defineActor, type Ref, type ReplyTo } from '../actor/index.ts'
import { Simulation } from './simulation.ts'

type Msg = { type: 'hop'; left: number }

/** Actors on three threads that send a message on at random, and the order in which it all happened. */
async function race(seed: number): Promise<string[]> {
  const log: string[] = []
  const refs: Ref<Msg>[] = []
  const runner = defineActor<null, Msg, void>({
    name: 'runner',
    init: () => null,
    handle(_state, { left }, ctx) {
      log.push(`${ctx.monotonic()} ms ${ctx.self} ${left}`)
      if (left > 0)
        ctx.send(refs[Math.floor(ctx.random() * refs.length)] as Ref<Msg>, { type: 'hop', left: left - 1 })
    },
  })
  const simulation = new Simulation({ seed, threads: 3 })
  for (let n = 0; n < 6; n++) refs.push(simulation.spawn(runner, undefined, { thread: n % 3 }))
  for (const ref of refs) simulation.send(ref, { type: 'hop', left: 10 })
  await simulation.advance(1_000)
  assert.equal(log.length, 66)
  return log
}

describe('a simulation', () => {
  it('runs the same from the same seed', async () => {
    const property = fc.asyncProperty(fc.integer(), async (seed) =>
      assert.deepEqual(await race(seed), await race(seed)),
    )
    await fc.assert(property, { numRuns: 20 })
  })

  it('runs differently from different seeds', async () => {
    const runs = new Set<string>()
    for (let seed = 0; seed < 20; seed++) runs.add((await race(seed)).join())
    assert.equal(runs.size, 20)
  })

  it('lets no time pass in run, and exactly the given time in advance', async () => {
    const simulation = new Simulation()
    const fired: number[] = []
    const sleeper = defineActor<null, 'wake', void>({
      name: 'sleeper',
      init: (_arg, ctx: Context<'wake'>) => {
        ctx.sendAfter(500, ctx.self, 'wake')
        return null
      },
      handle: (_state, _msg, ctx) => void fired.push(ctx.monotonic()),
    })
    simulation.spawn(sleeper, undefined)
    await simulation.run()
    assert.deepEqual([simulation.nowMs, fired], [0, []])
    await simulation.advance(700)
    assert.deepEqual([simulation.nowMs, fired], [700, [500]])
  })

  it('says with its seed when what is waited for can never happen', async () => {
    const simulation = new Simulation({ seed: 42 })
    await assert.rejects(
      simulation.runUntil(() => false),
      { message: 'Cannot go on: nothing is left to happen at 0 ms (seed 42)' },
    )
  })

  it('calls onStep after every turn and packet, from where a thread may crash', async () => {
    let steps = 0
    const idle = defineActor<null, string, void>({ name: 'idle', init: () => null, handle: () => {} })
    const simulation: Simulation = new Simulation({
      threads: 2,
      onStep: () => {
        if (++steps === 2) simulation.crashThread(1)
      },
    })
    const refs = [1, 1, 1].map((thread) => simulation.spawn(idle, undefined, { thread }))
    await simulation.advance(10)
    assert.deepEqual(
      refs.map((ref) => simulation.isAlive(ref)),
      [false, false, false],
    )
    assert.equal(steps, 3, 'two turns and the news')
  })

  it('refuses to crash the main thread', () => {
    assert.throws(() => new Simulation({ threads: 2 }).crashThread(0), { code: 'BAD_OPTION' })
  })
})

describe('an answer to a call of a thread that was lost', () => {
  it('never reaches a call of its successor', async () => {
    type AskMsg = { type: 'ask'; replyTo: ReplyTo<string> } | { type: 'answer' }
    const kept: ReplyTo<string>[] = []
    const keeper = defineActor<null, AskMsg, void>({
      name: 'keeper',
      init: () => null,
      handle(_state, msg, ctx) {
        if (msg.type === 'ask') kept.push(msg.replyTo)
        else ctx.reply(kept[0] as ReplyTo<string>, 'to the first')
      },
    })
    for (let seed = 1; seed <= 20; seed++) {
      kept.length = 0
      const answers: string[] = []
      const simulation = new Simulation({ seed, threads: 2 })
      const callee = await simulation.start(keeper, undefined)
      const caller = defineActor<null, 'call', void>({
        name: 'caller',
        init: () => null,
        handle: async (_state, _msg, ctx) => {
          const ending = ctx.call(callee, { type: 'ask' }).catch((error: { code: string }) => error.code)
          answers.push(await ending)
        },
      })
      simulation.send(simulation.spawn(caller, undefined, { thread: 1 }), 'call')
      await simulation.advance(10)
      simulation.crashThread(1)
      await simulation.advance(10)
      simulation.send(simulation.spawn(caller, undefined, { thread: 1 }), 'call')
      await simulation.advance(10)
      assert.equal(kept.length, 2)
      simulation.send(callee, { type: 'answer' })
      await simulation.advance(10_000)
      assert.deepEqual(answers, ['CALL_TIMEOUT'], `seed ${seed}`)
    }
  })
})

describe('an actor that was being started for a thread that was lost', () => {
  it('is never told to a start of its successor', async () => {
    const gates: (() => void)[] = []
    const slow = defineActor<string, string, string>({
      name: 'slow',
      init: (arg) => new Promise((resolve) => gates.push(() => resolve(arg))),
      handle: () => {},
    })
    for (let seed = 1; seed <= 20; seed++) {
      gates.length = 0
      const simulation = new Simulation({ seed, threads: 3, definitions: [slow] })
      const started: string[] = []
      const starter = defineActor<null, string, void>({
        name: 'starter',
        init: () => null,
        handle: async (_state, arg, ctx) => {
          const ref = await ctx.spawnAt({ thread: 2 }, slow, arg)
          started.push(`${arg}: ${ref}`)
        },
      })
      simulation.send(simulation.spawn(starter, undefined, { thread: 1 }), 'first')
      await simulation.advance(10)
      simulation.crashThread(1)
      simulation.send(simulation.spawn(starter, undefined, { thread: 1 }), 'second')
      await simulation.advance(10)
      for (const open of gates.splice(0)) open()
      await simulation.advance(10)
      assert.equal(started.length, 1, `seed ${seed}`)
      assert.match(started[0] as string, /^second: <2\.\d\.2>$/)
    }
  })
})
