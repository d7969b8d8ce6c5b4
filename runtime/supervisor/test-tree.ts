/**
 * TestTree: a supervisor under test in a simulation. Its children write into a journal what happens to them,
 * and do as they are told.
 */

import { type ActorDefinition, defineActor, stop } from '../actor/definition.ts'
import { describeExit, type ExitReason } from '../actor/exit-reason.ts'
import type { Down, ReplyOf, RequestTo } from '../actor/messages.ts'
import type { AnyRef, Ref } from '../actor/ref.ts'
import type { SupervisorReport } from '../kernel/events.ts'
import { Simulation, type SimulationOptions } from '../simulation/index.ts'
import type { DynamicSupervisorMsg, SupervisorMsg } from './messages.ts'

/** Tells a child how to end. */
export type PuppetMsg = { readonly type: 'end'; readonly reason: ExitReason } | { readonly type: 'crash' }

type AnySupervisorMsg = SupervisorMsg | DynamicSupervisorMsg<string, PuppetMsg>

export class TestTree {
  readonly sim: Simulation
  /** `start a`, `stop a: shutdown`, and so on, in the order in which it happened. */
  readonly journal: string[] = []
  /** Children whose next starts fail, and how many of them. */
  readonly failing = new Map<string, number>()
  /** Children whose `init` waits until `release`. */
  readonly hanging = new Set<string>()
  /** Children that never end by themselves once told to stop. */
  readonly stubborn = new Set<string>()
  /** A child: its argument is the name that it writes. */
  readonly puppet: ActorDefinition<string, PuppetMsg, string>
  readonly #born = new Map<string, Ref<PuppetMsg>>()
  readonly #release: (() => void)[] = []
  #top: Ref<AnySupervisorMsg> | undefined
  #exitReason: ExitReason | undefined

  constructor(options: Omit<SimulationOptions, 'definitions'> = {}) {
    this.puppet = this.#definePuppet()
    this.sim = new Simulation({ ...options, definitions: [this.puppet] })
  }

  /** The supervisor under test. */
  get top(): Ref<AnySupervisorMsg> {
    return this.#top as Ref<AnySupervisorMsg>
  }

  /** The reason with which the supervisor ended. */
  get exitReason(): string | undefined {
    return this.#exitReason === undefined ? undefined : describeExit(this.#exitReason)
  }

  /** Starts the supervisor under test, watched, and forgets the journal of its start. */
  async start(definition: ActorDefinition<unknown, never, void>): Promise<void> {
    await this.begin(definition)
    this.journal.length = 0
  }

  /** Starts the supervisor under test and lets happen what can without time. */
  async begin(definition: ActorDefinition<unknown, never, void>): Promise<void> {
    this.#top = this.sim.spawn(definition, undefined) as Ref<AnySupervisorMsg>
    this.sim.spawn(this.#watcher(this.#top), undefined)
    await this.sim.run()
  }

  /** Orders the supervisor to end, as its parent or its node would. */
  async order(reason: ExitReason = 'shutdown'): Promise<void> {
    const { cells, exits } = this.sim.kernel()
    const cell = cells.get(this.top)
    if (cell !== undefined) exits.order(cell, reason)
    await this.sim.run()
  }

  /** The child under an id or key. */
  async ref(id: string): Promise<Ref<PuppetMsg>> {
    return (await this.sim.call(this.top, { type: 'childOf', id })) as Ref<PuppetMsg>
  }

  async isRunning(id: string): Promise<boolean> {
    const ref = await this.sim.call(this.top, { type: 'childOf', id })
    return ref !== undefined && this.sim.isAlive(ref)
  }

  /** Ends a child, and lets happen what follows without time. */
  async end(id: string, reason: ExitReason): Promise<void> {
    this.sim.send(await this.ref(id), { type: 'end', reason })
    await this.sim.run()
  }

  async crash(id: string): Promise<void> {
    this.sim.send(await this.ref(id), { type: 'crash' })
    await this.sim.run()
  }

  /** Kills a child from outside. */
  async kill(id: string): Promise<void> {
    this.sim.exit(await this.ref(id), 'kill')
    await this.sim.run()
  }

  /** Asks without running the simulation, and without a time-out. */
  ask<M, Type extends string>(
    to: Ref<M>,
    request: RequestTo<M> & { readonly type: Type },
  ): Promise<ReplyOf<M, Type>> {
    return new Promise((resolve, reject) => {
      this.sim.kernel().calls.start(null, false, to, request, Number.POSITIVE_INFINITY, (outcome) => {
        if (outcome.ok) resolve(outcome.value)
        else reject(outcome.error)
      })
    })
  }

  /** The newest child with this name, which its supervisor need not know yet. */
  born(name: string): Ref<PuppetMsg> {
    return this.#born.get(name) as Ref<PuppetMsg>
  }

  /** Lets every `init` that hangs go on. */
  async release(): Promise<void> {
    this.hanging.clear()
    for (const release of this.#release.splice(0)) release()
    await this.sim.run()
  }

  /** The journal since the last call. */
  happened(): string[] {
    return this.journal.splice(0)
  }

  /** What the supervisor reported: `restarted a`. */
  reports(): string[] {
    return this.sim.events
      .filter((event): event is SupervisorReport => event.type === 'supervisor')
      .map(({ event, child }) => `${event} ${child}`)
  }

  #definePuppet(): ActorDefinition<string, PuppetMsg, string> {
    return defineActor<string, PuppetMsg, string>({
      name: 'puppet',
      init: (name, ctx) => {
        this.#born.set(name, ctx.self)
        return this.#init(name)
      },
      handle(_, msg) {
        if (msg.type === 'end') return stop(msg.reason)
        throw new Error('told to crash')
      },
      terminate: (name, reason) => {
        this.journal.push(`stop ${name}: ${describeExit(reason)}`)
        return this.stubborn.has(name) ? new Promise(() => {}) : undefined
      },
    })
  }

  #init(name: string): string | Promise<string> {
    const left = this.failing.get(name) ?? 0
    if (left > 0) {
      this.failing.set(name, left - 1)
      this.journal.push(`fail ${name}`)
      throw new Error(`${name} does not start`)
    }
    this.journal.push(`start ${name}`)
    if (!this.hanging.has(name)) return name
    return new Promise((resolve) => this.#release.push(() => resolve(name)))
  }

  #watcher(ref: AnyRef): ActorDefinition<null, Down, void> {
    return defineActor<null, Down>({
      name: 'watcher',
      init: (_, ctx) => {
        ctx.monitor(ref)
        return null
      },
      handle: (_, { reason }) => {
        this.#exitReason = reason
      },
    })
  }
}
