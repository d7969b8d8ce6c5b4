import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { EchoMsg } from './actors.ts'
import { crashMachine } from './actors.ts'
import { callAllTheTime, p99, startTestNode, TEST_MS, type TestNode } from './test-node.ts'

const STUCK_MS = 500
/** Loose on purpose: machines that run tests are busy. */
const ANSWER_MS_MAX = 3_000

interface Fault {
  readonly what: string
  readonly msg: Exclude<EchoMsg, { type: 'echo' | 'join' | 'crash' }>
  readonly event: 'stuck' | 'heapLimit' | 'died'
  readonly detail: RegExp
}

const FAULTS: readonly Fault[] = [
  {
    what: 'throws outside a handler',
    msg: { type: 'throwOutside' },
    event: 'died',
    detail: /TypeError: thrown outside/,
  },
  {
    what: 'has an unhandled rejection',
    msg: { type: 'rejectOutside' },
    event: 'died',
    detail: /rejected outside a handler/,
  },
  { what: 'calls process.exit', msg: { type: 'exitProcess' }, event: 'died', detail: /exited with code 3/ },
  { what: 'loops in a handler', msg: { type: 'loop' }, event: 'stuck', detail: /./ },
  {
    what: 'loops outside a handler',
    msg: { type: 'loopOutside' },
    event: 'stuck',
    detail: /outside any actor since \d/,
  },
  {
    what: 'leaks small objects',
    msg: { type: 'leakObjects' },
    event: 'heapLimit',
    detail: /more than heapLimitMb 64/,
  },
  {
    what: 'leaks into one array',
    msg: { type: 'leakArray' },
    event: 'heapLimit',
    detail: /more than heapLimitMb 64/,
  },
  {
    what: 'leaks into one Map',
    msg: { type: 'leakMap' },
    event: 'heapLimit',
    detail: /more than heapLimitMb 64/,
  },
  {
    what: 'leaks Buffers',
    msg: { type: 'leakBuffers' },
    event: 'heapLimit',
    detail: /more than heapLimitMb 64/,
  },
]

async function startWithFault(test: TestContext, { msg, event }: Fault) {
  // Leaks are slow on a busy machine: there only the heap counts.
  const stuckMs = event === 'heapLimit' ? 30_000 : STUCK_MS
  const testNode = await startTestNode(test, { stuckMs, heapLimitMb: 64 })
  const victim = await testNode.echoOn(1, 'victim')
  const bystander = await testNode.echoOn(2)
  const calls = callAllTheTime(testNode, bystander)
  assert.equal(await testNode.ask(victim, 'before'), 'before')
  testNode.node.send(victim, msg)
  return { testNode, victim, calls }
}

describe('when a thread', () => {
  for (const fault of FAULTS) {
    it(`${fault.what}, it is replaced while the other answers`, { timeout: TEST_MS }, async (test) => {
      const { testNode, victim, calls } = await startWithFault(test, fault)
      assert.match(await testNode.threadEvent(1, fault.event), fault.detail)
      await testNode.threadEvent(1, 'replaced')
      const tookMs = await calls.stop()
      test.diagnostic(`${tookMs.length} calls to the other thread, p99 ${p99(tookMs).toFixed(2)} ms`)
      assert.ok(p99(tookMs) < ANSWER_MS_MAX)
      await proveReplaced(testNode, victim)
    })
  }
})

async function proveReplaced(
  { node, ask, echoOn }: TestNode,
  victim: Awaited<ReturnType<TestNode['echoOn']>>,
) {
  const successor = await echoOn(1, 'victim') // the name is free again
  assert.equal(successor.thread, 1)
  assert.ok(successor.incarnation > victim.incarnation, 'incarnations go on counting')
  assert.equal(await ask(successor, 'hello'), 'hello')
  await assert.rejects(ask(victim, 'hello'), { code: 'ACTOR_GONE' })
  assert.deepEqual(
    node.threads().map(({ thread, state, restarts }) => ({ thread, state, restarts })),
    [
      { thread: 1, state: 'running', restarts: 1 },
      { thread: 2, state: 'running', restarts: 0 },
    ],
  )
}

describe('a thread that hangs', () => {
  it('is reported with the actor, its name, the message and since when', {
    timeout: TEST_MS,
  }, async (test) => {
    const testNode = await startTestNode(test, { stuckMs: STUCK_MS })
    const victim = await testNode.echoOn(1, 'the victim')
    await testNode.ask(victim, 1)
    const before = Date.now()
    testNode.node.send(victim, { type: 'loop' })
    const detail = await testNode.threadEvent(1, 'stuck')
    const match = /^echo (<1\.\d+\.\d+>) \('the victim'\) has been handling 'loop' since (\S+)$/.exec(detail)
    assert.ok(match !== null, detail)
    assert.equal(match[1], victim.toString())
    const sinceMs = Date.parse(match[2] as string)
    assert.ok(sinceMs >= before - 1 && sinceMs <= before + ANSWER_MS_MAX, `${detail}, sent at ${before}`)
  })

  it('shows what it is doing to the inspector while it hangs', { timeout: TEST_MS }, async (test) => {
    const testNode = await startTestNode(test, { stuckMs: 10_000 })
    const victim = await testNode.echoOn(1)
    testNode.node.send(victim, { type: 'loop' })
    const { node } = testNode
    await assert.rejects(
      async () => {
        for (;;) await node.ask(1, { kind: 'summary' }, 300) // answered until the message is taken
      },
      { code: 'CALL_TIMEOUT' },
    )
    assert.match(JSON.stringify(await node.inspector.snapshot()), /"messageType":"loop"/)
    node.restartThread(1)
    await testNode.threadEvent(1, 'replaced')
  })
})

describe('1,000 crashes a second on one thread', () => {
  it('leave the other thread answering and the main thread alive', { timeout: TEST_MS }, async (test) => {
    let crashes = 0
    const testNode = await startTestNode(test, { onEvent: (event) => event.type === 'crash' && crashes++ })
    await testNode.node.spawn(crashMachine, undefined, { placement: { thread: 1 } })
    const calls = callAllTheTime(testNode, await testNode.echoOn(2))
    const start = performance.now()
    while (crashes < 3_000) await new Promise(setImmediate)
    const seconds = (performance.now() - start) / 1_000
    const tookMs = await calls.stop()
    test.diagnostic(
      `${Math.round(crashes / seconds)} crashes/s reported, p99 of calls ${p99(tookMs).toFixed(2)} ms`,
    )
    assert.ok(p99(tookMs) < ANSWER_MS_MAX)
    assert.equal(testNode.node.threads()[0]?.restarts, 0)
  })
})
