import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Contestant, Outcome } from '../../contestant.ts'
import { RUNTIME_METRICS } from './metrics.ts'
import { runRuntime } from './runtime.ts'

const names = RUNTIME_METRICS.map(({ name }) => name)

function contestant(name: string, outcome: Outcome): Contestant {
  return { name, run: async () => outcome }
}

function everywhere(value: number): Outcome {
  return { figures: Object.fromEntries(names.map((name) => [name, value])), version: '25' }
}

async function run({ quick = false, otp = everywhere(1) }: { quick?: boolean; otp?: Outcome } = {}) {
  const turns: string[] = []
  const contestants = [
    contestant('ours', everywhere(2)),
    contestant('otp', otp),
    contestant('nact', everywhere(1)),
  ]
  const report = await runRuntime(contestants, { quick, seed: 1, onProgress: (line) => turns.push(line) })
  return { report, turns }
}

describe('the runtime scenario', () => {
  it('reports every metric of its list, compared with both peers', async () => {
    const { report } = await run()
    assert.deepEqual(
      report.metrics.map(({ name, ratio }) => [name, Object.keys(ratio)]),
      names.map((name) => [name, ['otp', 'nact']]),
    )
  })

  it('runs three rounds, and one when it is quick', async () => {
    assert.equal((await run()).turns.length, 9)
    assert.equal((await run({ quick: true })).turns.length, 3)
  })

  it('goes on without Erlang/OTP and says that it is absent', async () => {
    const { report } = await run({ otp: { absent: 'erl is not installed' } })
    assert.deepEqual(report.metrics[0]?.peers, { nact: 1 })
    assert.deepEqual(report.metrics[0]?.note, { otp: 'erl is not installed' })
    assert.equal('otp' in report, false)
  })

  it('names the version and the commands of Erlang/OTP', async () => {
    const { report } = await run()
    assert.equal(report.otp, '25')
    assert.match(JSON.stringify(report.parameters), /"commands":\{.*"erl \+S 1:1"/)
  })
})
