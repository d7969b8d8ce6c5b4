import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ActorDefinition } from '../actor/definition.ts'
import type { AnyRef, Ref } from '../actor/ref.ts'
import { childTemplate, type TemplateOptions } from './child-spec.ts'
import type { DynamicSupervisorMsg } from './messages.ts'
import { supervisor } from './supervisor.ts'
import type { DynamicSpec } from './supervisor-spec.ts'
import { type PuppetMsg, TestTree } from './test-tree.ts'

type Top = Ref<DynamicSupervisorMsg<string, PuppetMsg>>
type SpecOptions = Partial<Omit<DynamicSpec<PuppetMsg, string>, 'template' | 'strategy'>>

const GENEROUS = { restarts: 10, periodMs: 5_000 }

function definitionOf(
  tree: TestTree,
  options: TemplateOptions = {},
  spec: SpecOptions = {},
): ActorDefinition<unknown, never, void> {
  const template = childTemplate(tree.puppet, options)
  return supervisor('top', { strategy: 'oneForOne', intensity: GENEROUS, ...spec, template })
}

/** A dynamic supervisor, and children with these keys. */
async function started(keys: string[], options?: TemplateOptions, spec?: SpecOptions): Promise<TestTree> {
  const tree = new TestTree()
  await tree.start(definitionOf(tree, options, spec))
  for (const key of keys) await startKeyed(tree, key)
  tree.happened()
  return tree
}

function startKeyed(tree: TestTree, key: string): Promise<Ref<PuppetMsg>> {
  return tree.sim.call(tree.top as Top, { type: 'startChild', arg: key, key })
}

/** As `startKeyed`, for an answer that comes later. */
function askKeyed(tree: TestTree, key: string): Promise<Ref<PuppetMsg>> {
  return tree.ask(tree.top as Top, { type: 'startChild', arg: key, key })
}

function startUnkeyed(tree: TestTree, arg: string): Promise<Ref<PuppetMsg>> {
  return tree.sim.call(tree.top as Top, { type: 'startChild', arg })
}

function terminate(tree: TestTree, child: string | AnyRef): Promise<void> {
  return tree.sim.call(tree.top as Top, { type: 'terminateChild', child })
}

describe('children of a template', () => {
  it('start by request, each with its argument, and answer when init is done', async () => {
    const tree = await started([])
    const ref = await startUnkeyed(tree, 'a')
    assert.deepEqual(tree.happened(), ['start a'])
    assert.ok(tree.sim.isAlive(ref))
  })

  it('restart with the argument they had', async () => {
    const tree = await started(['a', 'b'])
    await tree.crash('a')
    assert.deepEqual(tree.happened().slice(1), ['start a'])
    assert.equal(await tree.isRunning('a'), true)
  })

  it('restart by their type: transient after an abnormal end only, temporary never', async () => {
    for (const [restart, reason, expected] of [
      ['permanent', 'normal', ['start a']],
      ['transient', 'normal', []],
      ['transient', 'odd', ['start a']],
      ['temporary', 'odd', []],
    ] as const) {
      const tree = await started(['a'], { restart })
      await tree.end('a', reason)
      assert.deepEqual(tree.happened().slice(1), expected, `${restart}, ${reason}`)
    }
  })

  it('share one intensity; beyond it all are stopped and the supervisor ends', async () => {
    const tree = await started(['a', 'b'], {}, { intensity: { restarts: 1, periodMs: 5_000 } })
    await tree.crash('a')
    assert.equal(tree.exitReason, undefined)
    await tree.crash('b')
    assert.equal(tree.exitReason, 'shutdown')
    assert.ok(tree.happened().includes('stop a: shutdown'))
  })

  it('are tried again when a restart fails, and each try counts', async () => {
    const tree = await started(['a'])
    tree.failing.set('a', 2)
    await tree.crash('a')
    assert.deepEqual(tree.happened().slice(1), ['fail a', 'fail a', 'start a'])
    tree.failing.set('a', 100)
    await tree.crash('a')
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('are not kept when their first start fails; the caller gets the cause', async () => {
    const tree = await started([])
    tree.failing.set('a', 1)
    await assert.rejects(startKeyed(tree, 'a'), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'CHILD_START_FAILED')
      assert.equal((error.cause as Error).message, 'a does not start')
      return true
    })
    await startKeyed(tree, 'a')
  })

  it('start side by side: an init that hangs holds up nobody else', async () => {
    const tree = await started([])
    tree.hanging.add('a')
    const a = askKeyed(tree, 'a')
    await startKeyed(tree, 'b')
    await tree.release()
    await a
  })

  it('wait for their restart by their own backoff', async () => {
    const tree = await started(['a', 'b'], { backoff: { minMs: 100, maxMs: 1_000, jitter: false } })
    for (const waitMs of [100, 200, 400]) {
      await tree.crash('a')
      assert.equal(await tree.sim.call(tree.top as Top, { type: 'childOf', id: 'a' }), undefined)
      tree.happened()
      await tree.sim.advance(waitMs - 1)
      assert.deepEqual(tree.happened(), [])
      await tree.sim.advance(1)
      assert.deepEqual(tree.happened(), ['start a'])
    }
    await tree.crash('b')
    tree.happened()
    await tree.sim.advance(100)
    assert.deepEqual(tree.happened(), ['start b'])
  })
})

describe('the news of an end', () => {
  it('is heard once: a child that sends its supervisor exit signals is replaced once', async () => {
    const tree = await started(['a'], { backoff: { minMs: 100, maxMs: 100 } })
    const ref = await tree.ref('a')
    for (let i = 0; i < 3; i++) tree.sim.kernel().exits.signal(ref, tree.top, 'odd', false)
    await tree.sim.advance(1_000)
    assert.deepEqual(tree.happened(), ['start a'])
  })
})

describe('a key', () => {
  it('belongs to one child: a second start answers with the one that is there', async () => {
    const tree = await started(['a'])
    const first = await tree.ref('a')
    assert.equal(await startKeyed(tree, 'a'), first)
    assert.deepEqual(tree.happened(), [])
  })

  it('answers a second start during the first when that is done', async () => {
    const tree = await started([])
    tree.hanging.add('a')
    const both = [askKeyed(tree, 'a'), askKeyed(tree, 'a')]
    await tree.sim.run()
    await tree.release()
    const [first, second] = await Promise.all(both)
    assert.equal(first, second)
    assert.deepEqual(tree.happened(), ['start a'])
  })

  it('answers a start during a restart with the restarted child', async () => {
    const tree = await started(['a'], { backoff: { minMs: 100, maxMs: 100 } })
    await tree.crash('a')
    const again = askKeyed(tree, 'a')
    await tree.sim.advance(100)
    assert.equal(await again, await tree.ref('a'))
  })

  it('names the restarted child, and none once the child is gone for good', async () => {
    const tree = await started(['a'], { restart: 'transient' })
    const before = await tree.ref('a')
    await tree.crash('a')
    assert.notEqual(await tree.ref('a'), before)
    await tree.end('a', 'normal')
    assert.equal(await tree.ref('a'), undefined)
  })
})

describe('terminateChild', () => {
  it('stops a child by ref or by key; it is not restarted', async () => {
    const tree = await started(['a', 'b'])
    await terminate(tree, 'a')
    await terminate(tree, await tree.ref('b'))
    assert.deepEqual(tree.happened(), ['stop a: shutdown', 'stop b: shutdown'])
    assert.deepEqual(await tree.sim.call(tree.top, { type: 'whichChildren' }), [])
  })

  it('kills a child that does not stop in its time, while others go on', async () => {
    const tree = await started(['a', 'b'], { shutdownMs: 300 })
    tree.stubborn.add('a')
    const gone = terminate(tree, 'a')
    await tree.crash('b')
    assert.equal(await tree.isRunning('b'), true)
    await gone
    assert.equal(tree.sim.nowMs, 300)
  })

  it('makes a start with the same key wait for the end and then start a new child', async () => {
    const tree = await started(['a'], { shutdownMs: 300 })
    tree.stubborn.add('a')
    const before = await tree.ref('a')
    const gone = terminate(tree, 'a')
    const next = askKeyed(tree, 'a')
    await gone
    await tree.sim.run()
    assert.notEqual(await next, before)
  })

  it('takes back a restart that waits', async () => {
    const tree = await started(['a'], { backoff: { minMs: 100, maxMs: 100 } })
    const ref = await tree.ref('a')
    await tree.crash('a')
    tree.happened()
    await terminate(tree, ref)
    await tree.sim.advance(1_000)
    assert.deepEqual(tree.happened(), [])
  })

  it('takes back a restart that was to be tried again at once', async () => {
    const tree = await started(['a'])
    tree.failing.set('a', 1)
    tree.sim.send(await tree.ref('a'), { type: 'crash' })
    await tree.sim.runUntil(() => tree.journal.includes('fail a'))
    const stopped = tree.ask(tree.top, { type: 'terminateChild', child: 'a' })
    tree.happened()
    await tree.sim.run()
    await stopped
    assert.deepEqual(tree.happened(), [])
  })

  it('gives up a start that hangs', async () => {
    const tree = await started([])
    tree.hanging.add('a')
    const start = assert.rejects(askKeyed(tree, 'a'), { code: 'CHILD_START_FAILED' })
    await tree.sim.run()
    await terminate(tree, 'a')
    await start
    assert.deepEqual(await tree.sim.call(tree.top, { type: 'countChildren' }), {
      specs: 1,
      active: 0,
      supervisors: 0,
      actors: 0,
    })
  })

  it('knows neither a key nor an actor that is not its child', async () => {
    const tree = await started([])
    await assert.rejects(terminate(tree, 'a'), { code: 'CHILD_NOT_FOUND' })
    await assert.rejects(terminate(tree, tree.top), { code: 'CHILD_NOT_FOUND' })
  })

  it('is content with a child that is dead already, as OTP is', async () => {
    const tree = await started(['a'], { restart: 'temporary' })
    const ref = await tree.ref('a')
    await tree.crash('a')
    await terminate(tree, ref)
  })
})

describe('requests to a supervisor with a template', () => {
  it('for restart and deletion are refused: it keeps no child that has ended', async () => {
    const tree = await started(['a'])
    for (const type of ['restartChild', 'deleteChild'] as const) {
      await assert.rejects(tree.sim.call(tree.top, { type, id: 'a' }), { code: 'BAD_SPEC' })
    }
  })

  it('with a child spec are refused', async () => {
    const tree = await started([])
    await assert.rejects(tree.sim.call(tree.top, { type: 'startChild', spec: {} as never }), {
      code: 'BAD_SPEC',
    })
  })

  it('beyond maxChildren are refused with CHILD_LIMIT, starts under way included', async () => {
    const tree = await started(['a'], { restart: 'transient' }, { maxChildren: 2 })
    tree.hanging.add('b')
    const b = askKeyed(tree, 'b')
    await assert.rejects(startKeyed(tree, 'c'), {
      code: 'CHILD_LIMIT',
      context: { child: 'puppet', limit: 2 },
    })
    await tree.end('a', 'normal')
    await startKeyed(tree, 'c')
    await tree.release()
    await b
  })

  it('show and count its children, restarting ones too', async () => {
    const tree = await started(['a', 'b'], { backoff: { minMs: 100, maxMs: 100 } })
    const b = await tree.ref('b')
    await tree.crash('a')
    const children = await tree.sim.call(tree.top, { type: 'whichChildren' })
    assert.deepEqual(children, [
      { id: 'a', ref: 'restarting', kind: 'actor', restart: 'permanent' },
      { id: 'b', ref: b, kind: 'actor', restart: 'permanent' },
    ])
    const counts = await tree.sim.call(tree.top, { type: 'countChildren' })
    assert.deepEqual(counts, { specs: 1, active: 1, supervisors: 0, actors: 2 })
  })
})

describe('significant children of a template', () => {
  it('anySignificant: the end of one ends the supervisor', async () => {
    const tree = await started(
      ['a', 'b'],
      { restart: 'transient', significant: true },
      { autoShutdown: 'anySignificant' },
    )
    await tree.end('a', 'normal')
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('allSignificant: the end of the last one ends the supervisor', async () => {
    const tree = await started(
      ['a', 'b'],
      { restart: 'temporary', significant: true },
      { autoShutdown: 'allSignificant' },
    )
    await tree.crash('a')
    assert.equal(tree.exitReason, undefined)
    await tree.end('b', 'normal')
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('do not end it when they are stopped by request', async () => {
    const tree = await started(
      ['a'],
      { restart: 'temporary', significant: true },
      { autoShutdown: 'allSignificant' },
    )
    await terminate(tree, 'a')
    assert.equal(tree.exitReason, undefined)
  })
})

describe('the end of a supervisor with a template', () => {
  it('stops all children at once, and kills those that are left when the time is over', async () => {
    const tree = await started(['a', 'b', 'c'], { shutdownMs: 200 })
    for (const key of ['a', 'c']) tree.stubborn.add(key)
    await tree.order()
    assert.equal(tree.happened().length, 3)
    await tree.sim.advance(199)
    assert.equal(tree.exitReason, undefined)
    await tree.sim.advance(1)
    assert.equal(tree.exitReason, 'shutdown')
    assert.ok(tree.reports().includes('killedAfterTimeout 2 of puppet'))
  })

  it('kills at once with shutdownMs 0', async () => {
    const tree = await started(['a', 'b'], { shutdownMs: 0 })
    await tree.order()
    assert.deepEqual(tree.happened(), [])
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('gives up starts and restarts under way or put off', async () => {
    const tree = await started(['a', 'b'], { backoff: { minMs: 100, maxMs: 100 } })
    tree.hanging.add('c')
    const c = assert.rejects(askKeyed(tree, 'c'), { code: 'ACTOR_GONE' })
    await tree.crash('a')
    await tree.order()
    assert.equal(tree.exitReason, 'shutdown')
    await c
  })

  it('with none is immediate', async () => {
    const tree = await started([])
    await tree.order()
    assert.equal(tree.exitReason, 'shutdown')
  })
})

describe('children spread over threads', () => {
  const spread = async (options: TemplateOptions = {}, intensity = GENEROUS): Promise<TestTree> => {
    const tree = new TestTree({ threads: 4 })
    await tree.start(definitionOf(tree, options, { spread: true, intensity }))
    return tree
  }

  it('are on the thread of their key, restarts included', async () => {
    const tree = await spread()
    for (const key of ['a', 'b', 'c', 'd', 'e']) await startKeyed(tree, key)
    const before = await tree.ref('a')
    tree.sim.send(before, { type: 'crash' })
    await tree.sim.advance(50)
    const after = await tree.ref('a')
    assert.notEqual(after, before)
    assert.equal(after.thread, before.thread)
    assert.notEqual(after.thread, 0)
  })

  it('without keys go round the threads', async () => {
    const tree = await spread()
    const threads: number[] = []
    for (let i = 0; i < 6; i++) threads.push((await startUnkeyed(tree, `${i}`)).thread)
    assert.deepEqual(threads, [1, 2, 3, 1, 2, 3])
  })

  it('are given up wherever their start hangs', async () => {
    const tree = await spread()
    tree.hanging.add('a')
    const refused = assert.rejects(askKeyed(tree, 'a'), { code: 'ACTOR_GONE' })
    await tree.sim.advance(50)
    await tree.order()
    await tree.sim.advance(50)
    assert.equal(tree.exitReason, 'shutdown')
    await refused
  })

  it('stop wherever they are', async () => {
    const tree = await spread()
    for (let i = 0; i < 30; i++) await startUnkeyed(tree, `${i}`)
    await tree.order()
    await tree.sim.advance(50)
    assert.equal(tree.exitReason, 'shutdown')
    for (const thread of [1, 2, 3]) assert.equal(tree.sim.kernel(thread).cells.size, 0)
  })

  it('come back after the death of their thread, which counts as one restart', async () => {
    const tree = await spread({}, { restarts: 1, periodMs: 5_000 })
    for (let i = 0; i < 30; i++) await startUnkeyed(tree, `${i}`)
    tree.sim.crashThread(1)
    await tree.sim.advance(50)
    const counts = await tree.sim.call(tree.top, { type: 'countChildren' })
    assert.equal(counts.active, 30)
    tree.sim.crashThread(2)
    await tree.sim.advance(50)
    assert.equal(tree.exitReason, 'shutdown')
  })

  it('count each death of a thread that dies again before they are back', async () => {
    const tree = await spread({}, { restarts: 3, periodMs: 5_000 })
    for (let i = 0; i < 9; i++) await startUnkeyed(tree, `${i}`)
    for (let death = 1; death <= 4; death++) {
      for (const thread of [1, 2, 3]) if (death % 3 === thread % 3) tree.sim.crashThread(thread)
      await tree.sim.advance(20)
    }
    assert.equal(tree.exitReason, 'shutdown')
  })
})

describe('10,000 children', () => {
  it('start, restart and stop in a time that grows with their number', async () => {
    const tree = new TestTree({ messagesPerTurn: 64 })
    await tree.start(definitionOf(tree, {}, { intensity: { restarts: 100_000, periodMs: 5_000 } }))
    const timesMs: number[] = []
    for (const count of [2_000, 8_000]) {
      const before = performance.now()
      const starts = Array.from({ length: count }, (_, i) =>
        tree.ask(tree.top as Top, { type: 'startChild', arg: `${i}` }),
      )
      await tree.sim.run()
      const refs = await Promise.all(starts)
      for (const ref of refs) tree.sim.send(ref, { type: 'end', reason: 'odd' })
      await tree.sim.run()
      timesMs.push(performance.now() - before)
    }
    const { active } = await tree.sim.call(tree.top, { type: 'countChildren' })
    assert.equal(active, 10_000)
    await tree.order()
    assert.equal(tree.exitReason, 'shutdown')
    // Four times as many may take four times as long; ten times would be the mark of something quadratic.
    assert.ok((timesMs[1] as number) < (timesMs[0] as number) * 12, `took ${timesMs.join(' and ')} ms`)
  })
})
