/**
 * Specs of this runtime made from those of a scenario, and the record that their children write.
 */

import {
  type ActorDefinition,
  type AnyRef,
  defineActor,
  type ExitReason,
  type Ref,
  stop,
} from '../../runtime/actor/index.ts'
import {
  child,
  childTemplate,
  type ChildSpec as OurChildSpec,
  type SupervisorMsg,
  type SupervisorState,
  supervisor,
} from '../../runtime/supervisor/index.ts'
import type { ChildSpec, End, SupervisorSpec } from './scenario.ts'
import type { SettlingSimulation } from './settling-simulation.ts'
import { reasonOf, reasonText } from './vocabulary.ts'

/** The account of a scenario, in the order in which things happened. */
export class TreeRecord {
  readonly trace: string[] = []
  readonly simulation: SettlingSimulation
  #lines: string[] = []
  readonly #counts = new Map<string, number>()
  readonly #refs = new Map<string, AnyRef>()
  readonly #names = new Map<AnyRef, string>()

  constructor(simulation: SettlingSimulation) {
    this.simulation = simulation
  }

  add(line: string): void {
    this.#lines.push(line)
  }

  takeLines(): readonly string[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  /** A child has begun; returns how many there were under this id, itself included. */
  born(id: string, ref: AnyRef): number {
    const count = (this.#counts.get(id) ?? 0) + 1
    this.#counts.set(id, count)
    this.#refs.set(id, ref)
    this.#names.set(ref, `${id}#${count}`)
    return count
  }

  find(id: string): Ref<unknown> | undefined {
    return this.#refs.get(id) as Ref<unknown> | undefined
  }

  name(ref: AnyRef): string {
    return this.#names.get(ref) ?? '?'
  }
}

export type SupervisorDefinition = ActorDefinition<SupervisorState, SupervisorMsg, void>

/** @throws RuntimeError `BAD_SPEC`. */
export function treeSupervisor(record: TreeRecord, name: string, spec: SupervisorSpec): SupervisorDefinition {
  const { strategy, restarts, periodMs, autoShutdown, children } = spec
  const common = {
    intensity: { restarts, periodMs },
    ...(autoShutdown === undefined ? {} : { autoShutdown }),
  }
  if (strategy !== 'template') {
    return supervisor(name, {
      ...common,
      strategy,
      children: children.map((each) => childSpec(record, each)),
    })
  }
  const template = children[0] as ChildSpec
  return supervisor(name, {
    ...common,
    strategy: 'oneForOne',
    template: childTemplate(childType(record, template), template),
    // Scenarios choose the form by data; the requests that fit it are theirs to choose as well.
  }) as never
}

/** @throws RuntimeError `BAD_SPEC` for a supervisor that is none. */
export function childSpec(record: TreeRecord, spec: ChildSpec): OurChildSpec {
  const { id, restart, shutdownMs, significant = false } = spec
  const options = { restart, shutdownMs, significant }
  if (spec.supervisor === undefined) return child(id, childType(record, spec), { ...options, arg: id })
  return child(id, treeSupervisor(record, id, spec.supervisor), options)
}

interface ChildState {
  readonly name: string
  finishing: boolean
}

type ChildMsg = { type: 'finish'; how: Exclude<End, 'kill'> } | { type: 'exit' }

/** A worker that traps exits, as its counterpart in Erlang has to. Its argument is its id. */
function childType(record: TreeRecord, spec: ChildSpec) {
  return defineActor<ChildState, ChildMsg, string>({
    name: 'child',
    trapExit: true,
    init(id, ctx) {
      const incarnation = record.born(id, ctx.self)
      const name = `${id}#${incarnation}`
      const fails = spec.failStarts?.includes(incarnation) === true
      record.add(`${fails ? 'fail' : 'init'} ${name}`)
      if (fails) throw new Error('start')
      return { name, finishing: false }
    },
    handle(state, msg) {
      if (msg.type === 'exit') return
      state.finishing = true
      if (msg.how === 'crash') throw new Error('boom')
      return stop(reasonOf(msg.how))
    },
    terminate: (state, reason) => terminate(record, spec, state, reason),
  })
}

function terminate(
  record: TreeRecord,
  spec: ChildSpec,
  { name, finishing }: ChildState,
  reason: ExitReason,
): void | Promise<void> {
  record.add(`terminate ${name} ${reasonText(reason)}`)
  if (spec.terminate === 'crashes') throw new Error('terminate')
  if (spec.terminate === 'slow') return record.simulation.sleep(spec.terminateMs as number)
  if (spec.terminate === 'hangs' && !finishing) return new Promise(() => {})
}
