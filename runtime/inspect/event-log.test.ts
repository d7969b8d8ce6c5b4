import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ref } from '../actor/ref.ts'
import type { CrashReport, ThreadReport } from '../kernel/events.ts'
import { EVENTS_KEPT_MAX, EventLog } from './event-log.ts'

const crash = (atMs: number): CrashReport => ({
  type: 'crash',
  atMs,
  thread: 1,
  ref: new Ref(1, 0, 1),
  actor: 'room',
  name: undefined,
  parent: undefined,
  reason: { error: 'Error', message: 'broken' },
  during: 'handle',
  lastMessages: ['post'],
  handled: 1,
  mailboxLength: 0,
})

const died: ThreadReport = { type: 'thread', atMs: 5, thread: 1, event: 'died', detail: 'exit 1' }

describe('the event log', () => {
  it('keeps the newest of each kind, so a crash loop hides no lost thread', () => {
    const log = new EventLog()
    log.add(died)
    for (let atMs = 1; atMs <= EVENTS_KEPT_MAX + 50; atMs++) log.add(crash(atMs))
    const crashes = log.list('crash', { limit: 10_000 })
    assert.equal(crashes.length, EVENTS_KEPT_MAX)
    assert.deepEqual([crashes[0]?.atMs, crashes.at(-1)?.atMs], [51, EVENTS_KEPT_MAX + 50])
    assert.deepEqual(log.list('thread'), [died])
  })

  it('lists what happened since a time, and the newest so many of it', () => {
    const log = new EventLog()
    for (const atMs of [10, 20, 30, 40]) log.add(crash(atMs))
    assert.deepEqual(
      log.list('crash', { sinceMs: 20 }).map((event) => event.atMs),
      [20, 30, 40],
    )
    assert.deepEqual(
      log.list('crash', { sinceMs: 20, limit: 2 }).map((event) => event.atMs),
      [30, 40],
    )
    assert.deepEqual(log.list('crash', { limit: 0 }), [])
  })
})
