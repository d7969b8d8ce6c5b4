import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defineActor, type ReplyTo, serviceKey } from '../actor/index.ts'
import { Simulation } from '../simulation/index.ts'

const greeting = serviceKey<() => string>('greeting')

type Msg =
  | { type: 'provide'; text: string | undefined; replyTo: ReplyTo<null> }
  | { type: 'greet'; replyTo: ReplyTo<string> }

const person = defineActor<null, Msg>({
  name: 'person',
  init: () => null,
  handle(_state, msg, ctx) {
    if (msg.type === 'greet') return ctx.reply(msg.replyTo, ctx.service(greeting)())
    const { text } = msg
    ctx.provide(greeting, text === undefined ? undefined : () => text)
    ctx.reply(msg.replyTo, null)
  },
})

async function two(threadOfSecond: number) {
  const simulation = new Simulation({ threads: 2 })
  const first = await simulation.start(person, undefined)
  const second = await simulation.start(person, undefined, threadOfSecond)
  return { simulation, first, second }
}

describe('a service', () => {
  it('is what another actor of the thread provided', async () => {
    const { simulation, first, second } = await two(0)
    await simulation.call(first, { type: 'provide', text: 'hello' })
    assert.equal(await simulation.call(second, { type: 'greet' }), 'hello')
  })

  it('is unknown on other threads: NO_SERVICE names the service and the thread', async () => {
    const { simulation, first, second } = await two(1)
    await simulation.call(first, { type: 'provide', text: 'hello' })
    await assert.rejects(simulation.call(second, { type: 'greet' }), (error: Error) => {
      assert.match(error.message, /NO_SERVICE|Cannot use greeting: nothing on thread 1 provides it/)
      return true
    })
  })

  it('ends when it is taken back', async () => {
    const { simulation, first, second } = await two(0)
    await simulation.call(first, { type: 'provide', text: 'hello' })
    await simulation.call(first, { type: 'provide', text: undefined })
    await assert.rejects(simulation.call(second, { type: 'greet' }))
  })
})
