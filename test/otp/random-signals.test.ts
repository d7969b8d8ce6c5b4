/**
 * Random links, monitors and exits between a few actors, compared with Erlang/OTP.
 *
 * `GUILDHALL_SEED=... GUILDHALL_OTP_TREES=... npm test -- otp/random` repeats a run, or makes a longer one.
 */

import { describe, it } from 'node:test'
import { compareRandom, countOfRun, seedOfRun } from './random.ts'
import { randomSignals } from './random-signals.ts'

const seed = seedOfRun()
const count = countOfRun()

describe('random signals', () => {
  it(`do what OTP's do: ${count} scenarios from seed ${seed}`, async () => {
    await compareRandom(randomSignals, seed, count)
  })
})
