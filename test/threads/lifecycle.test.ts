import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { defineActor } from '../../runtime/actor/index.ts'
import { child, supervisor } from '../../runtime/supervisor/index.ts'
import { type NodeOptions, startNode } from '../../runtime/thread/index.ts'
import { watcher } from './actors.ts'
import { startTestNode, TEST_MS } from './test-node.ts'

const ACTORS = new URL('./actors.ts', import.meta.url).href
const FLAKY = new URL('./flaky.ts', import.meta.url).href
const NOWHERE = new URL('./nowhere.ts', import.meta.url).href
const TWIN = new URL('./twin.ts', import.meta.url).href

describe('startNode refuses', () => {
  const refused: [string, NodeOptions, RegExp][] = [
    ['a fraction of a thread', { threads: 1.5 }, /threads must be a whole number from 0 to 256, is 1.5/],
    ['a ring that is no power of two', { ringBytes: 5_000 }, /ringBytes must be a power of two, is 5000/],
    [
      'a stuckMs too small to tell',
      { stuckMs: 5 },
      /stuckMs must be a whole number from 100 to 3600000, is 5/,
    ],
    ['a heap limit below what a thread needs', { heapLimitMb: 1 }, /heapLimitMb must be/],
    [
      'a module path that is no URL',
      { modules: ['./actors.ts'] },
      /modules must be absolute file: URLs.*is \.\/actors\.ts/,
    ],
    ['a module that is not there', { modules: [NOWHERE] }, /nowhere\.ts does not load/],
    ['two actor types of one name', { modules: [ACTORS, TWIN] }, /a second one is called 'echo'/],
  ]
  for (const [what, options, message] of refused) {
    it(what, () => assert.rejects(startNode(options), { code: 'BAD_OPTION', message }))
  }
})

describe('a node', () => {
  afterEach(() => delete process.env.TEST_FLAKY)

  it('does not start when a module does not load on its threads', { timeout: TEST_MS }, async () => {
    process.env.TEST_FLAKY = 'throw'
    await assert.rejects(startNode({ threads: 2, modules: [FLAKY] }), {
      code: 'THREAD_START_FAILED',
      message: /Cannot start thread \d: .*flaky\.ts does not load/,
    })
  })

  it('does not start when its root does not, and says why', { timeout: TEST_MS }, async () => {
    const root = defineActor<null, never, void>({
      name: 'badRoot',
      init: () => {
        throw new Error('no root today')
      },
      handle() {},
    })
    await assert.rejects(startNode({ threads: 1, root }), {
      code: 'CHILD_START_FAILED',
      message: /no root today/,
    })
  })

  it('stops its root and the root its children, the last first, before it ends', {
    timeout: TEST_MS,
  }, async () => {
    const ended: string[] = []
    const leaf = (name: string) =>
      defineActor<null, never, void>({
        name,
        init: () => null,
        handle() {},
        terminate: (_state, reason) => void ended.push(`${name} ${reason}`),
      })
    const root = supervisor('root', {
      strategy: 'oneForOne',
      children: [child('first', leaf('first')), child('second', leaf('second'))],
    })
    const node = await startNode({ threads: 1, root })
    await node.stop()
    assert.deepEqual(ended, ['second shutdown', 'first shutdown'])
    assert.equal(await node.done, 'shutdown')
  })

  it('tells by `done` how its root ended', { timeout: TEST_MS }, async (test) => {
    const { node } = await startTestNode(test, { threads: 0, root: watcher })
    assert.ok(node.root !== undefined)
    node.kill(node.root)
    assert.equal(await node.done, 'killed')
  })

  it('runs everything on the main thread when it has no other', { timeout: TEST_MS }, async (test) => {
    const { node, ask, echoOn } = await startTestNode(test, { threads: 0 })
    const placed = await node.spawn(watcher, undefined, { placement: { key: 'any' } })
    assert.equal(placed.thread, 0)
    assert.equal(await ask(await echoOn(0), 1), 1)
  })

  it('suspends, resumes and kills actors on any thread', { timeout: TEST_MS }, async (test) => {
    const { node, ask, echoOn } = await startTestNode(test)
    for (const thread of [0, 1]) {
      const target = await echoOn(thread)
      node.suspend(target)
      const waiting = ask(target, 'waited')
      node.resume(target)
      assert.equal(await waiting, 'waited')
      node.kill(target)
      await assert.rejects(ask(target, 'dead'), { code: 'ACTOR_GONE' })
    }
  })

  it('gives up a thread that dies again and again, goes on without, and has it back on order', {
    timeout: TEST_MS,
  }, async (test) => {
    const testNode = await startTestNode(test, { modules: [ACTORS, FLAKY] })
    const { node, ask, echoOn } = testNode
    const lost = await echoOn(1)
    process.env.TEST_FLAKY = 'exit'
    node.restartThread(1)
    assert.match(await testNode.threadEvent(1, 'gaveUp'), /lost 6 times in 10000 ms: .*exited with code 4/)
    assert.equal(node.threads()[0]?.state, 'gone')

    assert.equal(node.send(lost, { type: 'crash' })?.code, 'ACTOR_GONE')
    await assert.rejects(ask(lost, 1), { code: 'ACTOR_GONE' })
    await assert.rejects(echoOn(1), { code: 'NO_SUCH_THREAD' })
    const observer = await node.spawn(watcher, undefined, { placement: { thread: 2 } })
    await node.call(observer, { type: 'watch', ref: lost, how: 'monitor' })
    const notes = await node.call(observer, { type: 'notes', atLeast: 1 }, { timeoutMs: TEST_MS })
    assert.deepEqual(notes, [{ what: 'down', ref: lost.toString(), reason: 'threadDown' }])
    assert.equal((await node.spawn(watcher, undefined, { placement: { key: 'any' } })).thread, 2)

    // A thread that starts while another is given up knows of it from the start.
    delete process.env.TEST_FLAKY
    node.restartThread(2)
    await testNode.restarted(2, 1)
    const late = await node.spawn(watcher, undefined, { placement: { thread: 2 } })
    await node.call(late, { type: 'watch', ref: lost, how: 'monitor' })
    assert.deepEqual(await node.call(late, { type: 'notes', atLeast: 1 }, { timeoutMs: TEST_MS }), notes)

    node.restartThread(1)
    assert.equal(await ask(await echoOn(1), 'back'), 'back')
  })

  it('refuses to restart a thread that it does not have', { timeout: TEST_MS }, async (test) => {
    const { node } = await startTestNode(test, { threads: 1 })
    assert.throws(() => node.restartThread(0), { code: 'NO_SUCH_THREAD' })
    assert.throws(() => node.restartThread(2), { code: 'NO_SUCH_THREAD' })
  })

  it('gives timers and I/O of the main thread their turn while its actors are busy', {
    timeout: TEST_MS,
  }, async (test) => {
    const spinner = defineActor<null, { type: 'again' }, void>({
      name: 'spinner',
      init: (_arg, ctx) => {
        ctx.send(ctx.self, { type: 'again' })
        return null
      },
      handle(_state, msg, ctx) {
        ctx.send(ctx.self, msg)
      },
    })
    const { node } = await startTestNode(test, { threads: 0 })
    await node.spawn(spinner, undefined)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    const loop = (async () => {
      const target = await node.spawn(watcher, undefined)
      for (let i = 0; i < 500; i++) await node.call(target, { type: 'notes', atLeast: 0 })
    })()
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    await loop
  })
})
