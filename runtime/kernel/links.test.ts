import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type AnyRef, defineActor, type Exit, parseRef, stop } from '../actor/index.ts'
import { Probe, Simulation } from '../testing/index.ts'

const mortal = defineActor<null, 'end', void>({
  name: 'mortal',
  init: () => null,
  handle: () => stop('as told'),
})

/** The same address in another object, as an operator's text becomes one. */
const parsed = (ref: AnyRef): AnyRef => parseRef(`${ref}`) as AnyRef

for (const [where, thread] of [
  ['on the same thread', 0],
  ['on another thread', 1],
] as const) {
  describe(`a link with an actor ${where}, by another object of its ref`, () => {
    it('is a link as any other', async () => {
      const simulation = new Simulation({ threads: 2 })
      const ref = await simulation.start(mortal, undefined, thread)
      const probe = new Probe<never>(simulation)
      await probe.link(parsed(ref))
      await probe.link(ref)
      await simulation.advance(10)
      simulation.send(ref, 'end')
      await simulation.advance(10)
      const exits = probe.received as readonly Exit[]
      assert.deepEqual(
        exits.map((exit) => [exit.type, `${exit.ref}`, exit.reason]),
        [['exit', `${ref}`, 'as told']],
      )
    })

    it('is taken back by any of them', async () => {
      const simulation = new Simulation({ threads: 2 })
      const ref = await simulation.start(mortal, undefined, thread)
      const probe = new Probe(simulation)
      await probe.link(ref)
      await probe.do((ctx) => ctx.unlink(parsed(ref)))
      await simulation.advance(10)
      simulation.send(ref, 'end')
      await simulation.advance(10)
      assert.deepEqual(probe.received, [])
    })
  })
}

describe('a link with an actor of another thread', () => {
  it('is not mistaken for the one with a child that has the same place and incarnation here', async () => {
    const simulation = new Simulation({ threads: 2 })
    const elsewhere = [
      simulation.spawn(mortal, undefined, { thread: 1 }),
      simulation.spawn(mortal, undefined, { thread: 1 }),
    ]
    const probe = new Probe(simulation)
    const child = await probe.do((ctx) => ctx.spawn(mortal, undefined, { link: true }))
    const twin = elsewhere.find((ref) => ref.slot === child.slot && ref.incarnation === child.incarnation)
    assert.ok(twin)
    await probe.link(twin)
    await simulation.advance(10)
    simulation.send(twin, 'end')
    await simulation.advance(10)
    assert.deepEqual(probe.received, [{ type: 'exit', ref: twin, reason: 'as told' }])
    simulation.send(child, 'end')
    await simulation.advance(10)
    assert.deepEqual(probe.received.slice(1), [{ type: 'exit', ref: child, reason: 'as told' }])
  })
})

describe('a link with an actor of another thread that both ends take back and make again', () => {
  it('is there for both or for neither, whatever crosses on the way', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const simulation = new Simulation({ seed, threads: 2 })
      const here = new Probe(simulation)
      const there = new Probe(simulation, { thread: 1 })
      await here.link(there.ref)
      await simulation.advance(10)
      for (const [one, other] of [
        [there, here],
        [here, there],
      ] as const) {
        await one.do((ctx) => {
          ctx.unlink(other.ref)
          for (let again = 0; again < 3; again++) {
            if (simulation.random() < 0.5) ctx.link(other.ref)
            else ctx.unlink(other.ref)
          }
        })
      }
      await simulation.advance(10)
      const [mine, theirs] = [here.ref, there.ref].map(
        (ref) => simulation.kernel(ref.thread).cells.get(ref)?.relations,
      )
      assert.equal(mine?.links?.size, theirs?.links?.size, `seed ${seed}`)
      assert.deepEqual(
        [mine?.unlinking?.size ?? 0, theirs?.unlinking?.size ?? 0],
        [0, 0],
        'every unlink is confirmed',
      )
    }
  })
})
