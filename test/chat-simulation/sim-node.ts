/** SimNode: the actors of a whole node in one simulation: real shards over one store in memory, and a SimGateway. */

import { api } from '../../actors/api.ts'
import { conversations } from '../../actors/conversation.ts'
import { guilds } from '../../actors/guild.ts'
import { idsService, meterService, settingsService, storeService } from '../../actors/index.ts'
import { Meter } from '../../actors/meter.ts'
import { relays } from '../../actors/relay.ts'
import { sessions } from '../../actors/sessions.ts'
import { snowflakes } from '../../actors/snowflake.ts'
import { users } from '../../actors/users.ts'
import { child, defineActor, supervisor } from '../../runtime/index.ts'
import { Simulation } from '../../runtime/testing/index.ts'
import { MemoryData, memoryStore, type Store } from '../../storage/index.ts'
import { SimGateway } from './sim-gateway.ts'

/** Faults are many here, and none of them may end the node. */
const INTENSITY = { restarts: 1_000, periodMs: 1_000 }

export class SimNode {
  readonly simulation: Simulation
  readonly gateway: SimGateway
  readonly store: Store
  readonly threads: number
  /** Called after every turn and every packet. */
  onStep: () => void = () => {}

  private constructor(seed: number, threads: number) {
    const data = new MemoryData()
    this.threads = threads
    this.store = memoryStore(data)
    this.gateway = new SimGateway(threads)
    const services = defineActor<null, never>({
      name: 'services',
      async init(_arg, ctx) {
        const store = memoryStore(data)
        const above = await store.lastId()
        ctx.provide(storeService, store)
        ctx.provide(settingsService, { node: 'sim', nodeNumber: 0, threads, data: undefined, mapSizeMb: 1 })
        ctx.provide(meterService, new Meter())
        ctx.provide(idsService, snowflakes({ now: () => ctx.now(), node: 0, thread: ctx.thread, above }))
        return null
      },
      handle() {},
    })
    const shard = supervisor('shard', {
      strategy: 'restForOne',
      intensity: INTENSITY,
      children: [
        child('services', services),
        child('users', users),
        child('relays', relays),
        child('conversations', conversations),
        child('guilds', guilds),
        child('api', api),
        child('sessions', sessions),
      ],
    })
    const root = supervisor('guildhall', {
      strategy: 'oneForOne',
      intensity: INTENSITY,
      children: [
        child('gateway', this.gateway.definition, { name: 'gateway' }),
        ...Array.from({ length: threads }, (_, index) =>
          child(`shard.${index + 1}`, shard, { placement: { thread: index + 1 } }),
        ),
      ],
    })
    this.simulation = new Simulation({
      seed,
      threads: threads + 1,
      definitions: [shard, root],
      onStep: () => this.onStep(),
    })
    this.#root = root
  }

  readonly #root: Parameters<Simulation['start']>[0]

  static async start(seed: number, threads: number): Promise<SimNode> {
    const node = new SimNode(seed, threads)
    await node.simulation.start(node.#root, undefined as never)
    await node.simulation.advance(50)
    return node
  }
}
