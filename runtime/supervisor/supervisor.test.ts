import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Context } from '../actor/context.ts'
import { defineActor } from '../actor/definition.ts'
import { RuntimeError } from '../actor/errors.ts'
import type { AnyRef, Ref } from '../actor/ref.ts'
import { type ChildOptions, child, childTemplate } from './child-spec.ts'
import { describeSupervisor } from './describe-supervisor.ts'
import type { DynamicSupervisorMsg, SupervisorMsg } from './messages.ts'
import { supervisor } from './supervisor.ts'
import type { StaticSpec } from './supervisor-spec.ts'
import { TestTree } from './test-tree.ts'

type RoomMsg = { readonly type: 'join' }

const idle = defineActor<null, RoomMsg>({ name: 'idle', init: () => null, handle: () => {} })
const room = defineActor<string, RoomMsg, string>({ name: 'room', init: (id) => id, handle: () => {} })

/** Refuses a supervisor with this spec, naming field and child. */
function refuses(spec: object, field: string, fact: RegExp, childId?: string): void {
  assert.throws(
    () => supervisor('top', spec as StaticSpec),
    (error: unknown) => {
      assert.ok(error instanceof RuntimeError)
      assert.equal(error.code, 'BAD_SPEC')
      assert.equal(error.context.field, field)
      assert.equal(error.context.child, childId)
      assert.match(error.message, fact)
      return true
    },
  )
}

/** Refuses a child with these options. */
function refusesChild(options: object, field: string, fact: RegExp, top: object = {}): void {
  const children = [child('a', idle, options as ChildOptions)]
  refuses({ strategy: 'oneForOne', children, ...top }, field, fact, 'a')
}

describe('a supervisor spec is refused before anything starts', () => {
  const ONE = { strategy: 'oneForOne', children: [] }

  it('for a name that is empty or no string', () => {
    assert.throws(() => supervisor('', ONE as unknown as StaticSpec), { code: 'BAD_SPEC' })
    assert.throws(() => supervisor(7 as never, ONE as unknown as StaticSpec), { code: 'BAD_SPEC' })
  })

  it('for an unknown strategy or auto-shutdown', () => {
    refuses(
      { ...ONE, strategy: 'oneForTwo' },
      'strategy',
      /must be one of oneForOne, oneForAll, restForOne, is oneForTwo/,
    )
    refuses({ ...ONE, autoShutdown: 'always' }, 'autoShutdown', /is always/)
  })

  it('for an intensity that is negative, fractional or no number', () => {
    for (const restarts of [-1, 0.5, Number.NaN, Infinity, '3']) {
      refuses({ ...ONE, intensity: { restarts, periodMs: 1 } }, 'intensity.restarts', /whole number from 0/)
    }
    for (const periodMs of [0, -1, 1.5, Number.NaN, undefined]) {
      refuses({ ...ONE, intensity: { restarts: 1, periodMs } }, 'intensity.periodMs', /whole number from 1/)
    }
  })

  it('for two children with one id, and an empty id', () => {
    const twice = [child('a', idle), child('a', idle)]
    refuses(
      { ...ONE, children: twice },
      'id',
      /Cannot supervise 'top': child 'a': id is the id of another child/,
      'a',
    )
    refuses({ ...ONE, children: [child('', idle)] }, 'id', /not empty/)
  })

  it('for children that are no child specs', () => {
    refuses({ strategy: 'oneForOne' }, 'children', /list of child specs/)
    refuses({ ...ONE, children: [null] }, 'children', /made by child/)
    refuses({ ...ONE, children: [{ ...child('a', idle), definition: {} }] }, 'definition', /defineActor/, 'a')
  })
})

describe('a child spec is refused', () => {
  it('for an unknown restart', () => refusesChild({ restart: 'sometimes' }, 'restart', /is sometimes/))

  it('for a time to stop that is negative, fractional, no number or beyond what a timer can wait', () => {
    for (const shutdownMs of [-1, 0.5, Number.NaN, 2 ** 40])
      refusesChild({ shutdownMs }, 'shutdownMs', /whole number from 0/)
  })

  it('when it is significant and its end can never count', () => {
    const any = { autoShutdown: 'anySignificant' }
    refusesChild({ significant: true, restart: 'transient' }, 'significant', /autoShutdown never/)
    refusesChild({ significant: true, restart: 'permanent' }, 'significant', /restart permanent/, any)
    refusesChild({ significant: 'yes', restart: 'transient' }, 'significant', /true or false/, any)
  })

  it('for a backoff that makes no sense', () => {
    refusesChild({ backoff: { minMs: 0, maxMs: 10 } }, 'backoff.minMs', /from 1/)
    refusesChild({ backoff: { minMs: 20, maxMs: 10 } }, 'backoff.maxMs', /from 20/)
    refusesChild({ backoff: { minMs: 1, maxMs: 10, factor: 0.5 } }, 'backoff.factor', /at least 1/)
    refusesChild({ backoff: { minMs: 1, maxMs: 10, factor: Number.NaN } }, 'backoff.factor', /at least 1/)
    refusesChild({ backoff: { minMs: 1, maxMs: 10, jitter: 1 } }, 'backoff.jitter', /true or false/)
    refusesChild({ backoff: { minMs: 1, maxMs: 10 }, restart: 'temporary' }, 'backoff', /temporary/)
  })

  it('for a placement that makes no sense', () => {
    refusesChild({ placement: 'there' }, 'placement', /'here', \{ thread \} or \{ key \}/)
    refusesChild({ placement: { key: '' } }, 'placement', /not empty/)
    refusesChild({ placement: { thread: -1 } }, 'placement.thread', /whole number/)
    refusesChild({ placement: { thread: 1, key: 'a' } }, 'placement', /'here'/)
  })

  it('for an empty name', () => refusesChild({ name: '' }, 'name', /not empty/))
})

describe('a template is refused', () => {
  const template = childTemplate(room)

  it('with another strategy than oneForOne', () => {
    refuses({ strategy: 'oneForAll', template }, 'strategy', /must be oneForOne with a template/)
  })

  it('together with children', () =>
    refuses({ strategy: 'oneForOne', template, children: [] }, 'children', /template/))

  it('with a bound that is no whole number, and with spread and a placement', () => {
    refuses({ strategy: 'oneForOne', template, maxChildren: 0 }, 'maxChildren', /from 1/)
    refuses({ strategy: 'oneForOne', template, spread: 1 }, 'spread', /true or false/)
    const placed = childTemplate(room, { placement: { thread: 1 } })
    refuses({ strategy: 'oneForOne', template: placed, spread: true }, 'placement', /spread/)
  })

  it('when it is none', () => refuses({ strategy: 'oneForOne', template: null }, 'template', /childTemplate/))
})

describe('the types', () => {
  it('ask for the argument exactly where a definition needs one', () => {
    child('a', idle)
    child('b', room, { arg: 'b' })
    // @ts-expect-error the argument is missing
    child('b', room)
    // @ts-expect-error the argument has the wrong type
    child('b', room, { arg: 7 })
  })

  it('know what a child of a template is started with and understands', () => {
    const check = async (
      ctx: Context<never>,
      rooms: Ref<DynamicSupervisorMsg<string, RoomMsg>>,
    ): Promise<void> => {
      const one = await ctx.call(rooms, { type: 'startChild', arg: 'a', key: 'a' })
      ctx.send(one, { type: 'join' })
      // @ts-expect-error the child does not understand this
      ctx.send(one, { type: 'leave' })
      // @ts-expect-error the argument has the wrong type
      await ctx.call(rooms, { type: 'startChild', arg: 7 })
    }
    assert.equal(typeof check, 'function')
  })

  it('let a supervisor be a child and be called', () => {
    const inner = supervisor('inner', { strategy: 'oneForOne', children: [child('a', idle)] })
    supervisor('outer', { strategy: 'oneForOne', children: [child('inner', inner)] })
    const check = (ctx: Context<never>, top: Ref<SupervisorMsg>): Promise<AnyRef | undefined> =>
      ctx.call(top, { type: 'childOf', id: 'a' })
    assert.equal(typeof check, 'function')
  })
})

describe('requests to a supervisor with children of its own', () => {
  const started = async (options: ChildOptions = {}): Promise<TestTree> => {
    const tree = new TestTree()
    const children = [
      child('a', tree.puppet, { arg: 'a', ...options }),
      child('b', tree.puppet, { arg: 'b' }),
    ]
    const intensity = { restarts: 10, periodMs: 5_000 }
    await tree.start(supervisor('top', { strategy: 'oneForOne', intensity, children }))
    return tree
  }
  const newChild = (tree: TestTree, id: string, options: ChildOptions = {}): ReturnType<typeof child> =>
    child(id, tree.puppet, { arg: id, ...options })
  const BACKOFF = { backoff: { minMs: 100, maxMs: 100 } }

  it('startChild adds a child after the others', async () => {
    const tree = await started()
    const ref = await tree.sim.call(tree.top, { type: 'startChild', spec: newChild(tree, 'c') })
    assert.equal(await tree.ref('c'), ref)
    await tree.order()
    assert.deepEqual(tree.happened(), ['start c', 'stop c: shutdown', 'stop b: shutdown', 'stop a: shutdown'])
  })

  it('startChild keeps no child that does not start', async () => {
    const tree = await started()
    tree.failing.set('c', 1)
    const spec = newChild(tree, 'c')
    await assert.rejects(tree.sim.call(tree.top, { type: 'startChild', spec }), {
      code: 'CHILD_START_FAILED',
    })
    await tree.sim.call(tree.top, { type: 'startChild', spec })
  })

  it('startChild with an id in use says how its child is', async () => {
    const tree = await started(BACKOFF)
    const request = { type: 'startChild', spec: newChild(tree, 'a') } as const
    const exists = (context: object) => ({ code: 'CHILD_EXISTS', context: { child: 'a', ...context } })
    const ref = (await tree.ref('a')).toString()
    await assert.rejects(tree.sim.call(tree.top, request), exists({ state: 'running', ref }))
    await tree.crash('a')
    await assert.rejects(tree.sim.call(tree.top, request), exists({ state: 'restarting' }))
    await tree.sim.call(tree.top, { type: 'terminateChild', child: 'a' })
    await assert.rejects(tree.sim.call(tree.top, request), exists({ state: 'stopped' }))
  })

  it('startChild refuses a bad spec, and a request meant for a template', async () => {
    const tree = await started()
    const spec = newChild(tree, 'c', { shutdownMs: -1 })
    await assert.rejects(tree.sim.call(tree.top, { type: 'startChild', spec }), { code: 'BAD_SPEC' })
    await assert.rejects(tree.sim.call(tree.top, { type: 'startChild', spec: null as never }), {
      code: 'BAD_SPEC',
    })
    await assert.rejects(tree.sim.call(tree.top, { type: 'startChild', arg: 'c' }), { code: 'BAD_SPEC' })
    assert.equal(await tree.isRunning('a'), true)
  })

  it('terminateChild stops a child for good, and its spec stays', async () => {
    const tree = await started()
    await tree.sim.call(tree.top, { type: 'terminateChild', child: 'a' })
    assert.deepEqual(tree.happened(), ['stop a: shutdown'])
    const [a] = await tree.sim.call(tree.top, { type: 'whichChildren' })
    assert.deepEqual(a, { id: 'a', ref: undefined, kind: 'actor', restart: 'permanent' })
    await tree.sim.call(tree.top, { type: 'terminateChild', child: 'a' })
  })

  it('terminateChild forgets a temporary child', async () => {
    const tree = await started({ restart: 'temporary' })
    await tree.sim.call(tree.top, { type: 'terminateChild', child: 'a' })
    assert.equal((await tree.sim.call(tree.top, { type: 'whichChildren' })).length, 1)
  })

  it('terminateChild takes back a restart that waits', async () => {
    const tree = await started(BACKOFF)
    await tree.crash('a')
    tree.happened()
    await tree.sim.call(tree.top, { type: 'terminateChild', child: 'a' })
    await tree.sim.advance(1_000)
    assert.deepEqual(tree.happened(), [])
  })

  it('terminateChild takes back a restart that was to be tried again at once', async () => {
    const tree = await started()
    tree.hanging.add('a')
    await tree.crash('a')
    const stopped = tree.ask(tree.top, { type: 'terminateChild', child: 'a' })
    await tree.sim.run()
    tree.happened()
    tree.sim.exit(tree.born('a'), 'kill')
    await tree.sim.run()
    await stopped
    assert.deepEqual(tree.happened(), [])
    assert.equal(await tree.isRunning('a'), false)
  })

  it('terminateChild is no end by itself: it ends no supervisor', async () => {
    const tree = new TestTree()
    const children = [child('a', tree.puppet, { arg: 'a', restart: 'transient', significant: true })]
    await tree.start(supervisor('top', { strategy: 'oneForOne', autoShutdown: 'anySignificant', children }))
    await tree.sim.call(tree.top, { type: 'terminateChild', child: 'a' })
    assert.equal(tree.exitReason, undefined)
  })

  it('restartChild starts a child that was stopped, and refuses one that runs or restarts', async () => {
    const tree = await started(BACKOFF)
    const request = { type: 'restartChild', id: 'a' } as const
    const running = (state: string) => ({ code: 'CHILD_RUNNING', context: { child: 'a', state } })
    await assert.rejects(tree.sim.call(tree.top, request), running('running'))
    await tree.crash('a')
    await assert.rejects(tree.sim.call(tree.top, request), running('restarting'))
    await tree.sim.call(tree.top, { type: 'terminateChild', child: 'a' })
    tree.failing.set('a', 1)
    await assert.rejects(tree.sim.call(tree.top, request), { code: 'CHILD_START_FAILED' })
    assert.equal(await tree.sim.call(tree.top, request), await tree.ref('a'))
  })

  it('deleteChild forgets a child that was stopped, and refuses one that runs or restarts', async () => {
    const tree = await started(BACKOFF)
    const request = { type: 'deleteChild', id: 'a' } as const
    const running = (state: string) => ({ code: 'CHILD_RUNNING', context: { child: 'a', state } })
    await assert.rejects(tree.sim.call(tree.top, request), running('running'))
    await tree.crash('a')
    await assert.rejects(tree.sim.call(tree.top, request), running('restarting'))
    await tree.sim.call(tree.top, { type: 'terminateChild', child: 'a' })
    await tree.sim.call(tree.top, request)
    await assert.rejects(tree.sim.call(tree.top, request), {
      code: 'CHILD_NOT_FOUND',
      context: { child: 'a' },
    })
  })

  it('about a child that it does not have are answered with CHILD_NOT_FOUND', async () => {
    const tree = await started()
    const notFound = { code: 'CHILD_NOT_FOUND', context: { child: 'x' } }
    await assert.rejects(tree.sim.call(tree.top, { type: 'terminateChild', child: 'x' }), notFound)
    await assert.rejects(tree.sim.call(tree.top, { type: 'restartChild', id: 'x' }), notFound)
    await assert.rejects(tree.sim.call(tree.top, { type: 'deleteChild', id: 'x' }), notFound)
    assert.equal(await tree.sim.call(tree.top, { type: 'childOf', id: 'x' }), undefined)
  })

  it('countChildren counts specs, running children, supervisors and actors', async () => {
    const tree = new TestTree()
    const inner = supervisor('inner', { strategy: 'oneForOne', children: [] })
    const children = [child('inner', inner), newChild(tree, 'a', { restart: 'transient' })]
    await tree.start(supervisor('top', { strategy: 'oneForOne', children }))
    await tree.end('a', 'normal')
    const counts = await tree.sim.call(tree.top, { type: 'countChildren' })
    assert.deepEqual(counts, { specs: 2, active: 1, supervisors: 1, actors: 1 })
  })

  it('wait while a restart is under way, and are answered in order', async () => {
    const tree = await started()
    tree.hanging.add('a')
    await tree.crash('a')
    const answers: string[] = []
    const ask = async (id: string): Promise<void> => {
      await tree.ask(tree.top, { type: 'childOf', id })
      answers.push(id)
    }
    const all = Promise.all([ask('a'), ask('b')])
    await tree.sim.run()
    assert.deepEqual(answers, [])
    await tree.release()
    await all
    assert.deepEqual(answers, ['a', 'b'])
  })

  it('are refused when 10,000 wait already', async () => {
    const tree = await started()
    tree.hanging.add('a')
    await tree.crash('a')
    const ask = (count: number): Promise<unknown>[] =>
      Array.from({ length: count }, () => tree.ask(tree.top, { type: 'countChildren' }))
    const waiting = ask(10_000)
    await tree.sim.run()
    const oneMore = assert.rejects(Promise.all(ask(1)), { code: 'MAILBOX_FULL' })
    await tree.sim.run()
    await oneMore
    await tree.release()
    await Promise.all(waiting)
  })

  it('that it does not understand are ignored', async () => {
    const tree = await started()
    for (const message of [null, 7, {}, { type: 'dance' }]) tree.sim.send(tree.top, message as never)
    await tree.sim.run()
    assert.equal(await tree.isRunning('a'), true)
  })
})

describe('describeSupervisor', () => {
  it('shows strategy, intensity, restarts in the window, and the children', async () => {
    const tree = new TestTree()
    const children = [child('a', tree.puppet, { arg: 'a', restart: 'transient' })]
    const intensity = { restarts: 5, periodMs: 1_000 }
    await tree.start(supervisor('top', { strategy: 'restForOne', intensity, children }))
    await tree.crash('a')
    const state = tree.sim.kernel().cells.get(tree.top)?.state
    const ref = await tree.ref('a')
    assert.deepEqual(describeSupervisor(state as never), {
      form: 'static',
      strategy: 'restForOne',
      intensity,
      autoShutdown: 'never',
      restarts: 1,
      counts: { specs: 1, active: 1, supervisors: 0, actors: 1 },
      children: [{ id: 'a', ref, kind: 'actor', restart: 'transient' }],
    })
  })
})
