/** Watching: what many watchers cost together, and what they do when the time is used up. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FakeClock } from '../fake-clock.ts'
import type { AdminNode } from './admin-node.ts'
import type { Caller } from './command.ts'
import { streamCommands } from './stream-commands.ts'

function node() {
  const clock = new FakeClock()
  let scrapes = 0
  const metrics = () => `# TYPE a gauge\na ${++scrapes}\n`
  const admin = { clock, metrics } as unknown as AdminNode
  const watching = new AbortController()
  const caller = { spentMs: 0, hasTime: true }
  const events: number[] = []
  const watch = () =>
    streamCommands(admin).watch.run(
      { metric: 'a', intervalMs: 100, count: 1_000 } as never,
      {
        spend: (ms: number) => {
          caller.spentMs += ms
        },
        again: () => caller.hasTime,
      } as unknown as Caller,
      (event) => {
        events.push((event as { metrics: readonly { value: number }[] }).metrics[0]?.value ?? -1)
        return true
      },
      watching.signal,
    )
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  const tick = (): Promise<void> => {
    clock.advance(100)
    return settled()
  }
  return { watch, settled, tick, events, caller, watching, scrapes: () => scrapes }
}

describe('watch', () => {
  it('costs one scrape for all who watch at about the same time', async () => {
    const { watch, settled, tick, events, watching, scrapes } = node()
    const watches = Array.from({ length: 20 }, watch)
    await settled()
    for (let i = 0; i < 3; i++) await tick()
    assert.equal(scrapes(), 4)
    assert.deepEqual(new Set(events), new Set([1, 2, 3, 4]))
    assert.equal(events.length, 80)
    watching.abort()
    await Promise.all(watches)
  })

  it('leaves rounds out while the time is used up, and goes on after', async () => {
    const { watch, settled, tick, events, caller, watching } = node()
    const watched = watch()
    await settled()
    await tick()
    caller.hasTime = false
    const spentMs = caller.spentMs
    for (let i = 0; i < 5; i++) await tick()
    assert.deepEqual([events, caller.spentMs], [[1, 2], spentMs])
    caller.hasTime = true
    await tick()
    assert.deepEqual(events, [1, 2, 3])
    watching.abort()
    await watched
  })
})
