/**
 * World: the owners, relays and API of simulated shards over one store in memory, with a recording actor in place
 * of the gateway and of each shard's users. For tests.
 */

import {
  type ActorDefinition,
  defineActor,
  type Ref,
  type ReplyOf,
  type RequestTo,
} from '../runtime/index.ts'
import { Simulation } from '../runtime/testing/index.ts'
import { MemoryData, memoryStore, type StorageError, type Store } from '../storage/index.ts'
import { api } from './api.ts'
import { conversations } from './conversation.ts'
import { guilds } from './guild.ts'
import type {
  ApiMsg,
  ApiRequest,
  ApiResponse,
  ConversationRequest,
  GatewayMsg,
  GuildRequest,
  RelayRequest,
  TopicHead,
  UsersMsg,
} from './messages.ts'
import { Meter } from './meter.ts'
import { relays } from './relay.ts'
import { idsService, meterService, settingsService, shardOf, storeService } from './services.ts'
import { snowflakes } from './snowflake.ts'

export interface WorldOptions {
  readonly seed?: number
  /** Scheduler threads. Default: 2. */
  readonly threads?: number
  /** What the store fails with, by method. */
  readonly fault?: (operation: keyof Store) => StorageError | undefined
}

type Published = Extract<GatewayMsg, { type: 'publish' }>

export class World {
  readonly simulation: Simulation
  readonly store: Store
  readonly data = new MemoryData()
  /** What the gateway was told, in order. */
  readonly gateway: GatewayMsg[] = []
  /** What the users of all shards were told, in order. */
  readonly users: UsersMsg[] = []
  readonly threads: number
  readonly #heads = new Map<string, Map<string, number>>()

  private constructor({ seed, threads }: WorldOptions) {
    this.threads = threads ?? 2
    this.simulation = new Simulation({ seed: seed ?? 1, threads: this.threads + 1 })
    this.store = memoryStore(this.data)
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(options)
    await world.simulation.start(world.#gatewayActor(), undefined)
    for (let thread = 1; thread <= world.threads; thread++) {
      await world.simulation.start(world.#services(options), undefined, thread)
      await world.simulation.start(world.#usersActor(), undefined, thread)
      for (const routes of [relays, conversations, guilds, api]) {
        await world.simulation.start(routes as ActorDefinition<unknown, never, void>, undefined, thread)
      }
    }
    return world
  }

  conversation<Type extends Exclude<ConversationRequest, { type: 'forgetMember' }>['type']>(
    request: RequestTo<ConversationRequest> & { readonly type: Type; readonly key: string },
  ): Promise<ReplyOf<ConversationRequest, Type>> {
    const router = this.named<ConversationRequest>(`conversations.${shardOf(request.key, this.threads)}`)
    return this.simulation.call<ConversationRequest, Type>(router, request)
  }

  post(key: string, author: string, id: string, body = `text of ${id}`, connection = 7) {
    const post = { id, body }
    return this.conversation({ type: 'post', key, author, device: 'phone', connection, post })
  }

  guild<Type extends GuildRequest['type']>(
    request: RequestTo<GuildRequest> & { readonly type: Type; readonly key: string },
  ): Promise<ReplyOf<GuildRequest, Type>> {
    const router = this.named<GuildRequest>(`guilds.${shardOf(request.key, this.threads)}`)
    return this.simulation.call<GuildRequest, Type>(router, request)
  }

  relay(topic: string): Ref<RelayRequest> {
    return this.named<RelayRequest>(`relays.${shardOf(topic, this.threads)}`)
  }

  /** One request of the HTTP API. */
  http(
    user: string,
    method: ApiRequest['method'],
    path: string,
    body?: unknown,
    query: ApiRequest['query'] = {},
  ): Promise<ApiResponse> {
    const request = { user, method, path: path.split('/'), query, body }
    return this.simulation.call<ApiMsg, 'request'>(this.named<ApiMsg>('api.1'), { type: 'request', request })
  }

  named<M>(name: string): Ref<M> {
    for (let thread = 0; thread <= this.threads; thread++) {
      const ref = this.simulation.kernel(thread).names.whereis(name)
      if (ref !== undefined) return ref as unknown as Ref<M>
    }
    throw new Error(`Cannot find ${name}`)
  }

  /** Kills all actors of a type. */
  crash(type: string): void {
    for (let thread = 1; thread <= this.threads; thread++) {
      for (const cell of this.simulation.kernel(thread).cells.cells) {
        if (cell?.type.definition.name === type) this.simulation.exit(cell.ref, 'kill')
      }
    }
  }

  /** The `seq` published of a conversation, in order. */
  published(conversation: string): number[] {
    return this.gateway
      .filter((msg): msg is Published => msg.type === 'publish' && msg.conversation === conversation)
      .map(({ seq }) => seq)
  }

  /** What one user was sent: the `n` of deliveries and the frames of events. */
  toldTo(user: string): readonly unknown[] {
    return this.users.flatMap((msg): unknown[] => {
      if (msg.type !== 'deliver' && msg.type !== 'event') return []
      const index = msg.users.indexOf(user)
      if (index < 0) return []
      return [msg.type === 'deliver' ? { n: msg.numbers[index], seq: msg.message.seq } : msg.event]
    })
  }

  /** The gateway forgets or learns where a topic stands, as after a restart of either side. */
  setHead(topic: string, conversation: string, seq: number): void {
    const heads = this.#heads.get(topic) ?? new Map<string, number>()
    heads.set(conversation, seq)
    this.#heads.set(topic, heads)
  }

  #gatewayActor() {
    return defineActor<null, GatewayMsg>({
      name: 'fake-gateway',
      init: async (_arg, ctx) => {
        await ctx.register('gateway')
        return null
      },
      handle: (_state, msg, ctx) => {
        this.gateway.push(msg)
        if (msg.type === 'publish' && msg.conversation !== '')
          this.setHead(msg.topic, msg.conversation, msg.seq)
        if (msg.type === 'baseline') this.#baseline(msg)
        if (msg.type === 'topicHeads') ctx.reply(msg.replyTo, this.#headsOf(msg.topic))
        if (msg.type === 'barrier') ctx.reply(msg.replyTo, null)
      },
    })
  }

  #baseline({ topic, heads }: Extract<GatewayMsg, { type: 'baseline' }>): void {
    for (const { conversation, seq } of heads) {
      if (!this.#heads.get(topic)?.has(conversation)) this.setHead(topic, conversation, seq)
    }
  }

  #headsOf(topic: string): readonly TopicHead[] {
    return [...(this.#heads.get(topic) ?? [])].map(([conversation, seq]) => ({ conversation, seq }))
  }

  #usersActor() {
    return defineActor<null, UsersMsg>({
      name: 'fake-users',
      init: async (_arg, ctx) => {
        await ctx.register(`users.${ctx.thread}`)
        return null
      },
      handle: (_state, msg) => void this.users.push(msg),
    })
  }

  #services({ fault }: WorldOptions) {
    const store = memoryStore(this.data, fault === undefined ? {} : { fault })
    const settings = { node: 'test', nodeNumber: 0, threads: this.threads, data: undefined, mapSizeMb: 16 }
    return defineActor<null, never>({
      name: 'fake-services',
      init: (_arg, ctx) => {
        const { thread } = ctx
        ctx.provide(storeService, store)
        ctx.provide(settingsService, settings)
        ctx.provide(meterService, new Meter())
        ctx.provide(idsService, snowflakes({ now: () => ctx.now(), node: 0, thread, above: '0' }))
        return null
      },
      handle() {},
    })
  }
}
