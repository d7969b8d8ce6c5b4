/**
 * Trace: what a scenario showed, line by line, the same words from both sides; and how a difference is told.
 */

import assert from 'node:assert/strict'
import { canonical, DIFFERENCES } from './differences.ts'
import type { Scenario } from './scenario.ts'

export type Trace = readonly string[]

/** @throws AssertionError that shows the scenario and both traces side by side. */
export function assertSameTrace(scenario: Scenario, ours: Trace, otp: Trace): void {
  const difference = describeDifference(scenario, ours, otp)
  const differs = 'differs' in scenario ? scenario.differs : undefined
  if (differs === undefined) assert.ok(difference === undefined, difference)
  else
    assert.ok(difference, `Both do the same, where SEMANTICS.md claims a difference: ${DIFFERENCES[differs]}`)
}

/** Undefined when both show the same. */
export function describeDifference(scenario: Scenario, ours: Trace, otp: Trace): string | undefined {
  const here = canonical(scenario, ours)
  const there = canonical(scenario, otp)
  const length = Math.max(here.length, there.length)
  const rows = Array.from({ length }, (_, at) => [here[at] ?? '', there[at] ?? ''] as const)
  if (rows.every(([left, right]) => left === right)) return undefined
  const width = Math.max(20, ...here.map((line) => line.length))
  const table = rows.map(([left, right]) => `${left === right ? '  ' : '! '}${left.padEnd(width)} | ${right}`)
  return [
    `Erlang/OTP does it differently: ${scenario.title}`,
    JSON.stringify(scenario, showInfinity, 1),
    `  ${'this runtime'.padEnd(width)} | Erlang/OTP`,
    ...table,
  ].join('\n')
}

function showInfinity(_key: string, value: unknown): unknown {
  return value === Infinity ? 'Infinity' : value
}
