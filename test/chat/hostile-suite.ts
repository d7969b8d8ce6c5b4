/**
 * What every hostile client must leave as it was: after each attack, and during all of them, a message between two others
 * arrives within 100 ms; and many rounds of all of them cost no memory.
 */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type pair, range } from './people.ts'
import type { ServerProcess } from './server-process.ts'

export type Attacks = Readonly<Record<string, () => Promise<void>>>

export interface HostileWorld {
  readonly server: ServerProcess
  readonly bystanders: Awaited<ReturnType<typeof pair>>
}

const ARRIVAL_MS_MAX = 100
const ATTEMPTS_MAX = 3
/** Heaps have found their size after this part of the rounds. */
const WARM_PART = 0.3
/** Heaps of this size come and go by as much; one round brings several MiB, so what is kept shows. */
const GROWTH_MB_MAX = 32
/** Rounds at the end whose lowest is taken: memory that is only waiting to be collected is no loss. */
const END_ROUNDS = 10

/** `world` is asked when the tests run. */
export function survives(name: string, attacks: Attacks, rounds: number, world: () => HostileWorld): void {
  describe(`after a hostile client another one’s message arrives within 100 ms: ${name}`, () => {
    for (const [what, attack] of Object.entries(attacks)) {
      it(what, async () => {
        const took: number[] = []
        // The machine may be busy with something else for once; what an attack does to a node, it does each time.
        while (took.length < ATTEMPTS_MAX && !took.some((ms) => ms < ARRIVAL_MS_MAX)) {
          await attack()
          took.push(await arrivalMs(world()))
        }
        assert.ok(Math.min(...took) < ARRIVAL_MS_MAX, `took ${took.map(Math.round).join(', ')} ms`)
      })
    }

    it('all the while they go on, too', async () => {
      const all = allAtOnce(attacks)
      const during: number[] = []
      let going = true
      void all.finally(() => {
        going = false
      })
      while (going) during.push(await arrivalMs(world()))
      await all
      const slowest = Math.max(...during).toFixed(1)
      console.log(`hostile ${name}: ${during.length} messages during all attacks, slowest ${slowest} ms`)
    })

    it(`${rounds} rounds of all of them cost no memory`, async (t) => {
      const { server } = world()
      const memory: number[] = []
      for (const _ of range(1, rounds)) {
        await allAtOnce(attacks)
        memory.push(server.rssAnonMb())
      }
      const warmRounds = Math.ceil(rounds * WARM_PART)
      const warm = Math.max(...memory.slice(Math.floor(warmRounds / 2), warmRounds))
      const end = Math.min(...memory.slice(-END_ROUNDS))
      const report = `memory ${warm.toFixed(1)} MiB warm, ${end.toFixed(1)} MiB after ${rounds} rounds`
      console.log(`hostile ${name}: ${report}`)
      t.diagnostic(report)
      assert.ok(end - warm < GROWTH_MB_MAX, report)
    })
  })
}

async function allAtOnce(attacks: Attacks): Promise<void> {
  await Promise.all(Object.values(attacks).map((attack) => attack()))
}

async function arrivalMs({ bystanders: { alice, bob, dm } }: HostileWorld): Promise<number> {
  const since = performance.now()
  const { seq } = await alice.say(dm, 'are you there?')
  await bob.until(dm, seq)
  return performance.now() - since
}
