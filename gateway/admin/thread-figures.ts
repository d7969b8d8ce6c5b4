/**
 * threadFigures: each thread from outside and, when it answers, from inside.
 *
 * Guarantees: ends within `timeoutMs`, whatever the threads do. What one that gives no answer is busy with is read from
 * shared memory.
 */

import { setImmediate } from 'node:timers/promises'
import type { Node, ThreadLoad, ThreadSummary } from '../../runtime/index.ts'
import type { ThreadFigures } from './actor-rows.ts'
import { currentTurn, rounded } from './actor-text.ts'

export async function threadFigures(node: Node, timeoutMs: number): Promise<ThreadFigures[]> {
  return Promise.all(node.loads().map((load) => figuresOf(node, load, timeoutMs)))
}

async function figuresOf(node: Node, load: ThreadLoad, timeoutMs: number): Promise<ThreadFigures> {
  const { activity, ...outside } = load
  const startMs = performance.now()
  const summary = await summaryOf(node, load.thread, timeoutMs)
  const tookMs = performance.now() - startMs
  // What it does now counts, not what it did before it was asked.
  const busyNow = summary === undefined ? (activityNow(node, load.thread) ?? activity) : activity
  const current = currentTurn(busyNow, busyNow === undefined ? undefined : node.nameOf(busyNow.ref))
  return {
    ...outside,
    busy: rounded(outside.busy),
    lagMs: rounded(summary === undefined ? Math.max(tookMs, current?.forMs ?? 0) : tookMs, 1),
    current,
    answered: summary !== undefined,
    actors: summary?.actors,
    runQueue: summary?.runQueue,
    messagesHandled: summary?.messagesHandled,
    deadLetters: summary?.deadLetters,
    refused: summary?.refused,
    timers: summary?.timers,
  }
}

async function summaryOf(node: Node, thread: number, timeoutMs: number): Promise<ThreadSummary | undefined> {
  // The main thread answers itself at once; its lag is how long its event loop takes.
  if (thread === 0) await setImmediate()
  try {
    return (await node.ask(thread, { kind: 'summary' }, timeoutMs)) as ThreadSummary
  } catch {
    return undefined // the figures say so
  }
}

function activityNow(node: Node, thread: number) {
  return node.loads().find((load) => load.thread === thread)?.activity
}
