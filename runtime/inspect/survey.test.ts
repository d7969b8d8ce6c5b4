import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor } from '../actor/definition.ts'
import type { Ref } from '../actor/ref.ts'
import { Simulation } from '../simulation/simulation.ts'
import { child, supervisor } from '../supervisor/index.ts'
import { Inspector } from './inspector.ts'
import { SAMPLERS_MAX } from './sampler.ts'
import { SimulatedPort } from './simulated-port.ts'

type Msg = { type: 'note' } | { type: 'spawn'; count: number; link: boolean }

const note = { type: 'note' } as const

const notebook = defineActor<{ notes: number }, Msg, void>({
  name: 'notebook',
  mailbox: { limit: 1_000 },
  init: () => ({ notes: 0 }),
  handle(state, msg, ctx) {
    if (msg.type === 'note') state.notes++
    else for (let i = 0; i < msg.count; i++) ctx.spawn(page, undefined, { link: msg.link })
  },
  about: ({ notes }, part) => (part === undefined ? { notes, owner: 'alice' } : { part }),
})

const page = defineActor<null, Msg, void>({
  name: 'page',
  init: () => null,
  handle() {},
  about: () => ({ notes: 10, owner: 'bob' }),
})

const careful = defineActor<null, never, void>({
  name: 'careful',
  init: () => null,
  trapExit: true,
  handle() {},
})

function node(threads = 2) {
  const simulation = new Simulation({ threads })
  const port = new SimulatedPort(simulation)
  const settle = (): void => {
    for (let thread = 0; thread < threads; thread++) while (simulation.kernel(thread).run(1_000));
  }
  const spawn = (thread: number): Ref<Msg> => simulation.spawn(notebook, undefined, { thread }) as Ref<Msg>
  return { simulation, port, settle, spawn, inspector: new Inspector(port, port.clock) }
}

describe('a ranking', () => {
  it('has the first in an order over all threads, best first', async () => {
    const { spawn, settle, inspector, simulation } = node()
    const waiting = [1, 5, 3, 0]
    const refs = waiting.map((_, index) => spawn(index % 2))
    settle()
    for (const [index, ref] of refs.entries()) {
      for (let i = waiting[index] ?? 0; i > 0; i--) simulation.kernel(ref.thread).send(null, ref, note)
    }
    const { best, matched } = await inspector.ranking('mailbox', { limit: 2 })
    assert.deepEqual(
      best.map(({ row }) => [row.ref, row.mailboxLength]),
      [
        [String(refs[1]), 5],
        [String(refs[2]), 3],
      ],
    )
    assert.equal(matched, 4)
  })

  it('tells what was done since the last look under the same name', async () => {
    const { spawn, settle, inspector, simulation } = node()
    const ref = spawn(1)
    settle()
    const handle = (count: number): void => {
      for (let i = 0; i < count; i++) simulation.kernel(1).send(null, ref, note)
      settle()
    }
    const look = async (sampler: string) =>
      (await inspector.ranking('handled', { sampler })).best[0]?.since?.handled
    handle(3)
    assert.equal(await look('a'), undefined)
    handle(5)
    assert.equal(await look('a'), 5)
    assert.equal(await look('b'), undefined)
    handle(1)
    assert.deepEqual([await look('a'), await look('b')], [1, 1])
    inspector.forgetSampler('a')
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(await look('a'), undefined)
  })

  it('keeps the looks of as many as it says, each with its own', async () => {
    const { spawn, settle, inspector, simulation } = node()
    const ref = spawn(1)
    settle()
    const names = Array.from({ length: SAMPLERS_MAX }, (_, i) => `looker ${i}`)
    for (const sampler of names) await inspector.ranking('handled', { sampler })
    simulation.kernel(1).send(null, ref, note)
    settle()
    for (const sampler of names) {
      assert.equal((await inspector.ranking('handled', { sampler })).best[0]?.since?.handled, 1)
    }
  })

  it('leaves out what does not pass the filter, and tells one that is followed all the same', async () => {
    const { spawn, settle, inspector, simulation } = node()
    const followed = spawn(0)
    simulation.spawn(page, undefined, { thread: 1 })
    settle()
    const filter = { type: 'page' }
    const {
      best,
      matched,
      followed: told,
    } = await inspector.ranking('age', { filter, follow: followed.toString() })
    assert.deepEqual([best.map(({ row }) => row.type), matched, told?.row.type], [['page'], 1, 'notebook'])
    const byRef = await inspector.ranking('age', { filter: { match: followed.toString() } })
    assert.deepEqual([byRef.matched, byRef.best[0]?.row.ref], [1, followed.toString()])
  })

  it('passes over 60,000 actors in pages of half a millisecond', async () => {
    const { spawn, settle, inspector, simulation, port } = node(1)
    simulation.kernel(0).send(null, spawn(0), { type: 'spawn', count: 60_000, link: false })
    settle()
    const { matched, best } = await inspector.ranking('handled', { limit: 3, timeoutMs: 60_000 })
    assert.deepEqual([matched, best.length], [60_001, 3])
    const pages = port.asked.filter(({ request }) => request.kind === 'scan').length
    assert.ok(pages >= 6 && pages <= 10, `${pages} pages`)
  })

  it('has the others when a thread says nothing', async () => {
    const { spawn, settle, inspector, port } = node()
    spawn(0)
    spawn(1)
    settle()
    port.stuck.set(1, { ref: '<1.0.1>', actor: 'notebook', messageType: 'note', sinceMs: 0 })
    const { best, silent, truncated } = await inspector.ranking('handled')
    assert.deepEqual([best.map(({ row }) => row.thread), silent[0]?.thread, truncated], [[0], 1, true])
  })
})

describe('a list', () => {
  it('goes on where the one before has ended, each actor once', async () => {
    const { spawn, settle, inspector } = node(3)
    const all = Array.from({ length: 30 }, (_, i) => spawn(i % 3).toString())
    settle()
    const found: string[] = []
    let after: Awaited<ReturnType<Inspector['list']>>['next']
    do {
      const list = await inspector.list({ limit: 7, ...(after === undefined ? {} : { after }) })
      found.push(...list.rows.map(({ ref }) => ref))
      assert.equal(list.truncated, list.next !== undefined)
      after = list.next
    } while (after !== undefined)
    assert.deepEqual(found.toSorted(), all.toSorted())
  })

  it('is of one thread, and of one type, when asked for', async () => {
    const { spawn, settle, inspector, simulation } = node()
    spawn(0)
    spawn(1)
    simulation.spawn(page, undefined, { thread: 1 })
    settle()
    const types = async (options: object) => (await inspector.list(options)).rows.map(({ type }) => type)
    assert.deepEqual(await types({ thread: 1 }), ['notebook', 'page'])
    assert.deepEqual(await types({ filter: { type: 'page' } }), ['page'])
    assert.deepEqual(await types({ filter: { match: 'note' }, thread: 0 }), ['notebook'])
  })
})

describe('a folded tree', () => {
  it('has a row for the first siblings of a type and counts the others, with what waits for them', async () => {
    const { spawn, settle, inspector, simulation } = node()
    const parent = spawn(1)
    settle()
    simulation.kernel(1).send(null, parent, { type: 'spawn', count: 2_000, link: true })
    settle()
    const last = simulation.kernel(1).cells.at(1_999)
    simulation.kernel(1).send(null, last?.ref as Ref<Msg>, note)
    const { rows, folds } = await inspector.foldedTree({ fold: 3 })
    assert.deepEqual(
      rows.map(({ type }) => type),
      ['notebook', 'page', 'page', 'page'],
    )
    const [fold] = folds
    assert.equal(folds.length, 1)
    assert.deepEqual([fold?.parent, fold?.type, fold?.count], [parent.toString(), 'page', 1_997])
    assert.deepEqual([fold?.mailboxLength, fold?.mailboxMax], [1, 1])
  })

  it('says when there were more rows than it may have', async () => {
    const { spawn, settle, inspector } = node(1)
    for (let i = 0; i < 10; i++) spawn(0)
    settle()
    const { rows, truncated } = await inspector.foldedTree({ fold: 100, limit: 4 })
    assert.deepEqual([rows.length, truncated], [4, true])
  })
})

describe('what an actor tells of itself', () => {
  it('is what its type says, of all or of a part', async () => {
    const { spawn, settle, inspector } = node()
    const ref = spawn(1)
    settle()
    assert.deepEqual(await inspector.about(ref), { notes: 0, owner: 'alice' })
    assert.deepEqual(await inspector.about(ref, 'key'), { part: 'key' })
    assert.deepEqual((await inspector.info(ref)).about, { notes: 0, owner: 'alice' })
  })

  it('is plain, short, and never the end of the actor', async () => {
    const odd = defineActor<null, never, void>({
      name: 'odd',
      init: () => null,
      handle() {},
      about(_state, part) {
        if (part === 'throw') throw new Error('a bug')
        return { long: 'x'.repeat(1_000), no: { nested: 1 } as never, not: Number.NaN, n: 1 }
      },
    })
    const { settle, inspector, simulation } = node()
    const ref = simulation.spawn(odd, undefined, { thread: 1 })
    settle()
    assert.deepEqual(await inspector.about(ref), { long: 'x'.repeat(256), n: 1 })
    assert.deepEqual(await inspector.about(ref, 'throw'), { error: 'a bug' })
    assert.equal((await inspector.info(ref)).state, 'idle')
  })
})

describe('the reach of an end', () => {
  it('has linked children and their children, with what their types tell', async () => {
    const { spawn, settle, inspector, simulation } = node()
    const ref = spawn(1)
    settle()
    simulation.kernel(1).send(null, ref, { type: 'spawn', count: 3, link: true })
    simulation.kernel(1).send(null, ref, { type: 'spawn', count: 5, link: false })
    settle()
    const reach = await inspector.reach(ref, { sums: ['notes'], samples: ['owner'] })
    assert.deepEqual(reach.types, { notebook: 1, page: 3 })
    assert.deepEqual([reach.actors, reach.children, reach.sums.notes, reach.complete], [4, 3, 30, true])
    assert.deepEqual(new Set(reach.samples.owner), new Set(['alice', 'bob']))
  })

  for (const [strategy, ended] of [
    ['oneForOne', { notebook: 1 }],
    ['restForOne', { notebook: 1, page: 1 }],
    ['oneForAll', { notebook: 1, page: 1, careful: 1 }],
  ] as const) {
    it(`has the siblings that a supervisor stops along with ${strategy}`, async () => {
      const tree = supervisor('tree', {
        strategy,
        children: [child('first', careful), child('second', notebook), child('third', page)],
      })
      const { settle, inspector, simulation } = node()
      simulation.spawn(tree, undefined, { thread: 1 })
      settle()
      const [row] = (await inspector.list({ filter: { type: 'notebook' } })).rows
      const reach = await inspector.reach(row?.ref ?? '')
      assert.deepEqual(reach.types, ended)
    })
  }

  it('follows links to other threads, and stops at whoever traps exits', async () => {
    const linker = defineActor<null, never, Ref<never>[]>({
      name: 'linker',
      init(refs, ctx) {
        for (const ref of refs) ctx.link(ref)
        return null
      },
      handle() {},
    })
    const { settle, inspector, simulation, spawn } = node()
    const elsewhere = spawn(1)
    const trapping = simulation.spawn(careful, undefined, { thread: 1 })
    settle()
    const ref = simulation.spawn(linker, [elsewhere, trapping], { thread: 0 })
    for (let i = 0; i < 5; i++) {
      settle()
      simulation.run()
    }
    const reach = await inspector.reach(ref)
    assert.deepEqual(reach.types, { linker: 1, notebook: 1 })
    assert.equal(reach.links, 1)
  })

  it('of a thread has all its actors', async () => {
    const { spawn, settle, inspector } = node()
    for (let i = 0; i < 7; i++) spawn(1)
    spawn(0)
    settle()
    assert.deepEqual((await inspector.reach({ thread: 1 })).types, { notebook: 7 })
  })

  it('is not complete when a thread says nothing', async () => {
    const { spawn, settle, inspector, port } = node()
    spawn(1)
    settle()
    port.stuck.set(1, { ref: '<1.0.1>', actor: 'notebook', messageType: 'note', sinceMs: 0 })
    const { complete, silent, actors } = await inspector.reach({ thread: 1 })
    assert.deepEqual([complete, silent[0]?.thread, actors], [false, 1, 0])
  })
})
