/**
 * oracle: declares one test per scenario, each of which compares this runtime with Erlang/OTP.
 */

import { before, describe, it } from 'node:test'
import { runOnErlang } from './erlang.ts'
import { runActorsHere } from './our-actors.ts'
import { runTreeHere } from './our-tree.ts'
import type { Scenario } from './scenario.ts'
import { assertSameTrace, type Trace } from './trace.ts'

/** Scenarios by the name of their family. All of a file run on one `erl`. */
export type Families = Readonly<Record<string, readonly Scenario[]>>

export function compareWithErlang(families: Families): void {
  const all = Object.values(families).flat()
  let otp: readonly Trace[] = []
  before(async () => {
    otp = await runOnErlang(all)
  })
  for (const [family, scenarios] of Object.entries(families)) {
    describe(family, () => {
      for (const scenario of scenarios) {
        it(scenario.title, async () => {
          assertSameTrace(scenario, await runHere(scenario), otp[all.indexOf(scenario)] as Trace)
        })
      }
    })
  }
}

/** The trace of a scenario on this runtime. */
export function runHere(scenario: Scenario): Promise<Trace> {
  return scenario.kind === 'actors' ? runActorsHere(scenario) : runTreeHere(scenario)
}
