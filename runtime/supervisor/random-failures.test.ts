import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActorDefinition } from '../actor/definition.ts'
import type { Ref } from '../actor/ref.ts'
import { child, childTemplate } from './child-spec.ts'
import type { DynamicSupervisorMsg } from './messages.ts'
import { supervisor } from './supervisor.ts'
import { type PuppetMsg, TestTree } from './test-tree.ts'

const SEEDS = 60
const STEPS = 40
const THREADS = 4
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const UNLIMITED = { restarts: 1_000_000, periodMs: 5_000 }

type Form = 'oneForOne' | 'oneForAll' | 'restForOne' | 'template'

function definitionOf(tree: TestTree, form: Form): ActorDefinition<unknown, never, void> {
  const { puppet } = tree
  if (form === 'template') {
    return supervisor('top', {
      strategy: 'oneForOne',
      intensity: UNLIMITED,
      template: childTemplate(puppet),
      spread: true,
    })
  }
  const children = KEYS.map((key, i) => child(key, puppet, { arg: key, placement: { thread: i % THREADS } }))
  return supervisor('top', { strategy: form, intensity: UNLIMITED, children })
}

async function startAll(tree: TestTree, form: Form): Promise<void> {
  await tree.begin(definitionOf(tree, form))
  await tree.sim.advance(1_000)
  if (form !== 'template') return
  const top = tree.top as Ref<DynamicSupervisorMsg<string, PuppetMsg>>
  for (const key of KEYS) await tree.sim.call(top, { type: 'startChild', arg: key, key })
}

/** One thing that goes wrong. */
function breakSomething({ sim, failing }: TestTree, ref: Ref<PuppetMsg>, key: string): void {
  const what = sim.random()
  if (what < 0.5) sim.send(ref, { type: 'crash' })
  else if (what < 0.7) sim.exit(ref, 'kill')
  else if (what < 0.85) failing.set(key, 1)
  else sim.crashThread(1 + Math.floor(sim.random() * (THREADS - 1)))
}

/** The live actors of all threads, the test's own watcher left out. */
function living({ sim }: TestTree): number {
  let live = -1
  for (let thread = 0; thread < THREADS; thread++) live += sim.kernel(thread).cells.size
  return live
}

describe('whatever dies, in any order', () => {
  for (const form of ['oneForOne', 'oneForAll', 'restForOne', 'template'] as const) {
    it(`${form}: every child is back once it is quiet, there is one of each, and all stop in the end`, async () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const tree = new TestTree({ threads: THREADS, seed })
        await startAll(tree, form)
        for (let step = 0; step < STEPS; step++) {
          const key = KEYS[Math.floor(tree.sim.random() * KEYS.length)] as string
          breakSomething(tree, tree.born(key), key)
          await tree.sim.advance(Math.floor(tree.sim.random() * 6))
        }
        tree.failing.clear()
        await tree.sim.advance(1_000)
        const children = await tree.sim.call(tree.top, { type: 'whichChildren' })
        const running = children.filter(({ ref }) => typeof ref === 'object' && tree.sim.isAlive(ref))
        assert.deepEqual(running.map(({ id }) => id).sort(), KEYS, `seed ${seed}`)
        assert.equal(living(tree), KEYS.length + 1, `seed ${seed}`)
        await tree.order()
        await tree.sim.advance(1_000)
        assert.equal(tree.exitReason, 'shutdown', `seed ${seed}`)
        assert.equal(living(tree), 0, `seed ${seed}`)
      }
    })
  }
})
