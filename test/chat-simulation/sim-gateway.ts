/**
 * SimGateway: the gateway's side of the contract in `actors/messages.ts`, over sockets that are plain objects.
 *
 * Does what the real one promises and nothing more: starts, watches and replaces sessions, writes in order, skips pushes to
 * congested sockets and tells of them, remembers what was published in each topic.
 */

import type { GatewayMsg, RelayRequest, SessionArg, SessionMsg, SessionsMsg } from '../../actors/index.ts'
import { shardOf } from '../../actors/index.ts'
import { codecOf, type ServerFrame, type ServerFrameOf } from '../../protocol/index.ts'
import {
  type ActorDefinition,
  type AnyRef,
  type Context,
  type Down,
  defineActor,
  type Ref,
} from '../../runtime/index.ts'

const RETRY_MS = 10
const json = codecOf('guildhall.v1.json')

export interface SimSocket {
  readonly connection: number
  readonly user: string
  readonly device: string
  onFrame(frame: ServerFrame): void
  /** The server has closed it. */
  onClose(code: number): void
}

interface Served {
  readonly socket: SimSocket
  session: Ref<SessionMsg> | undefined
  held: Uint8Array[]
  congested: boolean
  readonly lagged: Map<string, { from: number; to: number }>
}

type Msg = GatewayMsg | Down | { readonly type: 'run'; readonly run: () => void }

export class SimGateway {
  readonly definition: ActorDefinition<null, Msg, void>
  readonly #threads: number
  readonly #served = new Map<number, Served>()
  readonly #bySession = new Map<AnyRef, Served>()
  readonly #topics = new Map<string, Set<number>>()
  readonly #heads = new Map<string, Map<string, number>>()
  #ctx!: Context<Msg>

  constructor(threads: number) {
    this.#threads = threads
    this.definition = defineActor<null, Msg>({
      name: 'gateway',
      mailbox: { limit: 100_000 },
      init: (_arg, ctx) => {
        this.#ctx = ctx
        return null
      },
      handle: (_state, msg) => this.#handle(msg),
    })
  }

  /** Runs later, on the virtual clock. */
  after(ms: number, run: () => void): void {
    this.#ctx.sendAfter(ms, this.#ctx.self, { type: 'run', run })
  }

  open(socket: SimSocket, start: SessionArg['start']): void {
    const served: Served = { socket, session: undefined, held: [], congested: false, lagged: new Map() }
    this.#served.set(socket.connection, served)
    this.#start(served, start)
  }

  /** The client has gone. */
  drop(connection: number): void {
    const served = this.#served.get(connection)
    if (served === undefined) return
    this.#forget(served)
    if (served.session !== undefined) this.#ctx.send(served.session, { type: 'closed' })
  }

  say(connection: number, frame: object): void {
    const served = this.#served.get(connection)
    if (served === undefined) return
    const data = new TextEncoder().encode(JSON.stringify(frame))
    if (served.session === undefined) served.held.push(data)
    else if (this.#ctx.send(served.session, { type: 'frame', data }) !== undefined) served.held.push(data)
  }

  congest(connection: number): void {
    const served = this.#served.get(connection)
    if (served !== undefined) served.congested = true
  }

  relieve(connection: number): void {
    const served = this.#served.get(connection)
    if (served === undefined || !served.congested) return
    served.congested = false
    const lagged = [...served.lagged].map(
      ([conversation, range]): ServerFrameOf<'lagged'> => ({ op: 'lagged', conversation, ...range }),
    )
    served.lagged.clear()
    if (served.session !== undefined) this.#ctx.send(served.session, { type: 'writable', lagged })
    // Its session is being replaced, and `resync` will say more than this.
  }

  session(connection: number): Ref<SessionMsg> | undefined {
    return this.#served.get(connection)?.session
  }

  #handle(msg: Msg): void {
    switch (msg.type) {
      case 'run':
        return msg.run()
      case 'down':
        return this.#down(msg.ref)
      case 'write':
        return this.#write(msg.connection, msg.data as string, msg.push)
      case 'close':
        return this.#close(msg.connection, msg.code)
      case 'subscribe':
        return this.#subscribe(msg)
      case 'unsubscribe':
        return void this.#subscribers(msg.topic).delete(msg.connection)
      case 'publish':
        return this.#publish(msg)
      case 'barrier':
        return this.#ctx.reply(msg.replyTo, null)
      case 'baseline':
        return this.#baseline(msg)
      case 'shardStarted':
        return this.#hintsWereLost(msg.thread)
      case 'topicHeads': {
        const heads = this.#heads.get(msg.topic) ?? new Map<string, number>()
        return this.#ctx.reply(
          msg.replyTo,
          [...heads].map(([conversation, seq]) => ({ conversation, seq })),
        )
      }
    }
  }

  #subscribers(topic: string): Set<number> {
    const all = this.#topics.get(topic) ?? new Set()
    this.#topics.set(topic, all)
    return all
  }

  #publish(msg: Extract<GatewayMsg, { type: 'publish' }>): void {
    if (msg.seq > 0) {
      const heads = this.#heads.get(msg.topic) ?? new Map<string, number>()
      heads.set(msg.conversation, msg.seq)
      this.#heads.set(msg.topic, heads)
    }
    if (msg.json === undefined) return
    const push = msg.seq > 0 ? { conversation: msg.conversation, seq: msg.seq } : undefined
    for (const connection of this.#subscribers(msg.topic)) {
      if (connection !== msg.except) this.#write(connection, msg.json, push)
    }
  }

  #subscribe({ connection, topic, heads }: Extract<GatewayMsg, { type: 'subscribe' }>): void {
    const served = this.#served.get(connection)
    if (served === undefined) return
    this.#subscribers(topic).add(connection)
    for (const { conversation, seq } of heads) {
      const to = this.#heads.get(topic)?.get(conversation) ?? 0
      if (to > seq) served.socket.onFrame({ op: 'lagged', conversation, from: seq + 1, to })
    }
    this.#baseline({ type: 'baseline', topic, heads })
  }

  #baseline({ topic, heads }: Extract<GatewayMsg, { type: 'baseline' }>): void {
    const known = this.#heads.get(topic) ?? new Map<string, number>()
    this.#heads.set(topic, known)
    for (const { conversation, seq } of heads) {
      if (!known.has(conversation)) known.set(conversation, seq)
    }
  }

  #write(connection: number, data: string, push: { conversation: string; seq: number } | undefined): void {
    const served = this.#served.get(connection)
    if (served === undefined) return
    if (served.congested && push !== undefined) {
      const { from, to } = served.lagged.get(push.conversation) ?? { from: push.seq, to: push.seq }
      const range = { from: Math.min(from, push.seq), to: Math.max(to, push.seq) }
      served.lagged.set(push.conversation, range)
    } else served.socket.onFrame(json.decode(data) as ServerFrame)
  }

  #close(connection: number, code: number): void {
    const served = this.#served.get(connection)
    if (served === undefined) return
    this.drop(connection)
    served.socket.onClose(code)
  }

  #forget(served: Served): void {
    const { connection } = served.socket
    this.#served.delete(connection)
    for (const subscribers of this.#topics.values()) subscribers.delete(connection)
  }

  #start(served: Served, start: SessionArg['start']): void {
    const { connection, user, device } = served.socket
    const thread = shardOf(user, this.#threads)
    const starter = this.#ctx.whereis<SessionsMsg>(`sessions.${thread}`)
    const again = (): void => {
      if (this.#served.get(connection) === served) this.after(RETRY_MS, () => this.#start(served, start))
    }
    if (starter === undefined) return again()
    const arg: SessionArg = { connection, user, device, codec: 'guildhall.v1.json', start }
    this.#ctx.ask(starter, { type: 'start', arg }, (outcome) => ({
      type: 'run',
      run: () => (outcome.ok ? this.#started(served, outcome.value) : again()),
    }))
  }

  #started(served: Served, session: Ref<SessionMsg>): void {
    if (this.#served.get(served.socket.connection) !== served) {
      this.#ctx.send(session, { type: 'closed' })
      return
    }
    served.session = session
    this.#bySession.set(session, served)
    this.#ctx.monitor(session)
    for (const data of served.held.splice(0)) this.#ctx.send(session, { type: 'frame', data })
  }

  #down(ref: AnyRef): void {
    const served = this.#bySession.get(ref)
    this.#bySession.delete(ref)
    if (served === undefined || served.session !== ref) return
    served.session = undefined
    if (this.#served.get(served.socket.connection) === served) this.#start(served, { kind: 'replace' })
  }

  #hintsWereLost(thread: number): void {
    for (const { session } of this.#served.values()) {
      if (session !== undefined && session.thread !== thread) this.#ctx.send(session, { type: 'catchUp' })
    }
    for (const key of this.#heads.keys()) {
      const relays = this.#ctx.whereis<RelayRequest>(`relays.${shardOf(key, this.#threads)}`)
      if (relays !== undefined) this.#ctx.send(relays, { type: 'check', key })
    }
  }
}
