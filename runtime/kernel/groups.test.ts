import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ref } from '../actor/index.ts'
import { Probe, Simulation } from '../testing/index.ts'

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1)

/** The members as each thread knows them, in the order of their threads. */
const members = (simulation: Simulation, group = 'room'): string[][] =>
  Array.from({ length: simulation.threads }, (_, thread) =>
    simulation.kernel(thread).groups.members(group).map(String).sort(),
  )

/** What every one of three threads should say. */
const everywhere = (...probes: Probe[]): string[][] => {
  const expected = probes.map((probe) => `${probe.ref}`).sort()
  return [expected, expected, expected]
}

describe('a process group over three threads', () => {
  const setUp = (seed = 1) => {
    const simulation = new Simulation({ seed, threads: 3 })
    const probes = [0, 1, 2].map((thread) => new Probe(simulation, { thread })) as [Probe, Probe, Probe]
    return { simulation, probes }
  }

  it('lists its members on every thread', async () => {
    const { simulation, probes } = setUp()
    for (const probe of probes) await probe.do((ctx) => ctx.join('room'))
    await simulation.advance(10)
    assert.deepEqual(members(simulation), everywhere(...probes))
    assert.deepEqual(members(simulation, 'another'), [[], [], []])
  })

  it('knows a member on its own thread at once', async () => {
    const { probes } = setUp()
    const found = await probes[1].do((ctx) => {
      ctx.join('room')
      return ctx.members('room')
    })
    assert.deepEqual(found, [probes[1].ref])
  })

  it('lists one that has entered twice twice, until it has left twice', async () => {
    const { simulation, probes } = setUp()
    const [, probe] = probes
    await probe.do((ctx) => {
      ctx.join('room')
      ctx.join('room')
    })
    await simulation.advance(10)
    assert.deepEqual(members(simulation), everywhere(probe, probe))
    await probe.do((ctx) => ctx.leave('room'))
    await simulation.advance(10)
    assert.deepEqual(members(simulation), everywhere(probe))
    await probe.do((ctx) => ctx.leave('room'))
    await simulation.advance(10)
    assert.deepEqual(members(simulation), everywhere())
  })

  it('does not mind one that leaves without having entered', async () => {
    const { simulation, probes } = setUp()
    await probes[1].do((ctx) => ctx.leave('room'))
    await simulation.advance(10)
    assert.deepEqual(members(simulation), everywhere())
  })

  it('loses a member that ends, however often it had entered', async () => {
    const { simulation, probes } = setUp()
    for (const probe of [...probes, probes[1]]) await probe.do((ctx) => ctx.join('room'))
    simulation.exit(probes[1].ref, 'kill')
    await simulation.advance(10)
    assert.deepEqual(members(simulation), everywhere(probes[0], probes[2]))
  })

  it('loses the members of a thread that dies, and its successor hears of the others', async () => {
    for (const seed of SEEDS) {
      const { simulation, probes } = setUp(seed)
      for (const probe of probes) await probe.do((ctx) => ctx.join('room'))
      simulation.crashThread(1)
      await simulation.advance(20)
      assert.deepEqual(members(simulation), everywhere(probes[0], probes[2]), `seed ${seed}`)
      const successor = new Probe(simulation, { thread: 1 })
      await successor.do((ctx) => ctx.join('room'))
      await simulation.advance(20)
      assert.deepEqual(members(simulation), everywhere(probes[0], probes[2], successor), `seed ${seed}`)
    }
  })

  it('knows a member by its numbers, whatever object names it', () => {
    const { groups } = new Simulation().kernel()
    groups.announced('room', new Ref(1, 2, 3), 1)
    groups.announced('room', new Ref(1, 2, 3), 2)
    assert.deepEqual(groups.members('room').map(String), ['<1.2.3>', '<1.2.3>'])
    groups.announced('room', new Ref(1, 2, 3), 0)
    assert.deepEqual(groups.members('room'), [])
  })

  it('leaves nothing behind when all have left', async () => {
    const { simulation, probes } = setUp()
    for (const probe of probes) await probe.do((ctx) => ctx.join('room'))
    for (const probe of probes) simulation.exit(probe.ref, 'kill')
    await simulation.advance(10)
    for (let thread = 0; thread < 3; thread++) assert.equal(simulation.kernel(thread).groups.size, 0)
  })
})
