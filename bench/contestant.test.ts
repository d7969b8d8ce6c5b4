import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Contestant, type Outcome, runRounds } from './contestant.ts'

/** Brings home one outcome per round, in the order given. */
function scripted(name: string, ...outcomes: Outcome[]): Contestant {
  const left = [...outcomes]
  return {
    name,
    run: async () => left.shift() ?? assert.fail(`${name} ran once too often`),
  }
}

function measured(...values: number[]): Outcome[] {
  return values.map((speed) => ({ figures: { speed } }))
}

async function run(contestants: Contestant[], rounds: number) {
  const turns: string[] = []
  const standings = await runRounds(contestants, rounds, { quick: false }, (name, round) => {
    turns.push(`${name} ${round}`)
  })
  return { turns, standings }
}

describe('rounds', () => {
  it('alternate, so that drift of the machine hits everyone alike', async () => {
    const { turns } = await run([scripted('ours', ...measured(1, 1)), scripted('otp', ...measured(1, 1))], 2)
    assert.deepEqual(turns, ['ours 1', 'otp 1', 'ours 2', 'otp 2'])
  })

  it('leave the median, the lowest and the highest', async () => {
    const { standings } = await run([scripted('ours', ...measured(30, 10, 20))], 3)
    assert.deepEqual(standings[0]?.showing, { spreads: { speed: { median: 20, min: 10, max: 30 } } })
  })

  it('of an even count have the mean of the two in the middle as their median', async () => {
    const { standings } = await run([scripted('ours', ...measured(30, 10))], 2)
    assert.deepEqual(standings[0]?.showing, { spreads: { speed: { median: 20, min: 10, max: 30 } } })
  })

  it('leave the medians of variants', async () => {
    const rounds = [1, 9, 5].map((speed): Outcome => ({ figures: {}, variants: { 'one core': { speed } } }))
    const { standings } = await run([scripted('otp', ...rounds)], 3)
    assert.deepEqual(standings[0]?.variants, { 'one core': { speed: 5 } })
  })

  it('do not ask a contestant again that is absent, and keep the reason', async () => {
    const { turns, standings } = await run([scripted('otp', { absent: 'erl is not installed' })], 3)
    assert.deepEqual(turns, ['otp 1'])
    assert.deepEqual(standings[0]?.showing, { absent: 'erl is not installed' })
  })

  it('end with the error of a contestant that fails, as half a comparison is none', async () => {
    const broken: Contestant = { name: 'otp', run: () => Promise.reject(new Error('broken')) }
    await assert.rejects(run([broken], 1), /broken/)
  })
})
