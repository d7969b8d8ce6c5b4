/**
 * Random supervision trees with random ends, kills and requests, compared with Erlang/OTP.
 *
 * `GUILDHALL_SEED=... GUILDHALL_OTP_TREES=... npm test -- otp/random` repeats a run, or makes a longer one.
 */

import { describe, it } from 'node:test'
import { compareRandom, countOfRun, seedOfRun } from './random.ts'
import { randomTree } from './random-trees.ts'

const seed = seedOfRun()
const count = countOfRun()

describe('a random supervision tree', () => {
  it(`does what OTP's does: ${count} trees from seed ${seed}`, async () => {
    await compareRandom(randomTree, seed, count)
  })
})
