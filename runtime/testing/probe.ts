/**
 * Probe: an actor for tests: it keeps every message it gets and does, as an actor, whatever the test asks.
 *
 * Belongs to one simulation; time passes only as far as is needed for what is waited for.
 */

import { type AnyRef, type Context, defineActor, type Exit, type Ref } from '../actor/index.ts'
import type { Simulation } from '../simulation/index.ts'

export interface ProbeOptions {
  /** Default: 0. */
  readonly thread?: number
  /** Exit signals arrive as messages. Default: true. */
  readonly trapExit?: boolean
  readonly mailboxLimit?: number
}

type Task<Msg> = (ctx: Context<Msg>) => unknown

/** Tells the probe's own orders from messages: nobody else has this class. */
class Order<Msg> {
  readonly run: (ctx: Context<Msg>) => unknown
  constructor(run: (ctx: Context<Msg>) => unknown) {
    this.run = run
  }
}

export class Probe<Msg = unknown> {
  readonly ref: Ref<Msg>
  /** Everything received so far, in order. */
  readonly received: (Msg | Exit)[] = []
  readonly #simulation: Simulation
  #read = 0

  constructor(simulation: Simulation, options: ProbeOptions = {}) {
    this.#simulation = simulation
    const { received } = this
    const definition = defineActor<null, Msg | Exit | Order<Msg>, void>({
      name: 'probe',
      trapExit: options.trapExit ?? true,
      ...(options.mailboxLimit === undefined ? {} : { mailbox: { limit: options.mailboxLimit } }),
      init: () => null,
      handle(_state, message, ctx) {
        if (!(message instanceof Order)) {
          received.push(message)
          return undefined
        }
        const done = message.run(ctx as unknown as Context<Msg>)
        return done instanceof Promise ? done.then(() => undefined) : undefined
      },
    })
    this.ref = simulation.spawn(definition, undefined, { thread: options.thread ?? 0 }) as unknown as Ref<Msg>
  }

  /** Runs code as this actor and resolves with its result; the simulation runs until it has settled. */
  async do<T>(task: (ctx: Context<Msg>) => T | Promise<T>): Promise<T> {
    let settled: { readonly value: T } | { readonly error: unknown } | undefined
    const run: Task<Msg> = async (ctx) => {
      try {
        settled = { value: await task(ctx) }
      } catch (error) {
        settled = { error }
      }
    }
    this.#simulation.send(this.ref as unknown as Ref<Order<Msg>>, new Order(run))
    await this.#simulation.runUntil(() => settled !== undefined)
    const outcome = settled as { readonly value: T } | { readonly error: unknown } | undefined
    if (outcome === undefined || 'error' in outcome) throw outcome?.error
    return outcome.value
  }

  /** The next message not yet read; the simulation runs until it is there. */
  async next(): Promise<Msg | Exit> {
    await this.#simulation.runUntil(() => this.received.length > this.#read)
    return this.received[this.#read++] as Msg | Exit
  }

  /** Sends as this actor. */
  send<M>(to: Ref<M>, message: M): Promise<unknown> {
    return this.do((ctx) => ctx.send(to, message))
  }

  monitor(ref: AnyRef): Promise<unknown> {
    return this.do((ctx) => ctx.monitor(ref))
  }

  link(ref: AnyRef): Promise<unknown> {
    return this.do((ctx) => ctx.link(ref))
  }
}
