import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { AnyRef, Ref } from '../../runtime/actor/index.ts'
import { type EchoMsg, type ReceiverMsg, receiver, sender, type WatcherMsg, watcher } from './actors.ts'
import { startTestNode, TEST_MS, type TestNode } from './test-node.ts'

async function watch({ node }: TestNode, ref: Ref<WatcherMsg>, target: AnyRef, how: 'link' | 'monitor') {
  await node.call(ref, { type: 'watch', ref: target, how })
}

/** A watcher on one thread that is linked to and monitors an echo on another. */
async function watchAcross(test: TestContext, watcherThread: number, targetThread: number) {
  const testNode = await startTestNode(test)
  const observer = await testNode.node.spawn(watcher, undefined, { placement: { thread: watcherThread } })
  const target = await testNode.echoOn(targetThread)
  await watch(testNode, observer, target, 'link')
  await watch(testNode, observer, target, 'monitor')
  // Asked by the watcher, since only what it sends itself comes after its signals.
  await testNode.node.call(observer, { type: 'askOn', ref: target })
  const notes = (): Promise<unknown> =>
    testNode.node.call(observer, { type: 'notes', atLeast: 2 }, { timeoutMs: TEST_MS })
  return { ...testNode, observer, target, notes }
}

const byWhat = (notes: unknown): unknown[] =>
  [...(notes as { what: string }[])].sort((a, b) => a.what.localeCompare(b.what))

describe('across threads', () => {
  for (const [from, to] of [
    [0, 1],
    [1, 0],
    [1, 2],
  ] as const) {
    it(`links and monitors of thread ${from} tell of a crash on thread ${to}`, {
      timeout: TEST_MS,
    }, async (test) => {
      const { node, target, notes } = await watchAcross(test, from, to)
      node.send(target, { type: 'crash' })
      const [down, exit] = byWhat(await notes()) as {
        what: string
        ref: string
        reason: { message: string }
      }[]
      assert.deepEqual(
        [down?.what, down?.ref, down?.reason.message],
        ['down', target.toString(), 'crashed as asked'],
      )
      assert.deepEqual(
        [exit?.what, exit?.ref, exit?.reason.message],
        ['exit', target.toString(), 'crashed as asked'],
      )
    })
  }

  it('links and monitors tell of the death of a thread', { timeout: TEST_MS }, async (test) => {
    const { node, target, notes } = await watchAcross(test, 2, 1)
    node.restartThread(1)
    assert.deepEqual(byWhat(await notes()), [
      { what: 'down', ref: target.toString(), reason: 'threadDown' },
      { what: 'exit', ref: target.toString(), reason: 'threadDown' },
    ])
  })

  it('a monitor on an actor of a thread that has died answers noproc', { timeout: TEST_MS }, async (test) => {
    const testNode = await startTestNode(test)
    const target = await testNode.echoOn(1)
    testNode.node.restartThread(1)
    await testNode.threadEvent(1, 'replaced')
    const observer = await testNode.node.spawn(watcher, undefined, { placement: { thread: 2 } })
    await watch(testNode, observer, target, 'monitor')
    const notes = await testNode.node.call(observer, { type: 'notes', atLeast: 1 })
    assert.deepEqual(notes, [{ what: 'down', ref: target.toString(), reason: 'noproc' }])
  })

  it('a call that is open when the thread dies fails with threadDown', { timeout: TEST_MS }, async (test) => {
    const testNode = await startTestNode(test)
    const target = await testNode.echoOn(1)
    testNode.node.send(target, { type: 'loop' })
    const open = testNode.ask(target, 'never answered')
    testNode.node.restartThread(1)
    await assert.rejects(open, {
      code: 'ACTOR_GONE',
      context: { to: target.toString(), reason: 'threadDown' },
    })
  })

  it('names and groups end with the thread of their holders', { timeout: TEST_MS }, async (test) => {
    const testNode = await startTestNode(test)
    const { node } = testNode
    const lost = await testNode.echoOn(1, 'lost')
    const kept = await testNode.echoOn(2, 'kept')
    for (const ref of [lost, kept]) await node.call(ref, { type: 'join', group: 'all' })
    assert.deepEqual(new Set(node.members('all')), new Set([lost, kept]))
    node.restartThread(1)
    await testNode.threadEvent(1, 'replaced')
    assert.equal(node.whereis('lost'), undefined)
    assert.equal(node.whereis('kept'), kept)
    assert.deepEqual(node.members('all'), [kept])
    const successor = await testNode.echoOn(1, 'lost')
    assert.equal(node.whereis('lost'), successor)
    await assert.rejects(testNode.echoOn(1, 'kept'), { code: 'NAME_TAKEN' })
  })

  it('a message that cannot cross is refused, and the sender goes on', { timeout: TEST_MS }, async (test) => {
    const { node, ask, echoOn } = await startTestNode(test)
    const target = await echoOn(1)
    const bad = { type: 'echo', value: () => {}, replyTo: null } as unknown as EchoMsg
    const refusal = node.send(target, bad)
    assert.equal(refusal?.code, 'MESSAGE_NOT_PORTABLE')
    const large = { type: 'echo', value: 'x'.repeat(1_000_000), replyTo: null } as unknown as EchoMsg
    assert.equal(node.send(target, large)?.code, 'MESSAGE_TOO_LARGE')
    await assert.rejects(ask(target, Symbol('s')), { code: 'MESSAGE_NOT_PORTABLE' })
    assert.equal(await ask(target, 'still here'), 'still here')
  })

  it('a reply that cannot cross becomes an error for the caller', { timeout: TEST_MS }, async (test) => {
    const testNode = await startTestNode(test, { ringBytes: 4_096 })
    const target = await testNode.echoOn(1)
    await assert.rejects(testNode.ask(target, 'x'.repeat(2_500)), { code: 'MESSAGE_TOO_LARGE' })
    assert.equal(await testNode.ask(target, 'short'), 'short')
  })

  it('an unknown actor type is refused where it should start', { timeout: TEST_MS }, async (test) => {
    const { node } = await startTestNode(test, { modules: [] })
    const placement = { thread: 1 }
    await assert.rejects(node.spawn(watcher, undefined, { placement }), { code: 'UNKNOWN_ACTOR_TYPE' })
    await assert.rejects(node.spawn(watcher, undefined, { placement: { thread: 9 } }), {
      code: 'NO_SUCH_THREAD',
    })
  })
})

describe('under load', () => {
  it('every accepted message arrives once and in order, from all threads, though rings are full', {
    timeout: TEST_MS,
  }, async (test) => {
    const { node } = await startTestNode(test, { ringBytes: 16_384 })
    const to = await node.spawn(receiver, undefined, { placement: { thread: 1 } })
    const senders = await Promise.all(
      [0, 1, 2, 2].map((thread, id) =>
        node.spawn(sender, { id, to, total: 50_000 }, { placement: { thread } }),
      ),
    )
    const reports = await Promise.all(
      senders.map((ref) => node.call(ref, { type: 'run' }, { timeoutMs: TEST_MS })),
    )
    const accepted = reports.map((report) => report.accepted)
    // A report is a message of the main thread's: it says nothing about those of the other threads that are
    // still on their way.
    let received = await reportOf(node, to)
    while (accepted.some((count, id) => (received.counts.get(id) ?? 0) < count)) {
      received = await reportOf(node, to)
    }
    test.diagnostic(`accepted ${accepted}, refused ${reports.map((report) => report.refused)}`)
    assert.deepEqual(received, { counts: new Map(accepted.entries()), disorder: 0 })
    assert.ok(
      reports.every(({ refused }, id) => (id === 1 ? refused === 0 : refused > 0)),
      'the rings were full',
    )
  })

  it('memory stays flat and messages are refused while the reader stalls', {
    timeout: TEST_MS,
  }, async (test) => {
    const { node, ask, echoOn } = await startTestNode(test, { stuckMs: 30_000 })
    const target = await echoOn(1)
    await ask(target, 'ready')
    node.send(target, { type: 'loop' })
    const value = { text: 'a message of the usual size', n: 1 }
    const flood = (): number => {
      let refused = 0
      for (let i = 0; i < 100_000; i++)
        if (node.send(target, { type: 'echo', value, replyTo: null as never })) refused++
      return refused
    }
    flood()
    const before = process.memoryUsage()
    for (let round = 0; round < 20; round++) {
      assert.equal(flood(), 100_000)
      await new Promise(setImmediate)
    }
    const after = process.memoryUsage()
    const grown = after.arrayBuffers + after.external - before.arrayBuffers - before.external
    test.diagnostic(`2,000,000 refused; buffers grew by ${grown} bytes`)
    assert.ok(grown < 1_000_000)
    node.restartThread(1)
  })
})

/** Asks again while the ring of the main thread's own sender is still full. */
async function reportOf(node: TestNode['node'], to: Ref<ReceiverMsg>) {
  for (;;) {
    try {
      return await node.call(to, { type: 'report' })
    } catch (error) {
      if ((error as { code?: string }).code !== 'RING_FULL') throw error
      await new Promise(setImmediate)
    }
  }
}
