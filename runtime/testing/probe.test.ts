import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor, type ReplyTo, stop } from '../actor/index.ts'
import { Simulation } from '../simulation/index.ts'
import { Probe } from './probe.ts'

type EchoMsg = { type: 'echo'; text: string; replyTo: ReplyTo<string> } | { type: 'end' }

const echo = defineActor<null, EchoMsg, void>({
  name: 'echo',
  init: () => null,
  handle: (_state, msg, ctx) => (msg.type === 'end' ? stop() : ctx.reply(msg.replyTo, msg.text)),
})

describe('a probe', () => {
  it('keeps what it gets, in order, and gives it out one by one', async () => {
    const simulation = new Simulation()
    const probe = new Probe<string>(simulation)
    for (const text of ['a', 'b']) simulation.send(probe.ref, text)
    assert.deepEqual([await probe.next(), await probe.next(), probe.received], ['a', 'b', ['a', 'b']])
  })

  it('waits for what is sent later, and lets no more time pass than that needs', async () => {
    const simulation = new Simulation()
    const probe = new Probe<string>(simulation)
    await probe.do((ctx) => ctx.sendAfter(500, probe.ref, 'later'))
    assert.deepEqual([await probe.next(), simulation.nowMs], ['later', 500])
  })

  it('acts as an actor: sends, calls, monitors and links', async () => {
    const simulation = new Simulation({ threads: 2 })
    const probe = new Probe(simulation)
    const ref = await simulation.start(echo, undefined, 1)
    assert.equal(await probe.do((ctx) => ctx.call(ref, { type: 'echo', text: 'hello' })), 'hello')
    await probe.monitor(ref)
    await probe.link(ref)
    await probe.send(ref, { type: 'end' })
    const news = [await probe.next(), await probe.next()] as { type: string }[]
    assert.deepEqual(news.map(({ type }) => type).sort(), ['down', 'exit'])
  })

  it('passes on what its code throws, and lives on', async () => {
    const simulation = new Simulation()
    const probe = new Probe(simulation)
    const failing = probe.do(() => {
      throw new Error('no luck')
    })
    await assert.rejects(failing, { message: 'no luck' })
    assert.equal(await probe.do((ctx) => ctx.thread), 0)
  })

  it('runs on the thread that was asked for, and ends by an exit when it shall not trap', async () => {
    const simulation = new Simulation({ threads: 3 })
    const probe = new Probe(simulation, { thread: 2, trapExit: false })
    assert.equal(await probe.do((ctx) => ctx.thread), 2)
    simulation.exit(probe.ref, 'over')
    await simulation.run()
    assert.equal(simulation.isAlive(probe.ref), false)
  })

  it('has a mailbox of any size', async () => {
    const simulation = new Simulation()
    const probe = new Probe<string>(simulation, { mailboxLimit: 1 })
    assert.deepEqual(
      ['a', 'b'].map((text) => simulation.send(probe.ref, text)?.code),
      [undefined, 'MAILBOX_FULL'],
    )
  })
})
