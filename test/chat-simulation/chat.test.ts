import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SimWorld } from './sim-world.ts'

const SEEDS = Number(process.env.GUILDHALL_CHAT_SEEDS ?? 150)
const FIRST = Number(process.env.GUILDHALL_CHAT_FIRST_SEED ?? 1)

describe('a node whose threads, actors and sockets die at random', () => {
  it(`loses nothing acknowledged and leaves every device with the same history, over ${SEEDS} seeds`, async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      const world = await SimWorld.start(seed)
      await world.run()
      const wrong = await world.check()
      assert.equal(wrong, undefined, `seed ${seed}: ${wrong}\n${world.trace.join('\n')}`)
    }
  })
})
