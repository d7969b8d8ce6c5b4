/**
 * acts: short names for what actors of a scenario do, so that a scenario fits a line.
 */

import type { Difference } from './differences.ts'
import type { ActorAct, ActorScenario, ActorSpec, ActorStep, Op, Reason } from './scenario.ts'

export const STOP_REASONS = ['normal', 'shutdown', 'shutdownX', 'other'] as const
export const EXIT_REASONS: readonly Reason[] = [...STOP_REASONS, 'kill']

export const link = (to: string): Op => ({ op: 'link', to })
export const unlink = (to: string): Op => ({ op: 'unlink', to })
export const monitor = (to: string, tag = to): Op => ({ op: 'monitor', to, tag })
export const demonitor = (tag: string): Op => ({ op: 'demonitor', tag })
export const exit = (to: string, reason: Reason): Op => ({ op: 'exit', to, reason })
export const send = (to: string, value: number): Op => ({ op: 'send', to, value })
export const tell = (to: string, ...ops: Op[]): Op => ({ op: 'tell', to, ops })
export const later = (ms: number, ...ops: Op[]): Op => ({ op: 'later', ms, ops })
export const call = (to: string, timeoutMs: number, ...ops: Op[]): Op => ({ op: 'call', to, timeoutMs, ops })
export const reply = (value: number): Op => ({ op: 'reply', value })
export const spawn = (name: string, options: Partial<Op & { op: 'spawn' }> = {}): Op => ({
  op: 'spawn',
  ...options,
  name,
})
export const stop = (reason: (typeof STOP_REASONS)[number]): Op => ({ op: 'stop', reason })
export const crash: Op = { op: 'crash' }

export const act = (actor: string, ...ops: Op[]): ActorAct => ({ actor, ops })
export const together = (...acts: ActorAct[]): ActorStep => ({ together: acts })
/** Shows whether an actor is still there. */
export const alive = (actor: string): ActorAct => act(actor, send(actor, 99))

export const a: ActorSpec = { name: 'a' }
export const b: ActorSpec = { name: 'b' }
export const c: ActorSpec = { name: 'c' }
export const d: ActorSpec = { name: 'd' }
export const trap = (spec: ActorSpec, trapExit = true): ActorSpec => ({ ...spec, trapExit })

/** Every way to end by its own doing. */
export const ENDS: readonly (readonly [how: string, end: Op])[] = [
  ...STOP_REASONS.map((reason) => [`stops with ${reason}`, stop(reason)] as const),
  ['crashes', crash],
]

export function scenario(title: string, actors: readonly ActorSpec[], ...steps: ActorStep[]): ActorScenario {
  return { kind: 'actors', title, actors, steps }
}

/** A scenario in which OTP does something else on purpose. */
export function differs(difference: Difference, scenario: ActorScenario): ActorScenario {
  return { ...scenario, differs: difference }
}

/** A scenario in which several actors act on one at the same time. */
export function anyOrder(scenario: ActorScenario): ActorScenario {
  return { ...scenario, anyOrderOfSenders: true }
}
