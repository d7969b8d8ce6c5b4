import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type ActorDefinition,
  type AnyRef,
  defineActor,
  type OnFull,
  type Ref,
  type Refused,
  type ReplyTo,
} from '../actor/index.ts'
import { Probe, Simulation } from '../testing/index.ts'

type Msg =
  | { type: 'note'; n: number }
  | { type: 'hold' }
  | { type: 'ask'; n: number; replyTo: ReplyTo<number> }

const LIMIT = 3

/** Notes what it handles; `hold` keeps it busy until the gate opens. */
function bounded(onFull: OnFull, log: number[] = []) {
  const gate = Promise.withResolvers<void>()
  const definition = defineActor<null, Msg, void>({
    name: 'bounded',
    mailbox: { limit: LIMIT, onFull },
    init: () => null,
    handle(_state, msg, ctx) {
      if (msg.type === 'hold') return gate.promise
      log.push(msg.n)
      if (msg.type === 'ask') ctx.reply(msg.replyTo, msg.n)
      return undefined
    },
  })
  return { definition, log, open: () => gate.resolve() }
}

/** An actor of this thread that is busy, so that its mailbox fills. */
async function busy(onFull: OnFull, thread = 0) {
  const { definition, log, open } = bounded(onFull)
  const simulation = new Simulation({ threads: 2 })
  const ref = await simulation.start(definition, undefined, thread)
  simulation.send(ref, { type: 'hold' })
  await simulation.run()
  return { simulation, ref, log, open, cell: simulation.kernel(thread).cells.get(ref) }
}

const fill = (simulation: Simulation, ref: Ref<Msg>, count: number): (string | undefined)[] =>
  Array.from({ length: count }, (_, n) => simulation.send(ref, { type: 'note', n })?.code)

describe('a full mailbox that refuses', () => {
  it('answers the sender with MAILBOX_FULL and keeps what it has', async () => {
    const { simulation, ref, log, open } = await busy('refuse')
    assert.deepEqual(fill(simulation, ref, 5), [
      undefined,
      undefined,
      undefined,
      'MAILBOX_FULL',
      'MAILBOX_FULL',
    ])
    assert.deepEqual(simulation.send(ref, { type: 'note', n: 5 }), {
      code: 'MAILBOX_FULL',
      to: ref,
      message: `Cannot send to ${ref}: its mailbox already holds 3 messages`,
    })
    open()
    await simulation.run()
    assert.deepEqual(log, [0, 1, 2])
  })

  it('takes messages again as soon as there is room', async () => {
    const { simulation, ref, log, open } = await busy('refuse')
    fill(simulation, ref, 4)
    open()
    await simulation.run()
    assert.deepEqual(fill(simulation, ref, 1), [undefined])
    await simulation.run()
    assert.deepEqual(log, [0, 1, 2, 0])
  })

  it('counts what it refuses, on the actor and in all', async () => {
    const { simulation, ref, cell } = await busy('refuse')
    fill(simulation, ref, 7)
    assert.deepEqual([cell?.relations?.refused, simulation.kernel().refusals.total], [4, 4])
  })

  it('fails a call at once', async () => {
    const { simulation, ref } = await busy('refuse')
    fill(simulation, ref, 3)
    const call = new Probe(simulation).do((ctx) => ctx.call(ref, { type: 'ask', n: 9 }))
    await assert.rejects(call, { code: 'MAILBOX_FULL' })
    assert.equal(simulation.nowMs, 0)
  })
})

describe('a full mailbox that drops the oldest', () => {
  it('accepts every message and lists those it drops as dead letters', async () => {
    const { simulation, ref, log, open, cell } = await busy('dropOldest')
    assert.deepEqual(fill(simulation, ref, 5), Array(5).fill(undefined))
    open()
    await simulation.run()
    assert.deepEqual(log, [2, 3, 4])
    assert.equal(cell?.relations?.dropped, 2)
    assert.deepEqual(
      simulation
        .kernel()
        .deadLetters.list()
        .map((letter) => [letter.messageType, letter.why]),
      [
        ['note', 'dropped'],
        ['note', 'dropped'],
      ],
    )
  })

  for (const thread of [0, 1]) {
    it(`fails a call of thread 0 at once when its request is dropped on thread ${thread}`, async () => {
      const { simulation, ref } = await busy('dropOldest', thread)
      const failures: { code?: string; message: string }[] = []
      const caller = defineActor<null, 'call', void>({
        name: 'caller',
        init: () => null,
        handle: (_state, _msg, ctx) =>
          ctx.call(ref, { type: 'ask', n: 1 }).then(
            () => {},
            (error: Error) => void failures.push(error),
          ),
      })
      simulation.send(simulation.spawn(caller, undefined), 'call')
      await simulation.advance(10)
      assert.deepEqual(failures, [])
      fill(simulation, ref, 3)
      await simulation.advance(10)
      assert.deepEqual(
        failures.map(({ code }) => code),
        ['MAILBOX_FULL'],
      )
      assert.match(failures.map(({ message }) => message).join(), /dropped from a full mailbox/)
    })
  }
})

describe('a full mailbox that closes', () => {
  it('ends its actor with MAILBOX_OVERFLOW', async () => {
    const { simulation, ref, open } = await busy('close')
    const probe = new Probe(simulation)
    await probe.monitor(ref)
    assert.deepEqual(fill(simulation, ref, 5), [undefined, undefined, undefined, 'ACTOR_GONE', 'ACTOR_GONE'])
    open()
    await simulation.run()
    const [down] = probe.received as [{ reason: { code: string; message: string } }]
    assert.equal(down.reason.code, 'MAILBOX_OVERFLOW')
    assert.match(down.reason.message, /its mailbox overflowed its 3 messages/)
  })
})

describe('news of the runtime', () => {
  type WatcherMsg = { type: 'hold'; gate: Promise<void> } | { type: 'note' } | { type: 'down'; ref: AnyRef }

  for (const onFull of ['refuse', 'dropOldest', 'close'] as const) {
    it(`is never refused by a full mailbox (${onFull}), nor dropped from it`, async () => {
      const simulation = new Simulation()
      const gate = Promise.withResolvers<void>()
      const targets = Array.from({ length: 6 }, () =>
        simulation.spawn(bounded('refuse').definition, undefined),
      )
      const log: string[] = []
      const watcher: ActorDefinition<null, WatcherMsg, void> = defineActor<null, WatcherMsg, void>({
        name: 'watcher',
        mailbox: { limit: 2, onFull },
        init: (_arg, ctx) => {
          for (const target of targets) ctx.monitor(target)
          return null
        },
        handle(_state, msg) {
          log.push(msg.type)
          return msg.type === 'hold' ? msg.gate : undefined
        },
      })
      const ref = simulation.spawn(watcher, undefined)
      simulation.send(ref, { type: 'hold', gate: gate.promise })
      await simulation.run()
      simulation.send(ref, { type: 'note' })
      for (const target of targets) simulation.exit(target, 'kill')
      await simulation.run()
      if (onFull === 'dropOldest') simulation.send(ref, { type: 'note' })
      gate.resolve()
      await simulation.run()
      assert.deepEqual(log.filter((type) => type === 'down').length, 6)
    })
  }
})

describe('messages that a mailbox on another thread refuses', () => {
  /** Sends so many notes at once and keeps what it is told. */
  const sender = (told: Refused[], to: () => Ref<Msg>) =>
    defineActor<null, number, void>({
      name: 'sender',
      init: () => null,
      handle(_state, count, ctx) {
        for (let n = 0; n < count; n++) ctx.send(to(), { type: 'note', n })
      },
      refused: (_state, refused) => void told.push(refused),
    })

  it('are told to their sender: every one of them, and many at a time', async () => {
    const { simulation, ref, cell, log, open } = await busy('refuse', 1)
    const told: Refused[] = []
    const from = simulation.spawn(
      sender(told, () => ref),
      undefined,
    )
    simulation.send(from, 1_000)
    await simulation.advance(20)
    assert.ok(told.every((refused) => refused.to === ref))
    assert.equal(
      told.reduce((sum, { count }) => sum + count, 0),
      997,
    )
    assert.ok(told.length <= 5, `${told.length} reports: at most one each ms`)
    assert.equal(cell?.relations?.refused, 997)
    open()
    await simulation.run()
    assert.deepEqual(log, [0, 1, 2])
  })

  it('are reported to each sender on its own', async () => {
    const { simulation, ref } = await busy('refuse', 1)
    const told: Refused[][] = [[], []]
    for (const mine of told)
      simulation.send(
        simulation.spawn(
          sender(mine, () => ref),
          undefined,
        ),
        5,
      )
    await simulation.advance(20)
    const sums = told.map((mine) => mine.reduce((sum, { count }) => sum + count, 0))
    assert.equal((sums[0] as number) + (sums[1] as number), 7)
    assert.ok(sums.every((sum) => sum > 0))
  })

  it('are one report while the sender is too busy to be told', async () => {
    const { simulation, ref } = await busy('refuse', 1)
    const gate = Promise.withResolvers<void>()
    const told: Refused[] = []
    const busySender = defineActor<null, number, void>({
      name: 'busy sender',
      init: () => null,
      async handle(_state, count, ctx) {
        for (let n = 0; n < count; n++) ctx.send(ref, { type: 'note', n })
        await gate.promise
      },
      refused: (_state, refused) => void told.push(refused),
    })
    simulation.send(simulation.spawn(busySender, undefined), 100)
    await simulation.advance(20)
    gate.resolve()
    await simulation.advance(20)
    assert.deepEqual(told, [{ to: ref, count: 97 }])
  })

  it('concern nobody whose definition does not ask for it, and are counted all the same', async () => {
    const { simulation, ref } = await busy('refuse', 1)
    const probe = new Probe(simulation)
    await probe.do((ctx) => {
      for (let n = 0; n < 10; n++) ctx.send(ref, { type: 'note', n })
    })
    await simulation.advance(20)
    assert.deepEqual(probe.received, [])
    assert.equal(simulation.kernel().cells.get(probe.ref)?.relations?.refusedElsewhere, 7)
  })
})
