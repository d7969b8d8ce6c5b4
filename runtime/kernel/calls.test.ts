import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor, type Ref, type ReplyTo, RuntimeError, stop } from '../actor/index.ts'
import { Probe, Simulation } from '../testing/index.ts'

type EchoMsg =
  | { type: 'echo'; value: unknown; replyTo: ReplyTo<unknown> }
  | { type: 'later'; value: unknown; replyTo: ReplyTo<unknown> }
  | { type: 'answer' }
  | { type: 'end' }
  | { type: 'fail'; replyTo: ReplyTo<unknown> }

/** Answers at once, or keeps the request until it is told to answer. */
const echo = defineActor<{ kept: [ReplyTo<unknown>, unknown][] }, EchoMsg, void>({
  name: 'echo',
  init: () => ({ kept: [] }),
  handle(state, msg, ctx) {
    switch (msg.type) {
      case 'echo':
        return ctx.reply(msg.replyTo, msg.value)
      case 'later':
        state.kept.push([msg.replyTo, msg.value])
        return
      case 'answer':
        for (const [replyTo, value] of state.kept) ctx.reply(replyTo, value)
        return
      case 'fail':
        return ctx.replyError(
          msg.replyTo as ReplyTo<never>,
          new RuntimeError('UNKNOWN_NAME', 'not here', { context: { a: 1 } }),
        )
      case 'end':
        return stop()
    }
  },
})

/** The same cases within a thread and across two. */
for (const [where, thread] of [
  ['on the same thread', 0],
  ['on another thread', 1],
] as const) {
  const setUp = async (seed = 1): Promise<{ sim: Simulation; probe: Probe; ref: Ref<EchoMsg> }> => {
    const sim = new Simulation({ seed, threads: 2, definitions: [echo] })
    const ref = await sim.start(echo, undefined, thread)
    return { sim, probe: new Probe(sim), ref }
  }
  const settled = <T>(promise: Promise<T>): Promise<T | string> =>
    promise.catch((error: unknown) => (error instanceof RuntimeError ? error.code : String(error)))

  describe(`a call to an actor ${where}`, () => {
    it('resolves with the reply', async () => {
      const { probe, ref } = await setUp()
      const value = { text: 'hello', list: [1, 2, 3] }
      assert.deepEqual(await probe.do((ctx) => ctx.call(ref, { type: 'echo', value })), value)
    })

    it('carries refs, which are equal to those that the caller knows', async () => {
      const { probe, ref } = await setUp()
      const back = await probe.do((ctx) => ctx.call(ref, { type: 'echo', value: probe.ref }))
      assert.equal(back, probe.ref)
    })

    it('rejects with the error that the callee replied, with its code and context', async () => {
      const { probe, ref } = await setUp()
      const call = probe.do((ctx) => ctx.call(ref, { type: 'fail' }))
      await assert.rejects(call, { name: 'RuntimeError', code: 'UNKNOWN_NAME', context: { a: 1 } })
    })

    it('times out after its time, and the late reply vanishes', async () => {
      const { sim, probe, ref } = await setUp()
      const before = sim.nowMs
      const call = probe.do((ctx) => settled(ctx.call(ref, { type: 'later', value: 1 }, { timeoutMs: 200 })))
      assert.equal(await call, 'CALL_TIMEOUT')
      assert.equal(sim.nowMs - before >= 200, true)
      sim.send(ref, { type: 'answer' })
      await sim.advance(20)
      assert.deepEqual(probe.received, [])
      assert.equal(sim.kernel(0).timers.size, 0)
    })

    it('fails at once when the callee is dead already', async () => {
      const { sim, probe, ref } = await setUp()
      sim.send(ref, { type: 'end' })
      await sim.run()
      const call = probe.do((ctx) => ctx.call(ref, { type: 'echo', value: 1 }))
      await assert.rejects(call, { code: 'ACTOR_GONE', context: { to: String(ref), reason: 'noproc' } })
      assert.ok(sim.nowMs < 1_000)
    })

    it('fails with the exit reason as soon as the callee ends', async () => {
      const { sim, probe, ref } = await setUp()
      const call = probe.do((ctx) => {
        const open = ctx.call(ref, { type: 'later', value: 1 })
        ctx.exit(ref, 'overthrown')
        return open
      })
      await assert.rejects(call, { code: 'ACTOR_GONE', context: { to: String(ref), reason: 'overthrown' } })
      assert.ok(sim.nowMs < 1_000)
    })

    it('is answered once, whoever answers a second time', async () => {
      const { sim, probe, ref } = await setUp()
      const first = probe.do((ctx) => ctx.call(ref, { type: 'later', value: 'only' }))
      const answering = new Probe(sim).do((ctx) => {
        ctx.send(ref, { type: 'answer' })
        ctx.send(ref, { type: 'answer' })
      })
      await answering
      assert.equal(await first, 'only')
      await sim.advance(20)
      assert.deepEqual(probe.received, [])
    })

    it('may be asked without waiting: the outcome comes back as a message', async () => {
      const { sim, ref } = await setUp()
      const outcomes: unknown[] = []
      const asker = defineActor<null, { type: 'start' } | { type: 'outcome'; value: unknown }, void>({
        name: 'asker',
        init: () => null,
        handle(_state, msg, ctx) {
          if (msg.type === 'outcome') return void outcomes.push(msg.value)
          ctx.ask(ref, { type: 'echo', value: 7 }, (outcome) => ({
            type: 'outcome',
            value: outcome.ok ? outcome.value : outcome.error,
          }))
        },
      })
      sim.send(sim.spawn(asker, undefined), { type: 'start' })
      await sim.runUntil(() => outcomes.length > 0)
      assert.deepEqual(outcomes, [7])
    })

    it('leaves nothing behind at the callee', async () => {
      const { sim, probe, ref } = await setUp()
      await probe.do((ctx) => ctx.call(ref, { type: 'echo', value: 1 }))
      const late = { timeoutMs: 5 }
      await probe.do((ctx) => settled(ctx.call(ref, { type: 'later', value: 1 }, late)))
      await sim.advance(50)
      assert.equal(sim.kernel(thread).cells.get(ref)?.callers, null)
    })
  })
}

describe('a chain of calls', () => {
  type Msg = { type: 'go'; path: Ref<Msg>[]; replyTo: ReplyTo<string> }
  const relay = defineActor<null, Msg, void>({
    name: 'relay',
    init: () => null,
    async handle(_state, { path, replyTo }, ctx) {
      const [next, ...rest] = path
      if (next === undefined) return ctx.reply(replyTo, 'end of the path')
      try {
        ctx.reply(replyTo, await ctx.call(next, { type: 'go', path: rest }))
      } catch (error) {
        ctx.replyError(replyTo as ReplyTo<never>, error as Error)
      }
    },
  })

  async function relays(count: number, threads: number) {
    const sim = new Simulation({ threads, definitions: [relay] })
    const refs: Ref<Msg>[] = []
    for (let i = 0; i < count; i++) refs.push(await sim.start(relay, undefined, i % threads))
    const probe = new Probe(sim)
    const walk = (...path: number[]) =>
      probe.do((ctx) => {
        const [first, ...rest] = path.map((index) => refs[index] as Ref<Msg>)
        return ctx.call(first as Ref<Msg>, { type: 'go', path: rest })
      })
    return { sim, refs, walk }
  }

  for (const threads of [1, 2, 3]) {
    it(`works along a path over ${threads} threads`, async () => {
      const { walk } = await relays(4, threads)
      assert.equal(await walk(0, 1, 2, 3), 'end of the path')
    })

    it(`that comes back to a waiting actor fails at once and names the cycle, over ${threads} threads`, async () => {
      const { sim, refs, walk } = await relays(3, threads)
      const [a, b, c] = refs
      await assert.rejects(walk(0, 1, 2, 0), {
        code: 'CALL_CYCLE',
        message: `Cannot call ${a}: it waits for this call itself: relay ${a} -> relay ${b} -> relay ${c} -> relay ${a}`,
      })
      assert.ok(sim.nowMs < 1_000, 'no time-out was waited for')
    })
  }

  it('that an actor makes to itself fails at once', async () => {
    const { walk } = await relays(1, 1)
    await assert.rejects(walk(0, 0), { code: 'CALL_CYCLE' })
  })

  it('is no cycle when the first actor does not wait (ask)', async () => {
    const answers: unknown[] = []
    type M = { type: 'start'; via: Ref<Msg> } | { type: 'outcome'; ok: boolean } | Msg
    const asker = defineActor<null, M, void>({
      name: 'asker',
      init: () => null,
      handle(_state, msg, ctx) {
        if (msg.type === 'start') {
          const path = [ctx.self as unknown as Ref<Msg>]
          ctx.ask(msg.via, { type: 'go', path }, (outcome) => ({ type: 'outcome', ok: outcome.ok }))
        } else if (msg.type === 'outcome') answers.push(msg.ok)
        else ctx.reply(msg.replyTo, 'here')
      },
    })
    const sim = new Simulation()
    const via = await sim.start(relay, undefined)
    sim.send(sim.spawn(asker, undefined), { type: 'start', via })
    await sim.run()
    assert.deepEqual(answers, [true])
  })
})

describe('a handler that returns while its call is open', () => {
  it('crashes its actor with CALL_NOT_AWAITED', async () => {
    const sim = new Simulation()
    const ref = await sim.start(echo, undefined)
    const careless = defineActor<null, 'go', void>({
      name: 'careless',
      init: () => null,
      handle(_state, _msg, ctx) {
        void ctx.call(ref, { type: 'echo', value: 1 })
      },
    })
    const caller = sim.spawn(careless, undefined)
    sim.send(caller, 'go')
    await sim.run()
    assert.equal(sim.isAlive(caller), false)
    const [report] = sim.events
    assert.ok(report?.type === 'crash' && typeof report.reason === 'object' && 'error' in report.reason)
    assert.equal(report.reason.code, 'CALL_NOT_AWAITED')
  })
})

describe('a call to an actor whose thread dies', () => {
  it('fails with the news of the death', async () => {
    const sim = new Simulation({ threads: 2, definitions: [echo] })
    const ref = await sim.start(echo, undefined, 1)
    const probe = new Probe(sim)
    const call = probe.do((ctx) => ctx.call(ref, { type: 'later', value: 1 }))
    queueMicrotask(() => sim.crashThread(1))
    await assert.rejects(call, { code: 'ACTOR_GONE', context: { to: String(ref), reason: 'threadDown' } })
    assert.ok(sim.nowMs < 1_000)
  })
})
