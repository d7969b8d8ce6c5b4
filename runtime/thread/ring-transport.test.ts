import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { defineActor } from '../actor/definition.ts'
import type { Down, Exit } from '../actor/messages.ts'
import { type AnyRef, Ref } from '../actor/ref.ts'
import type { Cell } from '../kernel/cell.ts'
import { Kernel } from '../kernel/kernel.ts'
import { RingTransport } from './ring-transport.ts'
import { SharedMemory } from './shared-memory.ts'

const RING_BYTES = 4_096

/** Several kernels on one thread, each of which reads and publishes only when it is told to. */
class Bench {
  readonly memory: SharedMemory
  readonly generations: number[]
  readonly #kernels: Kernel[] = []
  readonly #transports: RingTransport[] = []

  constructor(threads: number) {
    this.memory = SharedMemory.allocate(threads, RING_BYTES)
    this.generations = new Array<number>(threads).fill(1)
    for (let thread = 0; thread < threads; thread++) this.start(thread)
  }

  start(thread: number): void {
    const transport = new RingTransport({
      thread,
      memory: this.memory,
      generations: [...this.generations],
      gone: [],
      onWaiting: () => {},
      onEvent: () => {},
    })
    const kernel = new Kernel(
      {
        clock: { now: () => 0, monotonic: () => 0 },
        random: () => 0,
        transport,
        wake: () => {},
        work: () => Promise.reject(new Error('no pool here')),
        report: () => {},
        activity: transport.control.takeOver(),
      },
      { thread, definitions: new Map() },
    )
    transport.connect(kernel)
    this.#kernels[thread] = kernel
    this.#transports[thread] = transport
  }

  kernel(thread: number): Kernel {
    return this.#kernels[thread] as Kernel
  }

  transport(thread: number): RingTransport {
    return this.#transports[thread] as RingTransport
  }

  read(thread: number): void {
    this.transport(thread).drain()
    this.kernel(thread).run(Infinity)
  }

  flush(thread: number): void {
    this.transport(thread).flush()
  }

  /** Lets every kernel read and publish until nothing moves. */
  settle(): void {
    for (let round = 0; round < 50; round++) {
      for (const { thread } of this.#kernels) this.read(thread)
      for (const { thread } of this.#kernels) this.flush(thread)
    }
  }

  /** Ends a thread as the main thread sees it, and starts its successor. */
  replace(thread: number): void {
    const generation = (this.generations[thread] as number) + 1
    this.generations[thread] = generation
    this.transport(0).threadDown(thread, generation, false)
    this.start(thread)
  }

  /** An actor that keeps what it gets. */
  recorder(thread: number): {
    readonly cell: Cell
    readonly received: unknown[]
    readonly reasons: unknown[]
  } {
    const received: unknown[] = []
    const reasons: unknown[] = []
    const definition = defineActor<null, unknown, void>({
      name: 'recorder',
      trapExit: true,
      init: () => null,
      handle(_state, msg) {
        const { type, reason } = msg as Partial<Down | Exit>
        if (type !== undefined) reasons.push(reason)
        received.push(type === 'down' || type === 'exit' ? `${type} ${String(reason)}` : msg)
      },
    })
    const cell = this.kernel(thread).start(definition, undefined, { parent: null, link: false })
    this.kernel(thread).run(Infinity)
    return { cell, received, reasons }
  }
}

describe('messages and signals between two threads', () => {
  it('arrive in the order in which they were accepted, whoever reads or publishes when', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('message' as const), size: fc.nat(1_500) }),
      fc.record({ do: fc.constantFrom('signal' as const, 'read' as const, 'flush' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const bench = new Bench(2)
        const from = bench.recorder(0)
        const to = bench.recorder(1)
        const accepted: unknown[] = []
        for (const [n, action] of steps.entries()) {
          if (action.do === 'read') bench.read(1)
          else if (action.do === 'flush') bench.flush(0)
          else if (action.do === 'signal') {
            bench.kernel(0).exits.signal(from.cell.ref, to.cell.ref, `signal ${n}`, false)
            accepted.push(`exit signal ${n}`)
          } else if ('size' in action) {
            const message = { n, [`key${n % 7}`]: 'x'.repeat(action.size) }
            if (bench.kernel(0).send(from.cell, to.cell.ref, message) === undefined) accepted.push(message)
          }
        }
        bench.settle()
        assert.deepEqual(to.received, accepted)
      }),
    )
  })

  it('differ when the ring is full: messages are refused, signals wait for room', () => {
    const bench = new Bench(2)
    const from = bench.recorder(0)
    const to = bench.recorder(1)
    let accepted = 0
    while (bench.kernel(0).send(from.cell, to.cell.ref, { text: 'x'.repeat(100) }) === undefined) accepted++
    assert.ok(accepted > 20)
    for (let n = 0; n < 200; n++)
      bench.kernel(0).exits.signal(from.cell.ref, to.cell.ref, `signal ${n}`, false)
    bench.flush(0)
    assert.equal(bench.kernel(0).send(from.cell, to.cell.ref, 'late')?.code, 'RING_FULL')
    bench.read(1)
    assert.equal(
      bench.kernel(0).send(from.cell, to.cell.ref, 'still late')?.code,
      'RING_FULL',
      'signals wait, so messages do not overtake them',
    )
    bench.settle()
    assert.equal(to.received.length, accepted + 200)
    assert.equal(to.received.at(-1), 'exit signal 199')
    assert.equal(bench.kernel(0).send(from.cell, to.cell.ref, 'room again'), undefined)
  })

  it('carry refs as the objects that the receiving kernel knows', () => {
    const bench = new Bench(2)
    const from = bench.recorder(0)
    const to = bench.recorder(1)
    bench.kernel(0).send(from.cell, to.cell.ref, { own: to.cell.ref, other: from.cell.ref })
    bench
      .kernel(0)
      .send(from.cell, to.cell.ref, { other: new Ref(0, from.cell.ref.slot, from.cell.ref.incarnation) })
    bench.settle()
    const [first, second] = to.received as { own?: AnyRef; other: AnyRef }[]
    assert.equal(first?.own, to.cell.ref)
    assert.equal(first?.other, second?.other)
  })

  it('carry an exit whose reason cannot cross, with the fact instead of the reason', () => {
    const bench = new Bench(2)
    const from = bench.recorder(0)
    const to = bench.recorder(1)
    const reason = { error: 'Odd', message: 'holds a function', context: { f: () => {} } }
    bench.kernel(0).exits.signal(from.cell.ref, to.cell.ref, reason as never, false)
    bench.settle()
    assert.deepEqual(to.reasons, [
      {
        error: 'RuntimeError',
        code: 'MESSAGE_NOT_PORTABLE',
        message: "Cannot send the signal 'exit' to another thread: it holds a function",
      },
    ])
  })
})

describe('when a thread is replaced', () => {
  it('what it had published is delivered before the news of its death, and nothing of what it had not', () => {
    const bench = new Bench(2)
    const watcher = bench.recorder(0)
    const dying = bench.recorder(1)
    bench.kernel(0).exits.links.monitor(watcher.cell, dying.cell.ref)
    bench.settle()
    bench.kernel(1).send(dying.cell, watcher.cell.ref, 'published')
    bench.flush(1)
    bench.kernel(1).send(dying.cell, watcher.cell.ref, 'not published')
    bench.replace(1)
    bench.settle()
    assert.deepEqual(watcher.received, ['published', 'down threadDown'])
  })

  it('its successor does not see what was meant for it', () => {
    const bench = new Bench(2)
    const from = bench.recorder(0)
    const old = bench.recorder(1)
    bench.settle()
    bench.kernel(0).send(from.cell, old.cell.ref, { for: 'the old one', with: 'a shape' })
    bench.flush(0)
    bench.kernel(0).send(from.cell, old.cell.ref, { for: 'the old one', and: 'not published' })
    bench.replace(1)
    const successor = bench.recorder(1) // the same slot and incarnation, since this bench does not go on counting
    bench.kernel(0).send(from.cell, successor.cell.ref, { for: 'the new one', with: 'a shape' })
    bench.settle()
    assert.deepEqual(successor.received, [{ for: 'the new one', with: 'a shape' }])
    assert.deepEqual(old.received, [])
  })

  it('a third thread hears of the death before it hears from the successor', () => {
    const bench = new Bench(3)
    const watcher = bench.recorder(2)
    const dying = bench.recorder(1)
    bench.kernel(2).exits.links.monitor(watcher.cell, dying.cell.ref)
    bench.settle()
    bench.replace(1)
    const successor = bench.recorder(1)
    bench.kernel(1).send(successor.cell, watcher.cell.ref, 'from the successor')
    bench.flush(1)
    bench.read(2)
    assert.deepEqual(watcher.received, [], 'the main thread has not published the news yet')
    bench.settle()
    assert.deepEqual(watcher.received, ['down threadDown', 'from the successor'])
  })

  it('a third thread and two replacements in a row still agree with the last successor', () => {
    const bench = new Bench(3)
    const watcher = bench.recorder(2)
    bench.settle()
    bench.replace(1)
    bench.replace(1)
    const successor = bench.recorder(1)
    bench.kernel(1).send(successor.cell, watcher.cell.ref, 'hello')
    bench.kernel(2).send(watcher.cell, successor.cell.ref, 'too early: lost with the generation it was for')
    bench.settle()
    bench.kernel(2).send(watcher.cell, successor.cell.ref, 'hello back')
    bench.settle()
    assert.deepEqual(watcher.received, ['hello'])
    assert.deepEqual(successor.received, ['hello back'])
  })

  it('objects of its successor are not read with the shapes of its own', () => {
    const bench = new Bench(2)
    const to = bench.recorder(0)
    bench.kernel(1).send(bench.recorder(1).cell, to.cell.ref, { before: 1 })
    bench.settle()
    bench.replace(1)
    bench.kernel(1).send(bench.recorder(1).cell, to.cell.ref, { after: 2 })
    bench.settle()
    assert.deepEqual(to.received, [{ before: 1 }, { after: 2 }])
  })

  it('two threads replaced at once find each other', () => {
    const bench = new Bench(3)
    bench.settle()
    bench.replace(1)
    bench.replace(2)
    const one = bench.recorder(1)
    const two = bench.recorder(2)
    bench.settle()
    bench.kernel(1).send(one.cell, two.cell.ref, 'from one')
    bench.kernel(2).send(two.cell, one.cell.ref, 'from two')
    bench.settle()
    assert.deepEqual([one.received, two.received], [['from two'], ['from one']])
  })
})
