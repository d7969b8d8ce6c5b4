/**
 * differences: everything in which the two sides may differ on purpose, in one place. Nothing else is
 * forgiven.
 */

import type { ChildSpec, Scenario, TreeScenario, TreeStep } from './scenario.ts'
import type { Trace } from './trace.ts'

/** What this runtime does differently on purpose, each with its place in SEMANTICS.md. */
export type Difference = keyof typeof DIFFERENCES

export const DIFFERENCES = {
  finishesMessageInWork:
    'Stop against kill: an exit signal waits for the message in work, an open call included',
  signalsOvertake:
    'Signals: they overtake messages; in OTP the exit of a parent to a child that traps is a message itself',
  aliveUntilEnded:
    'Stop against kill: an actor is alive until it has ended; a link or monitor made before gets its reason, not noproc',
} as const

/** A trace without what neither side promises. */
export function canonical(scenario: Scenario, trace: Trace): Trace {
  return scenario.kind === 'actors'
    ? eachStep(trace, scenario.anyOrderOfSenders === true ? byPair : byActor)
    : eachStep(trace, (lines, step) => (killsSupervisor(scenario, step) ? byIncarnation(lines) : lines))
}

/**
 * What was below a killed supervisor ends by itself, while the supervisors above go on: there is no order
 * between the two.
 */
function killsSupervisor({ tree, steps }: TreeScenario, step: number): boolean {
  const taken = steps[step - 1]
  if (taken?.do !== 'end' || taken.how !== 'kill') return false
  return taken.id === tree.id || isSupervisor(taken.id, [...tree.children, ...added(steps)])
}

function isSupervisor(id: string, children: readonly ChildSpec[]): boolean {
  return children.some(
    (child) =>
      child.supervisor !== undefined && (child.id === id || isSupervisor(id, child.supervisor.children)),
  )
}

function added(steps: readonly TreeStep[]): ChildSpec[] {
  return steps.flatMap((step) => ('child' in step ? [step.child] : []))
}

/**
 * Each incarnation's account by itself: `init a#1`, `terminate a#1 killed`. Lines about the tree stay behind
 * them.
 */
function byIncarnation(lines: readonly string[]): string[] {
  return sortedBy(lines, (line) => /^(?:init|fail|terminate) (\S+)/.exec(line)?.[1] ?? '~')
}

/** Between different receivers there is no order, so each actor's account is compared by itself. */
function byActor(lines: readonly string[]): string[] {
  return sortedBy(lines, (line) => actorOf(line))
}

/**
 * Where several actors act on one at the same time, only the order of each pair counts. As the dead send
 * nothing, a `noproc` has no place in it. And as signals overtake the messages that still wait, it is a
 * matter of time what an actor received before it was ended.
 */
function byPair(lines: readonly string[]): string[] {
  const ended = new Set(lines.filter((line) => line.split(' ')[1] === 'ended').map(actorOf))
  const kept = lines.filter((line) => !ended.has(actorOf(line)) || line.split(' ')[1] === 'ended')
  return sortedBy(kept, (line) => {
    const sender = / (?:from|of) (\S+)/.exec(line)?.[1] ?? ''
    return line.endsWith(' noproc') ? `${actorOf(line)} ~ ${line}` : `${actorOf(line)} ${sender}`
  })
}

function actorOf(line: string): string {
  return line.split(' ')[0] as string
}

function sortedBy(lines: readonly string[], key: (line: string) => string): string[] {
  return [...lines].sort((left, right) => compareText(key(left), key(right)))
}

/** Applies `order` to the lines of every step. */
function eachStep(trace: Trace, order: (lines: readonly string[], step: number) => readonly string[]): Trace {
  const result: string[] = []
  let step = 0
  let lines: string[] = []
  const flush = (): void => {
    result.push(...order(lines, step))
    lines = []
  }
  for (const line of trace) {
    if (line.startsWith('step ')) {
      flush()
      step = Number(line.slice('step '.length))
      result.push(line)
    } else lines.push(line)
  }
  flush()
  return result
}

function compareText(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
