import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CLOSE } from '../protocol/index.ts'
import { Connection, type Socket } from './connection.ts'
import { FakeClock } from './fake-clock.ts'
import { Heartbeat } from './heartbeat.ts'
import { TICK_MS } from './rate.ts'
import { checkSettings } from './settings.ts'

const HEARTBEAT_MS = 30_000
const ROUND_MS = HEARTBEAT_MS / 6
const BEAT_MS = 50

function setUp() {
  const clock = new FakeClock()
  const all = new Map<number, Connection>()
  const pings: { readonly id: number; readonly atMs: number }[] = []
  const closed: { readonly id: number; readonly code: number; readonly atMs: number }[] = []
  let lastId = 0
  const tick = (): number => Math.floor(clock.nowMs() / TICK_MS)
  const connections = {
    all,
    close({ id }: Connection, code: number) {
      closed.push({ id, code, atMs: clock.nowMs() })
      all.delete(id)
    },
  }
  const settings = checkSettings({
    auth: { key: { secret: 'x'.repeat(32) } },
    heartbeatMs: HEARTBEAT_MS,
    silentMs: 2 * HEARTBEAT_MS,
  })
  const heartbeat = new Heartbeat(settings, clock, connections, tick)
  const open = (answers = true): number => {
    const connection = new Connection(++lastId, false, tick(), 0)
    const ping = (): void => {
      pings.push({ id: connection.id, atMs: clock.nowMs() })
      if (answers) connection.seenTick = tick()
    }
    connection.socket = { ping } as unknown as Socket
    all.set(connection.id, connection)
    return connection.id
  }
  heartbeat.start()
  return { clock, all, heartbeat, open, pings, closed }
}

/** How many pings each moment had. */
function perBeat(pings: readonly { readonly atMs: number }[]): number[] {
  return [...Map.groupBy(pings, ({ atMs }) => atMs).values()].map(({ length }) => length)
}

describe('the heartbeat', () => {
  it('pings each socket once per heartbeat, however many there are and whenever they came', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 0, max: ROUND_MS }),
        (count, atMs) => {
          const { clock, open, pings } = setUp()
          clock.advance(atMs)
          for (let number = 0; number < count; number++) open()
          clock.advance(2 * HEARTBEAT_MS) // those that came within a walk are in step by now
          pings.length = 0
          clock.advance(4 * HEARTBEAT_MS)
          const byId = Map.groupBy(pings, ({ id }) => id)
          assert.equal(byId.size, count)
          for (const { length } of byId.values()) assert.ok(Math.abs(length - 4) <= 1, `${length} pings in 4`)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('spreads the pings evenly: no beat has more than its share', () => {
    const { clock, open, pings } = setUp()
    const count = 12_000
    for (let number = 0; number < count; number++) open()
    clock.advance(2 * HEARTBEAT_MS)
    const share = (count * BEAT_MS) / HEARTBEAT_MS
    assert.ok(
      Math.max(...perBeat(pings)) <= share + 1,
      `${Math.max(...perBeat(pings))} of ${share} in a beat`,
    )
  })

  it('does not make good at once for what a stall held up', () => {
    const { clock, open, pings } = setUp()
    const count = 12_000
    for (let number = 0; number < count; number++) open()
    clock.stall(HEARTBEAT_MS)
    assert.ok(pings.length <= count / 50, `${pings.length} pings at once`)
  })

  it('closes a socket that is silent, within a sixth of the heartbeat, and no other', () => {
    const { clock, open, closed } = setUp()
    for (let number = 0; number < 100; number++) open()
    const silent = open(false)
    clock.advance(5 * HEARTBEAT_MS)
    assert.deepEqual(
      closed.map(({ id, code }) => [id, code]),
      [[silent, CLOSE.silent]],
    )
    const lateMs = (closed[0]?.atMs ?? 0) - 2 * HEARTBEAT_MS
    assert.ok(lateMs >= 0 && lateMs <= ROUND_MS + BEAT_MS, `${lateMs} ms late`)
  })

  it('does nothing after its stop', () => {
    const { clock, heartbeat, open, pings } = setUp()
    open()
    heartbeat.stop()
    clock.advance(2 * HEARTBEAT_MS)
    assert.deepEqual([pings.length, clock.timers], [0, 0])
  })
})
