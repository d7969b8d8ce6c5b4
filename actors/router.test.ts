import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor, type Ref, type ReplyTo, stop } from '../runtime/index.ts'
import { Simulation } from '../runtime/testing/index.ts'
import type { Idle, Retire } from './messages.ts'
import { type OwnerArg, router } from './router.ts'

type Request =
  | { readonly type: 'count'; readonly key: string; readonly replyTo: ReplyTo<number> }
  | { readonly type: 'crash' | 'rest' | 'hint'; readonly key: string }

interface Counter {
  readonly key: string
  readonly router: Ref<Idle>
  count: number
  retiring: boolean
}

async function counters(seed = 1) {
  const simulation = new Simulation({ seed })
  let alive = 0
  let aliveMost = 0
  const counter = defineActor<Counter, Request | Retire, OwnerArg>({
    name: 'counter',
    init(arg) {
      aliveMost = Math.max(aliveMost, ++alive)
      return { ...arg, count: 0, retiring: false }
    },
    handle(state, msg, ctx) {
      if (msg.type === 'retire') {
        // It still has something to finish.
        if (state.retiring) return stop()
        state.retiring = true
        ctx.sendAfter(5, ctx.self, msg)
      }
      if (msg.type === 'crash') throw new Error('crashed')
      if (msg.type === 'rest') ctx.send(state.router, { type: 'idle', key: state.key, self: ctx.self })
      if (msg.type === 'count') ctx.reply(msg.replyTo, ++state.count)
      return undefined
    },
    terminate() {
      alive--
    },
  })
  const routes = router<Request>({
    name: 'counters',
    start: (ctx, arg) => ctx.spawn(counter, arg, { link: true }),
    startsFor: ({ type }) => type !== 'hint',
    revives: true,
    refuse() {},
  })
  const ref: Ref<Request> = await simulation.start(routes, undefined)
  const count = (key: string) => simulation.call<Request, 'count'>(ref, { type: 'count', key })
  const tell = (type: 'crash' | 'rest' | 'hint', key: string) => simulation.send(ref, { type, key })
  return { simulation, ref, count, tell, alive: () => alive, aliveMost: () => aliveMost }
}

describe('a router', () => {
  it('starts an owner for each key and keeps to it', async () => {
    const { count, alive } = await counters()
    assert.deepEqual([await count('a'), await count('a'), await count('b')], [1, 2, 1])
    assert.equal(alive(), 2)
  })

  it('starts none for a message that means nothing without one', async () => {
    const { simulation, tell, alive } = await counters()
    tell('hint', 'a')
    await simulation.run()
    assert.equal(alive(), 0)
  })

  it('starts another after a crash, which touches neither it nor other owners', async () => {
    const { simulation, count, tell, ref } = await counters()
    await count('a')
    await count('b')
    tell('crash', 'a')
    await simulation.run()
    assert.deepEqual([await count('a'), await count('b'), simulation.isAlive(ref)], [1, 2, true])
  })

  it('starts another after a crash even if nobody asks, and not over and over at once', async () => {
    const { simulation, count, tell, alive } = await counters()
    await count('a')
    await simulation.advance(1_000)
    tell('crash', 'a')
    await simulation.advance(1)
    assert.equal(alive(), 1)
    tell('crash', 'a')
    await simulation.advance(900)
    assert.equal(alive(), 0)
    await simulation.advance(200)
    assert.equal(alive(), 1)
  })

  it('never has two owners of a key, and loses no request, while one retires', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const { simulation, count, tell, aliveMost } = await counters(seed)
      await count('a')
      for (let round = 0; round < 5; round++) {
        tell('rest', 'a')
        if (round % 2 === 0) await count('a')
        await count('a')
      }
      await simulation.run()
      assert.equal(aliveMost(), 1, `seed ${seed}`)
    }
  })

  it('ends its owners with itself', async () => {
    const { simulation, count, ref, alive } = await counters()
    await count('a')
    simulation.exit(ref, 'kill')
    await simulation.run()
    assert.equal(alive(), 0)
  })
})
