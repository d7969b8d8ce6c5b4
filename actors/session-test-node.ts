/**
 * SessionNode: sessions of one shard in simulation, for tests: a memory store, `users`, a gateway that records, and
 * stand-ins for the conversation and relay routers.
 */

import { codecOf, type ServerFrame, type ServerFrameOf, type ServerOp } from '../protocol/index.ts'
import { defineActor, type Ref, type ReplyTo } from '../runtime/index.ts'
import { Simulation } from '../runtime/testing/index.ts'
import {
  MemoryData,
  memoryStore,
  type StorageError,
  type Store,
  type StoredMessage,
} from '../storage/index.ts'
import type {
  Connection,
  ConversationRequest,
  GatewayMsg,
  RelayRequest,
  SessionArg,
  SessionMsg,
  UsersMsg,
} from './messages.ts'
import { Meter } from './meter.ts'
import { meterService, settingsService, storeService } from './services.ts'
import { session } from './session.ts'
import { users } from './users.ts'

const SHARD = 1
const json = codecOf('guildhall.v1.json')

type Recorded<M> = { readonly sent: M[]; answers: boolean }

/** An actor under a name that keeps what it is sent and answers requests. */
function recorder<M extends { readonly type: string }>(
  name: string,
  record: Recorded<M>,
  answer: (message: M) => unknown,
) {
  return defineActor<null, M>({
    name,
    async init(_arg, ctx) {
      await ctx.register(name)
      return null
    },
    handle(_state, message, ctx) {
      record.sent.push(message)
      if (!record.answers || !('replyTo' in message)) return
      ctx.reply(message.replyTo as ReplyTo<unknown>, answer(message))
    },
  })
}

const services = defineActor<null, never, Store>({
  name: 'services',
  init(store, ctx) {
    ctx.provide(storeService, store)
    const settings = { node: 'test', nodeNumber: 0, threads: SHARD, data: undefined, mapSizeMb: 1 }
    ctx.provide(settingsService, settings)
    ctx.provide(meterService, new Meter())
    return null
  },
  handle() {},
})

export class SessionNode {
  readonly simulation: Simulation
  readonly store: Store
  readonly gateway: Recorded<GatewayMsg> = { sent: [], answers: true }
  readonly conversations: Recorded<ConversationRequest> = { sent: [], answers: true }
  readonly relays: Recorded<RelayRequest> = { sent: [], answers: true }
  /** What the store fails with, by operation. */
  readonly faults = new Map<keyof Store, StorageError>()
  /** The answer to the next requests of the conversation router. */
  conversationAnswer: unknown = { ok: true, value: null }
  users!: Ref<UsersMsg>
  readonly #data = new MemoryData()
  #lastId = 1_000
  #gatewayRef: Ref<GatewayMsg> | undefined

  private constructor(seed: number) {
    this.simulation = new Simulation({ threads: 2, seed })
    this.store = memoryStore(this.#data)
  }

  static async start(seed = 1): Promise<SessionNode> {
    const node = new SessionNode(seed)
    const { simulation } = node
    const store = memoryStore(node.#data, { fault: (operation) => node.faults.get(operation) })
    await simulation.start(services, store, SHARD)
    await node.startGateway()
    await simulation.start(
      recorder('conversations.1', node.conversations, () => node.conversationAnswer),
      undefined,
      SHARD,
    )
    await simulation.start(
      recorder('relays.1', node.relays, () => null),
      undefined,
      SHARD,
    )
    node.users = (await simulation.start(users, undefined, SHARD)) as Ref<UsersMsg>
    // The names have to reach every thread.
    await simulation.advance(50)
    return node
  }

  async startGateway(): Promise<void> {
    this.#gatewayRef = await this.simulation.start(
      recorder('gateway', this.gateway, () => null),
      undefined,
      0,
    )
    await this.settle()
  }

  /** From now on nobody has the gateway's name. */
  async stopGateway(): Promise<void> {
    if (this.#gatewayRef !== undefined) this.simulation.exit(this.#gatewayRef, 'kill')
    await this.settle()
  }

  /** Starts a session; it has not run yet. */
  open(connection: Connection, arg: Partial<SessionArg> = {}): Ref<SessionMsg> {
    return this.simulation.spawn(
      session,
      {
        connection,
        user: 'alice',
        device: `device-${connection}`,
        codec: 'guildhall.v1.json',
        start: { kind: 'identify', ref: undefined, cursors: {}, session: 's', resume: 'r' },
        ...arg,
      },
      { thread: SHARD },
    )
  }

  /** Opens a session and lets it come to rest. */
  async opened(connection: Connection, arg: Partial<SessionArg> = {}): Promise<Ref<SessionMsg>> {
    const ref = this.open(connection, arg)
    await this.settle()
    return ref
  }

  settle(ms = 100): Promise<void> {
    return this.simulation.advance(ms)
  }

  say(to: Ref<SessionMsg>, frame: object): void {
    this.sayBytes(to, new TextEncoder().encode(JSON.stringify(frame)))
  }

  sayBytes(to: Ref<SessionMsg>, data: Uint8Array): void {
    this.simulation.send(to, { type: 'frame', data })
  }

  /** What was written to a connection, decoded. */
  frames(connection: Connection): ServerFrame[] {
    return this.gateway.sent.flatMap((sent) =>
      sent.type === 'write' && sent.connection === connection ? [json.decode(sent.data) as ServerFrame] : [],
    )
  }

  framesOf<Op extends ServerOp>(connection: Connection, op: Op): ServerFrameOf<Op>[] {
    return this.frames(connection).filter((frame) => frame.op === op) as ServerFrameOf<Op>[]
  }

  /** `conversation:seq` of the messages shown to a connection. */
  shown(connection: Connection): string[] {
    return this.framesOf(connection, 'message').map(({ conversation, seq }) => `${conversation}:${seq}`)
  }

  closes(connection: Connection): number[] {
    return this.gateway.sent.flatMap((sent) =>
      sent.type === 'close' && sent.connection === connection ? [sent.code] : [],
    )
  }

  async dm(id: string, a = 'alice', b = 'bob'): Promise<void> {
    await this.store.openDm({ id, tenant: '', kind: 'dm', createdAt: 0 }, [a, b])
  }

  async guild(id: string, channel: string, members: readonly string[]): Promise<void> {
    const [owner = 'owner'] = members
    await this.store.createGuild(
      { id, tenant: '', name: 'g', owner, open: true, createdAt: 0 },
      { id: channel, tenant: '', kind: 'channel', guild: id, name: 'general', createdAt: 0 },
    )
    for (const member of members) await this.store.addGuildMember(id, member)
  }

  /** Appends as an owner does; the returned function gives the hint to alice. */
  async append(
    conversation: string,
    from: { author?: string; device?: string; connection?: Connection; inboxes?: readonly string[] } = {},
  ): Promise<() => void> {
    const { author = 'bob', device = 'phone', connection = 99, inboxes = ['alice', 'bob'] } = from
    const id = String(++this.#lastId)
    const message = { messageId: id, id, author, device, at: 1, kind: 'text', body: `body ${id}` } as const
    const [appended] = await this.store.append(conversation, [message], inboxes)
    if (appended?.status !== 'appended') throw new Error('Cannot append in a test')
    const stored: StoredMessage = { conversation, seq: appended.seq, ...message }
    const numbers = appended.inboxes
    return () => {
      this.simulation.send(this.users, {
        type: 'deliver',
        users: inboxes,
        numbers,
        message: stored,
        from: connection,
      })
    }
  }
}
