import assert from 'node:assert/strict'
import { it } from 'node:test'
import { defineActor } from '../actor/definition.ts'
import { Simulation } from '../simulation/simulation.ts'
import { namedMailboxes } from './named-mailboxes.ts'

const desk = defineActor<null, { type: 'letter' }, string | undefined>({
  name: 'desk',
  init: async (name, ctx) => {
    if (name !== undefined) await ctx.register(name)
    return null
  },
  handle() {},
})

it('messages that wait are counted by type over the named actors of the thread, and no others', async () => {
  const simulation = new Simulation({ threads: 2 })
  const [first, second, nameless] = [
    await simulation.start(desk, 'first'),
    await simulation.start(desk, 'second'),
    await simulation.start(desk, undefined),
  ]
  const elsewhere = await simulation.start(desk, 'elsewhere', 1)
  await simulation.advance(50)
  for (const ref of [first, first, second, nameless]) simulation.send(ref, { type: 'letter' })
  simulation.send(elsewhere, { type: 'letter' })
  const counts = namedMailboxes(simulation.kernel(0))
  assert.deepEqual(
    counts.map(({ type, waiting }) => [type, waiting]),
    [['desk', 3]],
  )
})
