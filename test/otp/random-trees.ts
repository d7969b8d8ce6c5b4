/**
 * randomTree: supervision trees of one to three levels with mixed strategies, restarts and budgets, and what
 * happens to them.
 */

import fc from 'fast-check'
import type { ChildSpec, End, SupervisorSpec, TreeRequest, TreeScenario, TreeStep } from './scenario.ts'
import {
  ENDS,
  end,
  endTogether,
  nested,
  remove,
  restart,
  STRATEGIES,
  start,
  startDynamic,
  stopTree,
  terminate,
  terminateDynamic,
  worker,
} from './trees.ts'

const PERIOD_MS = 3_600_000
/** Real time on Erlang's side. */
const SHUTDOWN_MS = 20
const STEPS_MAX = 12
const LEVELS = 3

/** The plan of a child before it has an id: a worker, or a supervisor. */
type Plan = Omit<ChildSpec, 'id' | 'supervisor'> & { readonly below?: SupervisorPlan }
type SupervisorPlan = Omit<SupervisorSpec, 'children'> & { readonly children: readonly Plan[] }

const failStarts = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.uniqueArray(fc.integer({ min: 2, max: 6 }), { maxLength: 4 }) },
)

const manner: fc.Arbitrary<Partial<ChildSpec>> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: fc.constant({ terminate: 'crashes' as const }) },
  { weight: 2, arbitrary: fc.constant({ shutdownMs: 0 }) },
  { weight: 1, arbitrary: fc.constant({ terminate: 'hangs' as const, shutdownMs: SHUTDOWN_MS }) },
)

const restarts = fc.constantFrom<ChildSpec['restart']>('permanent', 'permanent', 'transient', 'temporary')

const workerPlan: fc.Arbitrary<Plan> = fc
  .record({ restart: restarts, significant: fc.boolean(), failStarts, manner })
  .map(({ failStarts, manner, ...plan }) => ({
    shutdownMs: 2_000,
    ...plan,
    ...manner,
    ...(failStarts && { failStarts }),
  }))

function supervisorPlan(levels: number): fc.Arbitrary<SupervisorPlan> {
  const below: fc.Arbitrary<Plan> =
    levels === 1
      ? workerPlan
      : fc.oneof(
          { weight: 3, arbitrary: workerPlan },
          {
            weight: 1,
            arbitrary: fc
              .record({ restart: restarts, significant: fc.boolean(), below: supervisorPlan(levels - 1) })
              .map((plan) => ({ shutdownMs: Infinity, ...plan })),
          },
        )
  return fc
    .record({
      strategy: fc.constantFrom(...STRATEGIES, ...STRATEGIES, 'template' as const),
      restarts: fc.constantFrom(0, 1, 2, 3, 100),
      autoShutdown: fc.constantFrom('never', 'never', 'never', 'anySignificant', 'allSignificant'),
      children: fc.array(below, { minLength: 1, maxLength: 4 }),
    })
    .map((plan) => ({ ...plan, periodMs: PERIOD_MS }) as SupervisorPlan)
}

/** What happens, before it is known to whom: numbers choose among those that are there. */
interface Happening {
  readonly what: 'end' | 'together' | 'kill' | 'start' | Request
  readonly which: number
  readonly how: End
  readonly plan: Plan
  /** Requests that arrive together with the ends. */
  readonly requests: readonly (readonly [Request, number])[]
}

const REQUESTS = ['terminate', 'restart', 'delete'] as const
type Request = (typeof REQUESTS)[number]

const happening: fc.Arbitrary<Happening> = fc.record({
  what: fc.oneof(
    { weight: 12, arbitrary: fc.constant('end' as const) },
    { weight: 3, arbitrary: fc.constant('together' as const) },
    { weight: 2, arbitrary: fc.constant('kill' as const) },
    { weight: 8, arbitrary: fc.constantFrom('start' as const, ...REQUESTS) },
  ),
  which: fc.nat(1_000),
  how: fc.constantFrom<End>(...ENDS, 'crash', 'crash', 'kill'),
  plan: workerPlan,
  requests: fc.array(fc.tuple(fc.constantFrom(...REQUESTS), fc.nat(1_000)), { maxLength: 3 }),
})

export const randomTree: fc.Arbitrary<TreeScenario> = fc
  .record({
    plan: supervisorPlan(LEVELS),
    happenings: fc.array(happening, { minLength: 1, maxLength: STEPS_MAX }),
    stopped: fc.boolean(),
  })
  .map(({ plan, happenings, stopped }) => new Draft(plan).scenario(happenings, stopped))

interface Known {
  readonly id: string
  readonly parent: string
  readonly dynamic: boolean
}

/** Gives names to what was planned, and chooses for each happening among what is there by then. */
class Draft {
  readonly #tree: SupervisorSpec
  readonly #supervisors: { id: string; spec: SupervisorSpec }[] = []
  readonly #children: Known[] = []
  #names = 0
  /** A child that hangs would outlive its killed supervisor for ever. */
  #hangs = false

  constructor(plan: SupervisorPlan) {
    this.#tree = this.#supervisor('top', plan)
  }

  scenario(happenings: readonly Happening[], stopped: boolean): TreeScenario {
    const steps = happenings.flatMap((each) => this.#step(each))
    return {
      kind: 'tree',
      title: 'a random tree',
      tree: { ...this.#tree, id: 'top' },
      steps: stopped ? [...steps, stopTree] : steps,
    }
  }

  #supervisor(id: string, plan: SupervisorPlan): SupervisorSpec {
    // One child is the template, and a template is a worker.
    const template = plan.strategy === 'template'
    const children = template ? plan.children.slice(0, 1).map(({ below: _, ...each }) => each) : plan.children
    const place = this.#supervisors.push({ id, spec: supervisorOf(plan) }) - 1
    const spec = {
      ...supervisorOf(plan),
      children: children.map((each) => this.#child(each, id, plan, template)),
    }
    this.#supervisors[place] = { id, spec }
    return spec
  }

  #child(
    { below, ...plan }: Plan,
    parent: string,
    { autoShutdown }: Omit<SupervisorPlan, 'children'>,
    template = false,
  ): ChildSpec {
    const id = this.#name(below === undefined ? 'w' : 's')
    const significant =
      plan.significant === true && plan.restart !== 'permanent' && (autoShutdown ?? 'never') !== 'never'
    if (plan.terminate === 'hangs') this.#hangs = true
    if (!template) this.#children.push({ id, parent, dynamic: false })
    const options = { ...plan, significant }
    if (below === undefined) return worker(id, options)
    const spec = this.#supervisor(id, below)
    return { ...nested(id, [], {}, options), supervisor: spec }
  }

  #step({ what, which, how, plan, requests }: Happening): TreeStep[] {
    const supervisor = pick(this.#supervisors, which)
    const known = this.#children.length === 0 ? undefined : pick(this.#children, which)
    if (what === 'start') return [this.#start(supervisor, plan)]
    if (what === 'kill') return this.#hangs ? [] : [end(supervisor.id, 'kill')]
    if (known === undefined) return []
    if (what === 'end') return this.#isSupervisor(known.id) ? [] : [end(known.id, how)]
    if (what === 'together') return this.#together(known, how, requests)
    return this.#request(what, known)
  }

  #request(what: Request, { id, parent, dynamic }: Known): TreeRequest[] {
    if (dynamic) return what === 'terminate' ? [terminateDynamic(id, parent)] : []
    return [{ terminate, restart, delete: remove }[what](id, parent)]
  }

  /** Siblings only: two supervisors that act at the same time do so in no order. */
  #together({ parent }: Known, how: End, asked: Happening['requests']): TreeStep[] {
    const siblings = this.#children.filter((each) => each.parent === parent)
    const workers = siblings.filter(({ id }) => !this.#isSupervisor(id)).map(({ id }) => id)
    if (workers.length < 2) return []
    // A dynamic child is terminated by its address, and which of its lives that is, while it ends, is each side's own affair.
    const requests = asked
      .flatMap(([what, which]) => this.#request(what, pick(siblings, which)))
      .filter((request) => !(request.do === 'terminateChild' && 'fromTemplate' in request))
    return [endTogether(workers.join(' '), how, ...requests)]
  }

  #start({ id, spec }: { id: string; spec: SupervisorSpec }, plan: Plan): TreeRequest {
    if (spec.strategy !== 'template') return start(this.#child(plan, id, spec), id)
    const name = this.#name('d')
    this.#children.push({ id: name, parent: id, dynamic: true })
    return startDynamic(name, id)
  }

  #isSupervisor(id: string): boolean {
    return this.#supervisors.some((each) => each.id === id)
  }

  #name(kind: string): string {
    this.#names++
    return `${kind}${this.#names}`
  }
}

function supervisorOf({ children: _, ...spec }: SupervisorPlan): SupervisorSpec {
  return { ...spec, children: [] }
}

function pick<T>(list: readonly T[], which: number): T {
  return list[which % list.length] as T
}
