import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type ActorDefinition, defineActor, stop } from '../actor/definition.ts'
import type { ExitReason } from '../actor/exit-reason.ts'
import { operate } from '../kernel/operate.ts'
import { Simulation } from '../simulation/index.ts'
import { type ChildOptions, child } from './child-spec.ts'
import { supervisor } from './supervisor.ts'
import { TestTree } from './test-tree.ts'

type Options = Record<string, ChildOptions>

/** A supervisor of children with these ids. */
function topOf(tree: TestTree, ids: string[], options: Options = {}): ActorDefinition<unknown, never, void> {
  const children = ids.map((id) => child(id, tree.puppet, { arg: id, ...options[id] }))
  return supervisor('top', { strategy: 'oneForOne', intensity: { restarts: 3, periodMs: 5_000 }, children })
}

describe('the start of a supervisor', () => {
  it('starts children in order, each when the init before it is done', async () => {
    const tree = new TestTree()
    tree.hanging.add('b')
    await tree.begin(topOf(tree, ['a', 'b', 'c']))
    assert.deepEqual(tree.happened(), ['start a', 'start b'])
    await tree.release()
    assert.deepEqual(tree.happened(), ['start c'])
  })

  it('is done when that of its last child is', async () => {
    const tree = new TestTree()
    tree.hanging.add('b')
    const inner = topOf(tree, ['a', 'b'])
    const children = [child('inner', inner), child('c', tree.puppet, { arg: 'c' })]
    await tree.begin(supervisor('outer', { strategy: 'oneForOne', children }))
    assert.deepEqual(tree.happened(), ['start a', 'start b'])
    await tree.release()
    assert.deepEqual(tree.happened(), ['start c'])
  })

  it('stops what has started, in reverse order, when a child does not start, and says which and why', async () => {
    const tree = new TestTree()
    tree.failing.set('c', 1)
    await tree.begin(topOf(tree, ['a', 'b', 'c', 'd']))
    assert.deepEqual(tree.happened(), [
      'start a',
      'start b',
      'fail c',
      'stop b: shutdown',
      'stop a: shutdown',
    ])
    assert.match(
      tree.exitReason ?? '',
      /^shutdown: RuntimeError \[CHILD_START_FAILED\]: Cannot start child 'c': Error: c does not start$/,
    )
  })

  it('tells its starter the child and the cause', async () => {
    const tree = new TestTree()
    tree.failing.set('a', 1)
    await assert.rejects(tree.sim.start(topOf(tree, ['a']), undefined), (error: Error) => {
      assert.match(error.message, /Cannot start child 'a': Error: a does not start/)
      return true
    })
  })

  it('looks after a child that ends before all have started when they have', async () => {
    const tree = new TestTree()
    tree.hanging.add('b')
    await tree.begin(topOf(tree, ['a', 'b']))
    tree.sim.exit(tree.born('a'), 'kill')
    await tree.sim.run()
    assert.deepEqual(tree.happened(), ['start a', 'start b'])
    await tree.release()
    assert.deepEqual(tree.happened(), ['start a'])
  })

  it('of one without children is done at once', async () => {
    const sim = new Simulation()
    await sim.start(supervisor('empty', { strategy: 'oneForOne', children: [] }), undefined)
  })

  it('refuses a name that is taken as a failed start', async () => {
    const tree = new TestTree()
    await tree.begin(topOf(tree, ['a', 'b'], { a: { name: 'one' }, b: { name: 'one' } }))
    assert.match(tree.exitReason ?? '', /NAME_TAKEN/)
  })

  it('fails when a child would be on a thread that does not exist', async () => {
    const tree = new TestTree()
    await tree.begin(topOf(tree, ['a'], { a: { placement: { thread: 9 } } }))
    assert.match(tree.exitReason ?? '', /CHILD_START_FAILED.*NO_SUCH_THREAD/)
  })
})

describe('the stop of a supervisor', () => {
  it('stops children in reverse order, each when the one after it is gone', async () => {
    const tree = new TestTree()
    await tree.start(topOf(tree, ['a', 'b', 'c']))
    await tree.order()
    assert.deepEqual(tree.happened(), ['stop c: shutdown', 'stop b: shutdown', 'stop a: shutdown'])
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('ends with the reason of the order', async () => {
    const tree = new TestTree()
    await tree.start(topOf(tree, ['a']))
    await tree.order({ shutdown: 'upgrade' })
    assert.equal(tree.exitReason, 'shutdown: upgrade')
  })

  it('kills a child that has not stopped within shutdownMs, and only then goes on', async () => {
    const tree = new TestTree()
    tree.stubborn.add('b')
    await tree.start(topOf(tree, ['a', 'b'], { b: { shutdownMs: 200 } }))
    await tree.order()
    await tree.sim.advance(199)
    assert.deepEqual(tree.happened(), ['stop b: shutdown'])
    await tree.sim.advance(1)
    assert.deepEqual(tree.happened(), ['stop a: shutdown'])
    assert.ok(tree.reports().includes('killedAfterTimeout b'))
  })

  it('gives 5 s by default', async () => {
    const tree = new TestTree()
    tree.stubborn.add('a')
    await tree.start(topOf(tree, ['a']))
    await tree.order()
    await tree.sim.advance(4_999)
    assert.equal(tree.exitReason, undefined)
    await tree.sim.advance(1)
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('kills at once with shutdownMs 0: terminate does not run', async () => {
    const tree = new TestTree()
    await tree.start(topOf(tree, ['a', 'b'], { b: { shutdownMs: 0 } }))
    await tree.order()
    assert.deepEqual(tree.happened(), ['stop a: shutdown'])
  })

  it('waits for ever with shutdownMs Infinity, the default of supervisors', async () => {
    const tree = new TestTree()
    tree.stubborn.add('a')
    const inner = topOf(tree, ['a'], { a: { shutdownMs: Infinity } })
    await tree.start(supervisor('outer', { strategy: 'oneForOne', children: [child('inner', inner)] }))
    await tree.order()
    await tree.sim.advance(86_400_000)
    assert.equal(tree.exitReason, undefined)
  })

  it('stops a tree from its leaves', async () => {
    const tree = new TestTree()
    const { puppet } = tree
    const children = [
      child('a', puppet, { arg: 'a' }),
      child('inner', topOf(tree, ['b', 'c'])),
      child('d', puppet, { arg: 'd' }),
    ]
    await tree.start(supervisor('outer', { strategy: 'oneForOne', children }))
    await tree.order()
    const order = ['d', 'c', 'b', 'a'].map((id) => `stop ${id}: shutdown`)
    assert.deepEqual(tree.happened(), order)
  })

  it('gives up a child whose init hangs, and stops those before it', async () => {
    const tree = new TestTree()
    tree.hanging.add('b')
    await tree.begin(topOf(tree, ['a', 'b', 'c']))
    tree.happened()
    await tree.order()
    assert.deepEqual(tree.happened(), ['stop a: shutdown'])
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('gives up a child whose init hangs on another thread', async () => {
    const tree = new TestTree({ threads: 2 })
    tree.hanging.add('b')
    await tree.begin(topOf(tree, ['a', 'b'], { b: { placement: { thread: 1 } } }))
    await tree.sim.advance(10)
    tree.happened()
    await tree.order()
    await tree.sim.advance(10)
    assert.deepEqual(tree.happened(), ['stop a: shutdown'])
    assert.equal(tree.exitReason, 'shutdown')
    assert.equal(tree.sim.kernel(1).cells.size, 0)
  })

  it('stops a supervisor that is still starting before the children that started before it', async () => {
    const tree = new TestTree()
    tree.hanging.add('c')
    const inner = topOf(tree, ['b', 'c'])
    const children = [child('a', tree.puppet, { arg: 'a' }), child('inner', inner)]
    await tree.begin(supervisor('outer', { strategy: 'oneForOne', children }))
    tree.happened()
    await tree.order()
    assert.deepEqual(tree.happened(), ['stop b: shutdown', 'stop a: shutdown'])
  })

  it('stops a child on another thread that has started before it could be given up', async () => {
    const tree = new TestTree({ threads: 2, delayMsMax: 50 })
    await tree.begin(topOf(tree, ['a', 'b'], { b: { placement: { thread: 1 } } }))
    await tree.sim.runUntil(() => tree.journal.includes('start b'))
    await tree.order()
    await tree.sim.advance(1_000)
    assert.deepEqual(tree.happened(), ['start a', 'start b', 'stop b: shutdown', 'stop a: shutdown'])
  })

  it('is not begun anew by a second order', async () => {
    const tree = new TestTree()
    tree.stubborn.add('a')
    await tree.start(topOf(tree, ['a'], { a: { shutdownMs: 200 } }))
    await tree.order()
    await tree.sim.advance(150)
    await tree.order('impatient')
    await tree.sim.advance(50)
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('breaks off a restart that hangs', async () => {
    const tree = new TestTree()
    await tree.start(topOf(tree, ['a', 'b']))
    tree.hanging.add('b')
    await tree.crash('b')
    tree.happened()
    await tree.order()
    assert.deepEqual(tree.happened(), ['stop a: shutdown'])
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('does not wait for a restart that is put off', async () => {
    const tree = new TestTree()
    await tree.start(topOf(tree, ['a'], { a: { backoff: { minMs: 60_000, maxMs: 60_000 } } }))
    await tree.crash('a')
    await tree.order()
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('overtakes requests that wait', async () => {
    const tree = new TestTree()
    tree.hanging.add('a')
    await tree.begin(topOf(tree, ['a']))
    const waiting = assert.rejects(tree.ask(tree.top, { type: 'whichChildren' }), { code: 'ACTOR_GONE' })
    await tree.order()
    await waiting
  })

  it('reaches a supervisor that an operator has suspended', async () => {
    const tree = new TestTree()
    await tree.start(topOf(tree, ['a']))
    operate(tree.sim.kernel(), 'suspend', tree.top)
    await tree.order()
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('stops a child that has taken back its link to the supervisor', async () => {
    const sim = new Simulation()
    const loner = defineActor<null, never>({
      name: 'loner',
      init(_, ctx) {
        if (ctx.parent !== undefined) ctx.unlink(ctx.parent)
        return null
      },
      handle: () => stop(),
    })
    const ref = await sim.start(
      supervisor('top', { strategy: 'oneForOne', children: [child('loner', loner)] }),
      undefined,
    )
    const { cells, exits } = sim.kernel()
    exits.order(cells.get(ref) as NonNullable<ReturnType<typeof cells.get>>, 'shutdown')
    await sim.run()
    assert.equal(cells.size, 0)
  })

  it('by a kill takes the children along', async () => {
    const tree = new TestTree()
    await tree.start(topOf(tree, ['a', 'b']))
    tree.sim.exit(tree.top, 'kill')
    await tree.sim.run()
    assert.deepEqual(tree.happened().sort(), ['stop a: killed', 'stop b: killed'])
    assert.equal(tree.exitReason, 'killed')
  })

  it('is no answer to an exit signal of a stranger', async () => {
    const tree = new TestTree()
    await tree.start(topOf(tree, ['a']))
    for (const reason of ['shutdown', 'normal', 'odd'] satisfies ExitReason[]) tree.sim.exit(tree.top, reason)
    await tree.sim.run()
    assert.equal(await tree.isRunning('a'), true)
  })
})
