/**
 * OurTree: carries out a scenario of kind `tree` on this runtime, in simulation. Erlang's side:
 * tree_scenario.erl.
 */

import {
  type AnyRef,
  defineActor,
  type Exit,
  type Ref,
  type RequestTo,
  RuntimeError,
} from '../../runtime/actor/index.ts'
import { operate } from '../../runtime/kernel/operate.ts'
import type { ChildInfo, SupervisorMsg } from '../../runtime/supervisor/index.ts'
import { childSpec, type SupervisorDefinition, TreeRecord, treeSupervisor } from './our-tree-specs.ts'
import type { End, TreeRequest, TreeScenario, TreeStep } from './scenario.ts'
import { SettlingSimulation } from './settling-simulation.ts'
import type { Trace } from './trace.ts'
import { reasonText } from './vocabulary.ts'

type Supervisor = Ref<SupervisorMsg>

/** The trace of a scenario on this runtime. */
export async function runTreeHere(scenario: TreeScenario): Promise<Trace> {
  return new OurTree(scenario).run()
}

class OurTree {
  readonly #scenario: TreeScenario
  readonly #simulation = new SettlingSimulation()
  readonly #record = new TreeRecord(this.#simulation)
  /** The supervisors of the tree as they were last seen. */
  #supervisors = new Map<string, Supervisor>()
  #top: Supervisor | undefined
  #ended: string | undefined

  constructor(scenario: TreeScenario) {
    this.#scenario = scenario
  }

  async run(): Promise<Trace> {
    const owner = await this.#start()
    await this.#report(0)
    for (const [at, step] of this.#scenario.steps.entries()) {
      await this.#do(step, owner)
      await this.#report(at + 1)
    }
    return this.#record.trace
  }

  // --- the parent of the tree ---

  async #start(): Promise<Ref<OwnerMsg>> {
    const owner = this.#simulation.spawn(ownerType, {
      ended: (reason) => {
        this.#ended = reason
      },
    })
    try {
      const { id, ...spec } = this.#scenario.tree
      const definition = treeSupervisor(this.#record, id, spec)
      this.#simulation.send(owner, {
        type: 'start',
        definition,
        started: (top) => {
          this.#top = top
        },
        failed: (error) => this.#refuse(error),
      })
    } catch (error) {
      this.#refuse(error)
    }
    await this.#simulation.settle()
    return owner
  }

  #refuse(error: unknown): void {
    const code = codeOf(error)
    this.#record.add(`answer start ${code}`)
    this.#ended = code === 'BAD_SPEC' ? 'refused' : '{shutdown,failedToStart}'
  }

  // --- steps ---

  async #do(step: TreeStep, owner: Ref<OwnerMsg>): Promise<void> {
    switch (step.do) {
      case 'end':
        if (!this.#finish(step.id, step.how)) this.#record.add(`answer end ${step.id} noproc`)
        break
      case 'endTogether':
        return this.#finishTogether(step)
      case 'wait':
        await this.#simulation.advance(step.ms)
        break
      case 'stop':
        if (this.#top === undefined || this.#ended !== undefined) this.#record.add('answer stop noproc')
        else this.#simulation.send(owner, { type: 'stop', top: this.#top })
        break
      default: {
        const answer = this.#ask(step)
        await this.#simulation.settle()
        this.#record.add(await answer)
      }
    }
    await this.#simulation.settle()
  }

  /** False when there is no such child, or it is dead. */
  #finish(id: string, how: End): boolean {
    const ref = this.#supervisors.get(id) ?? this.#record.find(id)
    if (ref === undefined || !this.#simulation.isAlive(ref)) return false
    if (how === 'kill') operate(this.#simulation.kernel(), 'kill', ref)
    else this.#simulation.send(ref as Ref<unknown>, { type: 'finish', how })
    return true
  }

  /**
   * The supervisors are held, so that they find all these ends, and the requests, at once and in this order.
   */
  async #finishTogether({ ids, how, requests }: Extract<TreeStep, { do: 'endTogether' }>): Promise<void> {
    const supervisors = [...this.#supervisors.values()]
    const kernel = this.#simulation.kernel()
    for (const supervisor of supervisors) operate(kernel, 'suspend', supervisor)
    for (const id of ids) {
      this.#finish(id, how)
      await this.#simulation.run()
    }
    const answers = requests.map((request) => this.#ask(request))
    for (const supervisor of supervisors) operate(kernel, 'resume', supervisor)
    await this.#simulation.settle()
    for (const answer of await Promise.all(answers)) this.#record.add(answer)
  }

  /** Resolves with the line that tells the answer, as the simulation runs. */
  #ask(step: TreeRequest): Promise<string> {
    const supervisor = this.#supervisors.get(step.supervisor)
    return new Promise((resolve) => {
      const answer = (text: string): void => resolve(`answer ${step.do} ${text}`)
      if (supervisor === undefined) return answer('noproc')
      try {
        const request = this.#requestOf(step)
        this.#simulation.kernel().calls.start(null, false, supervisor, request, Infinity, (outcome) => {
          answer(outcome.ok ? 'ok' : codeOf(outcome.error))
        })
      } catch (error) {
        answer(codeOf(error))
      }
    })
  }

  #requestOf(step: TreeRequest): RequestTo<SupervisorMsg> {
    if ('child' in step) return { type: 'startChild', spec: childSpec(this.#record, step.child) }
    if ('id' in step) {
      const { id } = step
      return step.do === 'terminateChild' ? { type: step.do, child: id } : { type: step.do, id }
    }
    const key = step.fromTemplate
    // By ref, as OTP does it: it knows no keys.
    if (step.do === 'terminateChild') return { type: step.do, child: this.#record.find(key) ?? key }
    // The tree is described by data, so the form of a supervisor is not in its type.
    return { type: 'startChild', arg: key, key } as never
  }

  // --- what became of the tree ---

  async #report(step: number): Promise<void> {
    const events = this.#record.takeLines()
    this.#record.trace.push(`step ${step}`, ...events)
    this.#supervisors = new Map()
    if (this.#ended !== undefined) this.#record.trace.push(`top ended ${this.#ended}`)
    else if (this.#top !== undefined) {
      await this.#describe(this.#scenario.tree.id, this.#top)
      this.#record.trace.push('top alive')
    }
  }

  async #describe(id: string, supervisor: Supervisor): Promise<void> {
    this.#supervisors.set(id, supervisor)
    const children = await this.#simulation.call(supervisor, { type: 'whichChildren' })
    this.#record.trace.push(`children ${id}: ${children.map((info) => this.#child(info)).join(' ')}`)
    for (const info of children) {
      if (info.kind !== 'supervisor' || typeof info.ref !== 'object') continue
      await this.#describe(info.id as string, info.ref as AnyRef as Supervisor)
    }
  }

  #child({ id, ref, kind }: ChildInfo): string {
    if (typeof ref !== 'object') return `${id}=${ref}`
    return kind === 'supervisor' ? String(id) : this.#record.name(ref)
  }
}

/** The driver of the scenario, as the tree sees it: its parent. */
type OwnerMsg =
  | {
      type: 'start'
      definition: SupervisorDefinition
      started: (top: Supervisor) => void
      failed: (error: unknown) => void
    }
  | { type: 'stop'; top: AnyRef }
  | Exit

interface OwnerArg {
  readonly ended: (reason: string) => void
}

const ownerType = defineActor<OwnerArg, OwnerMsg, OwnerArg>({
  name: 'owner',
  trapExit: true,
  init: (arg) => arg,
  handle({ ended }, msg, ctx) {
    if (msg.type === 'exit') return ended(reasonText(msg.reason))
    if (msg.type === 'stop') return ctx.exit(msg.top, 'shutdown')
    return ctx
      .spawnAt('here', msg.definition, undefined, { link: true })
      .then(msg.started as never, msg.failed)
  },
})

/** `noproc` for a supervisor that is gone, as Erlang says it. */
function codeOf(error: unknown): string {
  if (!(error instanceof RuntimeError)) throw error
  return error.code === 'ACTOR_GONE' ? 'noproc' : error.code
}
