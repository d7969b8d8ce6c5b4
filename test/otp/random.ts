/**
 * random: many generated scenarios, compared with Erlang/OTP in one batch, and the smallest one that shows a
 * difference.
 *
 * fast-check generates. Its own shrinking would start one `erl` for each attempt; here all ways to make a
 * scenario one step smaller go to Erlang together, until none of them shows the difference any more.
 */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { runOnErlang } from './erlang.ts'
import { runHere } from './oracle.ts'
import type { Scenario } from './scenario.ts'
import { smaller } from './smaller.ts'
import { describeDifference } from './trace.ts'

const SHRINK_ROUNDS_MAX = 40

/** The seed of this run: `GUILDHALL_SEED`, or a new one. Printed, so that the run can be repeated. */
export function seedOfRun(): number {
  return Number(process.env.GUILDHALL_SEED ?? Math.floor(Math.random() * 0x7fff_ffff))
}

/** How many scenarios a family has: `GUILDHALL_OTP_TREES`, by default 1,000. */
export function countOfRun(): number {
  return Number(process.env.GUILDHALL_OTP_TREES ?? 1_000)
}

/** @throws AssertionError with the smallest scenario found that shows a difference. */
export async function compareRandom(
  arbitrary: fc.Arbitrary<Scenario>,
  seed: number,
  count: number,
): Promise<void> {
  const scenarios = fc.sample(arbitrary, { seed, numRuns: count })
  const differing = await differences(scenarios)
  let [smallest] = differing
  if (smallest === undefined) return
  for (let round = 0; round < SHRINK_ROUNDS_MAX; round++) {
    const [next] = await differences(smaller(smallest.scenario))
    if (next === undefined) break
    smallest = next
  }
  assert.fail(
    `${differing.length} of ${count} scenarios differ (seed ${seed}); the first one, made small:\n${smallest.text}`,
  )
}

interface Difference {
  readonly scenario: Scenario
  readonly text: string
}

async function differences(scenarios: readonly Scenario[]): Promise<Difference[]> {
  if (scenarios.length === 0) return []
  const otp = await runOnErlang(scenarios)
  const found: Difference[] = []
  for (const [at, scenario] of scenarios.entries()) {
    const text = describeDifference(scenario, await runHere(scenario), otp[at] ?? [])
    if (text !== undefined) found.push({ scenario, text })
  }
  return found
}
