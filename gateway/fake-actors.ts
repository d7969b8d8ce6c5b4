/**
 * Fake session actors, for tests of the gateway alone: they do what the client's frames tell them to. Their threads have
 * no store and no other actor.
 */

import type { GatewayMsg, SessionArg, SessionMsg, SessionsMsg } from '../actors/index.ts'
import { type Context, child, defineActor, type Ref, supervisor } from '../runtime/index.ts'
import type { Actors } from './tree.ts'

/** What a client of a fake session may send. */
type FakeCommand =
  | { readonly op: Flood; readonly count: number; readonly bytes: number }
  | { readonly op: 'subscribe' }
  | { readonly op: 'crash' }
  /** Answered with a heartbeat. */
  | { readonly op: 'barrier'; readonly ref: number }
  | { readonly op: 'heartbeat'; readonly ref: number }

/** `missed`: pushes of what the topic had before. */
type Flood = 'answers' | 'pushes' | 'missed' | 'publish'

/** The topic and the conversation of all fakes. */
const TOPIC = '7'
const FLOOD_PART = 20

interface State {
  readonly arg: SessionArg
  readonly gateway: Ref<GatewayMsg>
  seq: number
}

type Ctx = Context<SessionMsg>

export const fakeSession = defineActor<State, SessionMsg, SessionArg>({
  name: 'session',
  init(arg, ctx) {
    const state: State = { arg, gateway: ctx.whereis<GatewayMsg>('gateway') as Ref<GatewayMsg>, seq: 0 }
    const { start } = arg
    if (start.kind === 'replace') write(state, ctx, { op: 'resync' })
    else if (start.kind === 'resume') {
      write(state, ctx, { op: 'resumed', session: start.session, resume: start.resume })
    } else {
      const { session, resume } = start
      const rest = { user: { id: arg.user }, device: arg.device, inbox: 0, conversations: [], guilds: [] }
      write(state, ctx, { op: 'ready', session, resume, ...rest })
    }
    return state
  },
  async handle(state, msg, ctx) {
    if (msg.type === 'writable') for (const frame of msg.lagged) write(state, ctx, frame)
    if (msg.type !== 'frame') return
    const command = JSON.parse(Buffer.from(msg.data).toString()) as FakeCommand
    await obey(state, command, ctx)
  },
})

async function obey(state: State, command: FakeCommand, ctx: Ctx): Promise<void> {
  const { connection } = state.arg
  switch (command.op) {
    case 'crash':
      throw new Error('as told')
    case 'subscribe':
      ctx.send(state.gateway, { type: 'subscribe', connection, topic: TOPIC, heads: [] })
      return
    case 'barrier':
      await ctx.call(state.gateway, { type: 'barrier', connection }, { timeoutMs: 60_000 })
      return write(state, ctx, { op: 'heartbeat', ref: command.ref })
    case 'heartbeat':
      return write(state, ctx, command)
    default:
      for (let i = 0; i < command.count; i++) {
        flood(state, command.op, command.bytes, ctx)
        // A ring holds 4 MiB: waits until the gateway has taken what is in it.
        if (i % FLOOD_PART === 0) await ctx.call(state.gateway, { type: 'topicHeads', topic: TOPIC })
      }
  }
}

function flood(state: State, op: Flood, bytes: number, ctx: Ctx): void {
  const { connection } = state.arg
  const seq = ++state.seq
  const json = JSON.stringify({ op: 'message', conversation: TOPIC, seq, body: 'x'.repeat(bytes) })
  if (op === 'publish') {
    const message = { conversation: TOPIC, seq, at: ctx.now(), json, msgpack: undefined }
    const publish = { topic: TOPIC, except: connection, ...message }
    ctx.send(state.gateway, { type: 'publish', ...publish })
  } else {
    const push = op === 'answers' ? {} : { push: { conversation: TOPIC, seq } }
    const topic = op === 'missed' ? { topic: TOPIC } : {}
    ctx.send(state.gateway, { type: 'write', connection, data: json, ...push, ...topic })
  }
}

function write({ arg, gateway }: State, ctx: Ctx, frame: object): void {
  ctx.send(gateway, { type: 'write', connection: arg.connection, data: JSON.stringify(frame) })
}

export const fakeSessions = defineActor<null, SessionsMsg>({
  name: 'sessions',
  trapExit: true,
  async init(_arg, ctx) {
    await ctx.register(`sessions.${ctx.thread}`)
    return null
  },
  handle(_state, msg, ctx) {
    if (msg.type === 'start') ctx.reply(msg.replyTo, ctx.spawn(fakeSession, msg.arg, { link: true }))
  },
})

export const fakeShard = supervisor('shard', {
  strategy: 'oneForOne',
  children: [child('sessions', fakeSessions)],
})

export const FAKE_ACTORS: Actors = {
  module: import.meta.resolve('./fake-actors.ts'),
  shard: fakeShard as Actors['shard'],
}
