/**
 * smaller: every way to make a scenario one step smaller: without a step, an op, an actor or a child, or with
 * a plainer child.
 */

import type {
  ActorScenario,
  ActorStep,
  ChildSpec,
  Scenario,
  SupervisorSpec,
  TreeScenario,
} from './scenario.ts'

export function smaller(scenario: Scenario): Scenario[] {
  return scenario.kind === 'tree' ? smallerTrees(scenario) : smallerActors(scenario)
}

function smallerTrees(scenario: TreeScenario): TreeScenario[] {
  const { tree, steps } = scenario
  return [
    ...without(steps).map((fewer) => ({ ...scenario, steps: fewer })),
    ...smallerSupervisors(tree).map((less) => ({ ...scenario, tree: { ...less, id: tree.id } })),
  ]
}

function smallerSupervisors(spec: SupervisorSpec): SupervisorSpec[] {
  const { children, strategy } = spec
  const fewer = strategy === 'template' ? [] : without(children)
  return [
    ...fewer.map((list) => ({ ...spec, children: list })),
    ...children.flatMap((child, at) =>
      plainer(child).map((other) => ({ ...spec, children: children.with(at, other) })),
    ),
  ]
}

function plainer(child: ChildSpec): ChildSpec[] {
  const { supervisor, ...worker } = child
  if (supervisor !== undefined) {
    return [worker, ...smallerSupervisors(supervisor).map((less) => ({ ...child, supervisor: less }))]
  }
  const { failStarts, terminate, terminateMs: _, ...plain } = worker
  return failStarts === undefined && terminate === undefined ? [] : [plain]
}

function smallerActors(scenario: ActorScenario): ActorScenario[] {
  const { actors, steps } = scenario
  return [
    ...without(steps).map((fewer) => ({ ...scenario, steps: fewer })),
    ...steps.flatMap((step, at) =>
      smallerSteps(step).map((less) => ({ ...scenario, steps: steps.with(at, less) })),
    ),
    ...actors.flatMap((actor, at) =>
      actor.trapExit === true ? [{ ...scenario, actors: actors.with(at, { name: actor.name }) }] : [],
    ),
  ]
}

function smallerSteps(step: ActorStep): ActorStep[] {
  return 'ops' in step ? without(step.ops).map((ops) => ({ ...step, ops })) : []
}

function without<T>(list: readonly T[]): T[][] {
  return list.map((_, at) => list.toSpliced(at, 1))
}
