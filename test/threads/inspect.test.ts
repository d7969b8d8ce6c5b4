import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Ref } from '../../runtime/actor/index.ts'
import { type Node, startNode } from '../../runtime/thread/index.ts'
import { type EchoMsg, echo } from './actors.ts'

const ACTORS = new URL('./actors.ts', import.meta.url).href

describe('inspecting a node on real threads', () => {
  let node: Node
  let refs: Ref<EchoMsg>[]

  before(async () => {
    // Long enough that the stuck thread is still there when the tests look at it.
    node = await startNode({ threads: 2, modules: [ACTORS], stuckMs: 30_000 })
    refs = await Promise.all(
      [1, 2, 2].map((thread) => node.spawn(echo, undefined, { placement: { thread } })),
    )
  })

  after(() => node.stop())

  const echoed = (ref: Ref<EchoMsg>, value: unknown) => node.call(ref, { type: 'echo', value })

  it('finds the actors of all threads, with what they have handled', async () => {
    const [one] = refs as [Ref<EchoMsg>]
    await echoed(one, 1)
    const { actors, truncated } = await node.inspector.snapshot({ timeoutMs: 10_000 })
    const found = actors.filter((row) => row.type === 'echo')
    assert.deepEqual(found.map((row) => row.ref).sort(), refs.map(String).sort())
    assert.equal(found.find((row) => row.ref === one.toString())?.handled, 1)
    assert.equal(truncated, false)
  })

  it('suspends an actor on its thread, which keeps its messages until it is resumed', async () => {
    const [one] = refs as [Ref<EchoMsg>]
    const slowly = { timeoutMs: 10_000 }
    await node.inspector.suspend(one, slowly)
    const answer = echoed(one, 'late')
    const waiting = async () => (await node.inspector.peek(one, slowly)).messages
    let messages = await waiting()
    while (messages.length === 0) messages = await waiting()
    assert.deepEqual(messages, [{ type: 'echo', kind: 'call', content: undefined }])
    await node.inspector.resume(one, slowly)
    assert.equal(await answer, 'late')
  })

  it('traces messages between threads until it has its number', async () => {
    const [one] = refs as [Ref<EchoMsg>]
    const shown: string[] = []
    const trace = await node.inspector.trace({ target: one, max: 3 }, (event) =>
      shown.push(`${event.event} ${event.messageType}`),
    )
    let ended = false
    const end = trace.ended.finally(() => {
      ended = true
    })
    while (!ended) await echoed(one, 'traced')
    assert.equal((await end).shown, 3)
    for (const event of shown) assert.match(event, /^(sent|arrived|handled) echo$/)
  })

  it('names the actor and the message of a thread in an infinite loop within a second, while the others answer', async () => {
    const [looping, other] = refs as [Ref<EchoMsg>, Ref<EchoMsg>]
    const startedMs = performance.now()
    node.send(looping, { type: 'loop' })
    let stuck = (await node.inspector.snapshot()).threads.find((view) => !view.answered)
    while (stuck?.activity === undefined && performance.now() - startedMs < 10_000) {
      stuck = (await node.inspector.snapshot()).threads.find((view) => !view.answered)
    }
    assert.ok(performance.now() - startedMs < 1_000, `took ${performance.now() - startedMs} ms`)
    assert.deepEqual(stuck?.thread, 1)
    const { ref, actor, messageType, sinceMs } = stuck?.activity ?? {}
    assert.deepEqual([ref, actor, messageType], [looping.toString(), 'echo', 'loop'])
    assert.ok(Math.abs(Date.now() - (sinceMs ?? 0)) < 2_000)
    assert.equal(await echoed(other, 'fine'), 'fine')
    const { actors } = await node.inspector.snapshot()
    assert.deepEqual([...new Set(actors.filter((row) => row.type === 'echo').map((row) => row.thread))], [2])
    await assert.rejects(node.inspector.info(looping), {
      code: 'CALL_TIMEOUT',
      context: { thread: 1, actor: 'echo', messageType: 'loop', timeoutMs: 250, ref, sinceMs },
    })
  })
})
