import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { defineActor } from '../actor/index.ts'
import { ACTIVITY_CELLS } from './activity-cells.ts'
import { Kernel } from './kernel.ts'
import { MessageQueue } from './message-queue.ts'
import type { KernelPorts, Transport } from './ports.ts'

describe('a message queue', () => {
  it('gives back what an array would give back, whatever is pushed and shifted', () => {
    // Positive: so many pushes. Negative: so many shifts.
    const runs = fc.array(fc.integer({ min: -40, max: 40 }), { maxLength: 60 })
    const property = fc.property(runs, (steps) => {
      const queue = new MessageQueue()
      const model: number[] = []
      let next = 0
      for (const step of steps) {
        for (let n = 0; n < step; n++) {
          queue.push(++next)
          model.push(next)
        }
        for (let n = step; n < 0 && model.length > 0; n++) assert.equal(queue.shift(), model.shift())
        assert.equal(queue.length, model.length)
        assert.deepEqual(
          model.map((_, index) => queue.at(index)),
          model,
        )
      }
    })
    fc.assert(property)
  })

  it('grows to at most twice what it has held', () => {
    const queue = new MessageQueue()
    for (let n = 0; n < 1_000; n++) queue.push(n)
    assert.equal(queue.capacity, 1_024)
  })
})

/** A kernel whose clock stands wherever the test puts it. */
function kernelAt(clock: { nowMs: number }, messagesPerTurn: number): Kernel {
  const transport: Transport = {
    peers: () => [],
    placement: () => [0],
    message: () => 'ACTOR_GONE',
    signal: () => {},
  }
  const ports: KernelPorts = {
    clock: { now: () => clock.nowMs, monotonic: () => clock.nowMs },
    random: () => 0,
    transport,
    wake: () => {},
    work: () => Promise.reject(new Error('Cannot work: there is no pool')),
    report: () => {},
    activity: { cells: new Int32Array(ACTIVITY_CELLS), onLabel: () => {} },
  }
  return new Kernel(ports, { thread: 0, definitions: new Map(), messagesPerTurn })
}

describe('the age of the oldest message in a mailbox', () => {
  const sink = defineActor<null, number, void>({ name: 'sink', init: () => null, handle: () => {} })
  const step = fc.oneof(
    fc.record({ do: fc.constant('arrive' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant('pass' as const), count: fc.integer({ min: 1, max: 50 }) }),
    fc.record({ do: fc.constant('turn' as const) }),
  )

  /** The second turn leaves one message of those that the first one left. */
  const overTwoTurns = [
    { do: 'arrive', count: 9 },
    { do: 'pass', count: 1 },
    { do: 'turn' },
    { do: 'turn' },
  ] as const

  it('is never told as less than it is', () => {
    const property = fc.property(
      fc.array(step, { maxLength: 80 }),
      fc.integer({ min: 1, max: 5 }),
      (steps, perTurn) => {
        const clock = { nowMs: 0 }
        const kernel = kernelAt(clock, perTurn)
        const cell = kernel.start(sink, undefined, { parent: null, link: false })
        kernel.run(Infinity)
        const arrivals: number[] = []
        for (const one of steps) {
          if (one.do === 'turn') {
            kernel.step()
            arrivals.splice(0, perTurn)
          } else if (one.do === 'pass') {
            clock.nowMs += one.count
            kernel.fireTimers()
          } else {
            for (let n = 0; n < one.count; n++) kernel.send(null, cell.ref, n)
            arrivals.push(...new Array<number>(one.count).fill(clock.nowMs))
          }
          assert.equal(cell.length, arrivals.length)
          const [oldest] = arrivals
          const told = kernel.scheduler.oldestAgeMs(cell)
          const age = oldest === undefined ? 0 : clock.nowMs - oldest
          assert.ok(told >= age, `${told} ms are told, it is ${age} ms`)
        }
      },
    )
    fc.assert(property, { numRuns: 500, examples: [[[...overTwoTurns], 4]] })
  })
})
