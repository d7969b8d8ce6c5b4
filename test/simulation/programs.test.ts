import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Program, runProgram } from './program.ts'

const SEEDS = Number(process.env.GUILDHALL_SEEDS ?? 300)
const LENGTH_MAX = 100

const program: fc.Arbitrary<Program> = fc.record({
  // A shorter run of the same seed is simpler; another seed is only another run.
  seed: fc.noShrink(fc.nat()),
  length: fc.integer({ min: 1, max: LENGTH_MAX }),
})

describe('a random program on one to four threads', () => {
  const seed = process.env.GUILDHALL_SEED
  if (seed !== undefined) {
    it(`breaks no invariant with seed ${seed}`, async () => {
      await runProgram({ seed: Number(seed), length: Number(process.env.GUILDHALL_LENGTH ?? LENGTH_MAX) })
    })
    return
  }

  it(`breaks no invariant with any of ${SEEDS} seeds`, async () => {
    const keepsAll = fc.asyncProperty(program, async (one) => void (await runProgram(one)))
    await fc.assert(keepsAll, { numRuns: SEEDS, includeErrorInReport: true })
  })

  it('runs exactly the same when its seed is the same', async () => {
    const repeats = fc.asyncProperty(program, async (one) => {
      assert.deepEqual(await runProgram(one), await runProgram(one))
    })
    await fc.assert(repeats, { numRuns: 20, includeErrorInReport: true })
  })
})
