/**
 * The actors of a node, as they are, against sockets, threads and a store that are simulated from a seed: people send,
 * connect, drop and stop reading, while threads, owners, relays, routers and sessions die between any two steps; the last
 * fault strikes into the last sends, and some senders never come back to repeat theirs.
 *
 * Then nobody asks for anything that he was not told of, and all must hold the same gapless history with all that was
 * acknowledged. GUILDHALL_CHAT_FIRST_SEED=86 GUILDHALL_CHAT_SEEDS=1 replays one seed.
 */

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
