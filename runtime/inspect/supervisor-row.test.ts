import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor } from '../actor/definition.ts'
import { parseRef, type Ref } from '../actor/ref.ts'
import { Simulation } from '../simulation/simulation.ts'
import { child, childTemplate, type DynamicSupervisorMsg, supervisor } from '../supervisor/index.ts'
import { Inspector } from './inspector.ts'
import type { Target } from './inspector-options.ts'
import { SimulatedPort } from './simulated-port.ts'
import { type TreeNode, toTree } from './tree.ts'

type Msg = { type: 'crash' }

const fragile = defineActor<null, Msg, void>({
  name: 'fragile',
  init: () => null,
  handle() {
    throw new Error('broken')
  },
})

const pool = supervisor('pool', {
  strategy: 'oneForOne',
  template: childTemplate(fragile, { restart: 'temporary' }),
})

const tree = supervisor('tree', {
  strategy: 'oneForOne',
  intensity: { restarts: 3, periodMs: 1_000 },
  children: [child('first', fragile), child('pool', pool)],
})

async function start() {
  const simulation = new Simulation()
  const top = await simulation.start(tree, undefined)
  const port = new SimulatedPort(simulation)
  return { simulation, top, inspector: new Inspector(port, port.clock) }
}

function shape<
  Row extends { readonly type: string; readonly ref: string; readonly parent: string | undefined },
>(nodes: readonly TreeNode<Row>[]): unknown[] {
  return nodes.map(({ row, children }) => (children.length === 0 ? row.type : [row.type, ...shape(children)]))
}

describe('a supervisor in a snapshot', () => {
  it('stands above its children in the tree', async () => {
    const { simulation, inspector, top } = await start()
    await simulation.call(await poolOf(inspector, top), { type: 'startChild' })
    const { actors } = await inspector.snapshot()
    assert.deepEqual(shape(toTree(actors)), [['tree', 'fragile', ['pool', 'fragile']]])
  })

  it('tells its strategy, its children and the restarts that count', async () => {
    const { simulation, inspector, top } = await start()
    const before = await inspector.info(top)
    assert.deepEqual(
      [before.kind, before.supervisor?.strategy, before.supervisor?.restarts],
      ['supervisor', 'oneForOne', 0],
    )
    assert.deepEqual(
      before.supervisor?.children.map(({ id, state }) => [id, state]),
      [
        ['first', 'running'],
        ['pool', 'running'],
      ],
    )
    const first = before.supervisor?.children[0]?.ref as string
    await inspector.kill(first)
    await simulation.run()
    const after = await inspector.info(top)
    assert.equal(after.supervisor?.restarts, 1)
    assert.notEqual(after.supervisor?.children[0]?.ref, first)
    await simulation.advance(2_000)
    assert.equal((await inspector.info(top)).supervisor?.restarts, 0)
  })

  it('names only the first of very many children, and counts all', async () => {
    const { simulation, inspector, top } = await start()
    const many = await poolOf(inspector, top)
    for (let i = 0; i < 150; i++) await simulation.call(many, { type: 'startChild', key: `k${i}` })
    const { supervisor: found } = await inspector.info(many)
    assert.deepEqual([found?.children.length, found?.counts.active], [100, 150])
    assert.equal(found?.children[0]?.id, 'k0')
    const rows = (await inspector.snapshot()).actors
    assert.equal(rows.find((row) => row.ref === many.toString())?.supervisor?.children.length, 50)
  })
})

async function poolOf(inspector: Inspector, top: Target): Promise<Ref<DynamicSupervisorMsg<void, Msg>>> {
  const { supervisor: found } = await inspector.info(top)
  const ref = parseRef(found?.children.find(({ id }) => id === 'pool')?.ref ?? '')
  assert.ok(ref !== undefined, 'the pool is not running')
  return ref as Ref<DynamicSupervisorMsg<void, Msg>>
}
