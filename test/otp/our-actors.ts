/**
 * OurActors: carries out a scenario of kind `actors` on this runtime, in simulation. Erlang's side:
 * actor_scenario.erl, scenario_actor.erl.
 */

import {
  type AnyRef,
  type Context,
  type Down,
  defineActor,
  type Exit,
  type Monitor,
  type Next,
  type Ref,
  type ReplyTo,
  stop,
  unreachable,
} from '../../runtime/actor/index.ts'
import { operate } from '../../runtime/kernel/operate.ts'
import type { ActorAct, ActorScenario, ActorSpec, ActorStep, Op } from './scenario.ts'
import { SettlingSimulation } from './settling-simulation.ts'
import type { Trace } from './trace.ts'
import { callFailureText, reasonOf, reasonText } from './vocabulary.ts'

type ActorMsg =
  | { type: 'note'; sender: string; value: number }
  | { type: 'ops'; ops: readonly Op[]; replyTo: ReplyTo<number> | undefined }
  | Down
  | Exit

type WatcherMsg = { type: 'watch'; refs: readonly AnyRef[] } | Down

interface ActorState {
  readonly world: OurActors
  readonly name: string
  readonly monitors: Map<string, Monitor>
}

/** The trace of a scenario on this runtime. */
export async function runActorsHere(scenario: ActorScenario): Promise<Trace> {
  return new OurActors(scenario).run()
}

class OurActors {
  readonly lines: string[] = []
  readonly #scenario: ActorScenario
  readonly #simulation = new SettlingSimulation()
  readonly #refs = new Map<string, Ref<ActorMsg>>()
  readonly #names = new Map<AnyRef, string>()
  readonly #watched = new Set<AnyRef>()

  constructor(scenario: ActorScenario) {
    this.#scenario = scenario
  }

  async run(): Promise<Trace> {
    const watcher = this.#simulation.spawn(watcherType, this)
    for (const spec of this.#scenario.actors)
      this.add(spec, this.#simulation.spawn(typeOf(spec), { world: this, spec }))
    for (const [at, step] of this.#scenario.steps.entries()) {
      this.lines.push(`step ${at + 1}`)
      await this.#watchNew(watcher)
      await this.#step(step)
    }
    return this.lines
  }

  async #watchNew(watcher: Ref<WatcherMsg>): Promise<void> {
    const refs = [...this.#names.keys()].filter((ref) => !this.#watched.has(ref))
    for (const ref of refs) this.#watched.add(ref)
    this.#simulation.send(watcher, { type: 'watch', refs })
    await this.#simulation.settle()
  }

  async #step(step: ActorStep): Promise<void> {
    if ('held' in step) return this.#hold(step.held, step.steps)
    for (const act of 'together' in step ? step.together : [step]) this.#act(act)
    await this.#simulation.settle()
  }

  async #hold(held: string, acts: readonly ActorAct[]): Promise<void> {
    const kernel = this.#simulation.kernel()
    operate(kernel, 'suspend', this.ref(held))
    for (const act of acts) {
      this.#act(act)
      await this.#simulation.settle()
    }
    operate(kernel, 'resume', this.ref(held))
    await this.#simulation.settle()
  }

  #act({ actor, ops }: ActorAct): void {
    if (this.knows(actor)) this.#simulation.send(this.ref(actor), { type: 'ops', ops, replyTo: undefined })
  }

  add(spec: ActorSpec, ref: Ref<ActorMsg>): void {
    this.#refs.set(spec.name, ref)
    this.#names.set(ref, spec.name)
  }

  /** False for one that was to be spawned by an actor that had ended. */
  knows(name: string): boolean {
    return this.#refs.has(name)
  }

  ref(name: string): Ref<ActorMsg> {
    return this.#refs.get(name) as Ref<ActorMsg>
  }

  name(ref: AnyRef): string {
    return this.#names.get(ref) as string
  }
}

/** Tells how every actor ended. */
const watcherType = defineActor<OurActors, WatcherMsg, OurActors>({
  name: 'watcher',
  init: (world) => world,
  handle(world, msg, ctx) {
    if (msg.type === 'watch') for (const ref of msg.refs) ctx.monitor(ref)
    else world.lines.push(`${world.name(msg.ref)} ended ${reasonText(msg.reason)}`)
  },
})

interface ActorArg {
  readonly world: OurActors
  readonly spec: ActorSpec
}

function actorType(name: string, trapExit: boolean) {
  return defineActor<ActorState, ActorMsg, ActorArg>({
    name,
    trapExit,
    init: ({ world, spec }) => ({ world, name: spec.name, monitors: new Map() }),
    handle,
  })
}

const trapping = actorType('trapping', true)
const plain = actorType('plain', false)

function typeOf(spec: ActorSpec): typeof plain {
  return spec.trapExit === true ? trapping : plain
}

function handle(state: ActorState, msg: ActorMsg, ctx: Context<ActorMsg>): Next {
  const { world, name } = state
  switch (msg.type) {
    case 'note':
      world.lines.push(`${name} note ${msg.value} from ${msg.sender}`)
      return
    case 'exit':
    case 'down':
      world.lines.push(`${name} ${msg.type} of ${world.name(msg.ref)} ${reasonText(msg.reason)}`)
      return
    case 'ops':
      return perform(state, msg.ops, msg.replyTo, ctx)
    default:
      return unreachable(msg)
  }
}

/** Only a call makes the handler wait, so that everything before it happens in one go, as in Erlang. */
function perform(
  state: ActorState,
  ops: readonly Op[],
  replyTo: ReplyTo<number> | undefined,
  ctx: Context<ActorMsg>,
): Next {
  for (const [at, op] of ops.entries()) {
    if (op.op === 'stop') return stop(reasonOf(op.reason))
    if (op.op === 'call') {
      const rest = ops.slice(at + 1)
      return call(state, op, ctx).then(() => perform(state, rest, replyTo, ctx))
    }
    if (!('to' in op) || state.world.knows(op.to)) run(state, op, replyTo, ctx)
  }
}

async function call(
  { world, name }: ActorState,
  op: Op & { op: 'call' },
  ctx: Context<ActorMsg>,
): Promise<void> {
  try {
    const value = await ctx.call(world.ref(op.to), { type: 'ops', ops: op.ops }, { timeoutMs: op.timeoutMs })
    world.lines.push(`${name} answer ${value}`)
  } catch (error) {
    world.lines.push(`${name} no answer ${callFailureText(error)}`)
  }
}

type SimpleOp = Exclude<Op, { op: 'stop' } | { op: 'call' }>

function run(
  state: ActorState,
  op: SimpleOp,
  replyTo: ReplyTo<number> | undefined,
  ctx: Context<ActorMsg>,
): unknown {
  const { world, name, monitors } = state
  switch (op.op) {
    case 'link':
      return ctx.link(world.ref(op.to))
    case 'unlink':
      return ctx.unlink(world.ref(op.to))
    case 'monitor':
      monitors.set(op.tag ?? op.to, ctx.monitor(world.ref(op.to)))
      return
    case 'demonitor':
      return demonitor(monitors.get(op.tag), ctx)
    case 'exit':
      return ctx.exit(world.ref(op.to), reasonOf(op.reason))
    case 'send':
      ctx.send(world.ref(op.to), { type: 'note', sender: name, value: op.value })
      return
    case 'tell':
      ctx.send(world.ref(op.to), { type: 'ops', ops: op.ops, replyTo })
      return
    case 'later':
      ctx.sendAfter(op.ms, ctx.self, { type: 'ops', ops: op.ops, replyTo })
      return
    case 'reply':
      return ctx.reply(replyTo as ReplyTo<number>, op.value)
    case 'spawn':
      return spawn(state, op, ctx)
    case 'crash':
      throw new Error('boom')
    default:
      return unreachable(op)
  }
}

/** One that was never made is no monitor. */
function demonitor(monitor: Monitor | undefined, ctx: Context<ActorMsg>): void {
  if (monitor !== undefined) ctx.demonitor(monitor)
}

function spawn({ world, monitors }: ActorState, op: Op & { op: 'spawn' }, ctx: Context<ActorMsg>): void {
  const ref = ctx.spawn(typeOf(op), { world, spec: op }, { link: op.link === true })
  world.add(op, ref)
  if (op.monitor === true) monitors.set(op.name, ctx.monitor(ref))
}
