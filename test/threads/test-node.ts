/** A node for tests: keeps its events, waits for them, and is stopped whatever the test does. */

import type { TestContext } from 'node:test'
import type { Ref } from '../../runtime/actor/index.ts'
import type { RuntimeEvent } from '../../runtime/kernel/events.ts'
import { type Node, type NodeOptions, startNode } from '../../runtime/thread/index.ts'
import { type EchoMsg, echo } from './actors.ts'

/** The outer bound of everything that is waited for. */
export const TEST_MS = 60_000

export interface TestNode {
  readonly node: Node
  /** The first event, past or future, for which this is true. */
  event(is: (event: RuntimeEvent) => boolean): Promise<RuntimeEvent>
  /** The `detail` of the first event of this kind about a thread. */
  threadEvent(thread: number, event: 'stuck' | 'heapLimit' | 'died' | 'replaced' | 'gaveUp'): Promise<string>
  /** Resolves when a thread has been replaced so many times and runs. */
  restarted(thread: number, times: number): Promise<void>
  /** Starts an echo on a thread. */
  echoOn(thread: number, name?: string): Promise<Ref<EchoMsg>>
  ask(ref: Ref<EchoMsg>, value: unknown): Promise<unknown>
}

export async function startTestNode(test: TestContext, options: NodeOptions = {}): Promise<TestNode> {
  const events: RuntimeEvent[] = []
  const waiting = new Set<(event: RuntimeEvent) => void>()
  const onEvent = (event: RuntimeEvent): void => {
    events.push(event)
    for (const tell of waiting) tell(event)
  }
  const modules = [new URL('./actors.ts', import.meta.url).href]
  const node = await startNode({ threads: 2, modules, onEvent, ...options })
  test.after(() => node.stop())
  const event: TestNode['event'] = (is) => {
    const past = events.find(is)
    if (past !== undefined) return Promise.resolve(past)
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`Cannot find the event among ${events.length}`)),
        TEST_MS,
      )
      const tell = (candidate: RuntimeEvent): void => {
        if (!is(candidate)) return
        clearTimeout(late)
        waiting.delete(tell)
        resolve(candidate)
      }
      waiting.add(tell)
    })
  }
  return {
    node,
    event,
    async threadEvent(thread, kind) {
      const found = await event((e) => e.type === 'thread' && e.thread === thread && e.event === kind)
      return found.type === 'thread' ? found.detail : ''
    },
    async restarted(thread, times) {
      const ofThread = (e: RuntimeEvent): boolean =>
        e.type === 'thread' && e.thread === thread && e.event === 'replaced'
      await event(() => events.filter(ofThread).length >= times)
    },
    echoOn: (thread, name) =>
      node.spawn(
        echo,
        undefined,
        name === undefined ? { placement: { thread } } : { placement: { thread }, name },
      ),
    ask: (ref, value) => node.call(ref, { type: 'echo', value }, { timeoutMs: TEST_MS }),
  }
}

/**
 * Calls an actor over and over until `stop` is called, which returns how long the calls took, in ms, the
 * slowest last.
 */
export function callAllTheTime({ ask }: TestNode, ref: Ref<EchoMsg>): { stop(): Promise<number[]> } {
  let stopped = false
  const tookMs: number[] = []
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const start = performance.now()
      await ask(ref, tookMs.length)
      tookMs.push(performance.now() - start)
      await new Promise(setImmediate)
    }
  }
  const looping = loop()
  return {
    async stop() {
      stopped = true
      await looping
      return tookMs.sort((a, b) => a - b)
    },
  }
}

/** The value below which 99 of 100 lie, of sorted values. */
export function p99(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
}
