/**
 * The actors that our side of the runtime scenario measures. A module of the node, so that every thread knows
 * them.
 */
import {
  type Context,
  childTemplate,
  type DynamicSupervisorMsg,
  defineActor,
  type Ref,
  type ReplyTo,
  stop,
  supervisor,
} from '../../../runtime/index.ts'

/** Messages carry a tag and nothing else, as the peers' do; like an Erlang atom, each is made once. */
const TICK = { type: 'tick' } as const
const PING = { type: 'ping' } as const
const GO = { type: 'go' } as const

export type RunMsg = { readonly type: 'run'; readonly count: number; readonly replyTo: ReplyTo<number> }

export type CountMsg = typeof TICK | { readonly type: 'ask'; readonly replyTo: ReplyTo<number> }

/** Counts what it gets. Also stands for an idle actor. */
export const counter = defineActor<{ handled: number }, CountMsg>({
  name: 'bench.counter',
  init: () => ({ handled: 0 }),
  handle(state, msg, ctx) {
    if (msg.type === 'tick') state.handled++
    else ctx.reply(msg.replyTo, state.handled)
  },
})

/** Starts many actors in a row; over when the last one answers. */
export const spawner = defineActor<null, RunMsg | { readonly type: 'clear' }>({
  name: 'bench.spawner',
  init: () => null,
  async handle(_state, msg, ctx) {
    // Its children are linked to it, so that its end is theirs.
    if (msg.type === 'clear') return stop('shutdown')
    const startedAt = performance.now()
    let last = ctx.spawn(counter, undefined, { link: true })
    for (let left = msg.count - 1; left > 0; left--) last = ctx.spawn(counter, undefined, { link: true })
    await ctx.call(last, { type: 'ask' })
    ctx.reply(msg.replyTo, performance.now() - startedAt)
    return undefined
  },
})

export interface Sweeps {
  readonly actors: number
  readonly sweeps: number
}

/** Sends one message to each of its actors per sweep, and waits for the last one before the next sweep. */
export const fanOut = defineActor<Ref<CountMsg>[], RunMsg, Sweeps>({
  name: 'bench.fan-out',
  init: ({ actors }, ctx) =>
    Array.from({ length: actors }, () => ctx.spawn(counter, undefined, { link: true })),
  async handle(refs, msg, ctx) {
    const last = refs.at(-1) as Ref<CountMsg>
    await ctx.call(last, { type: 'ask' })
    const startedAt = performance.now()
    for (let sweep = 0; sweep < msg.count; sweep++) {
      for (const ref of refs) ctx.send(ref, TICK)
      await ctx.call(last, { type: 'ask' })
    }
    const took = performance.now() - startedAt
    let handled = 0
    for (const ref of refs) handled += await ctx.call(ref, { type: 'ask' })
    if (handled !== msg.count * refs.length)
      throw new Error(`Cannot count the sweeps: ${handled} were handled`)
    ctx.reply(msg.replyTo, took)
    return stop('shutdown')
  },
})

type PongMsg = typeof PING

const pong = defineActor<Ref<PongMsg>, PongMsg, Ref<PongMsg>>({
  name: 'bench.pong',
  init: (ping) => ping,
  handle(ping, _msg, ctx) {
    ctx.send(ping, PING)
  },
})

interface PingState {
  left: number
  startedAt: number
  replyTo: ReplyTo<number> | undefined
  readonly pong: Ref<PongMsg>
}

export const ping = defineActor<PingState, PongMsg | RunMsg>({
  name: 'bench.ping',
  init: (_arg, ctx) => ({
    left: 0,
    startedAt: 0,
    replyTo: undefined,
    pong: ctx.spawn(pong, ctx.self, { link: true }),
  }),
  handle(state, msg, ctx) {
    if (msg.type === 'run') {
      state.left = msg.count
      state.replyTo = msg.replyTo
      state.startedAt = performance.now()
    } else if (--state.left === 0) {
      ctx.reply(state.replyTo as ReplyTo<number>, performance.now() - state.startedAt)
      return
    }
    ctx.send(state.pong, PING)
  },
})

/**
 * So many messages at a time are under way: mailboxes and rings are bounded, and a sender that is refused
 * waits.
 */
const BATCH = 4_096
export type SinkMsg = typeof TICK | { readonly type: 'batchDone'; readonly to: Ref<FloodMsg> }
export type FloodMsg = typeof GO | RunMsg

export const sink = defineActor<{ handled: number }, SinkMsg>({
  name: 'bench.sink',
  init: () => ({ handled: 0 }),
  handle(state, msg, ctx) {
    if (msg.type === 'tick') state.handled++
    else ctx.send(msg.to, GO)
  },
})

interface FloodState {
  readonly sink: Ref<SinkMsg>
  unsent: number
  batches: number
  startedAt: number
  replyTo: ReplyTo<number> | undefined
}

/** Sends as fast as it can, two batches ahead of what has been handled. */
export const flood = defineActor<FloodState, FloodMsg, Ref<SinkMsg>>({
  name: 'bench.flood',
  init: (ref) => ({ sink: ref, unsent: 0, batches: 0, startedAt: 0, replyTo: undefined }),
  handle(state, msg, ctx) {
    if (msg.type === 'run') {
      state.unsent = msg.count
      state.replyTo = msg.replyTo
      state.startedAt = performance.now()
      sendBatch(state, ctx)
    } else {
      state.batches--
    }
    sendBatch(state, ctx)
    if (state.batches === 0) ctx.reply(state.replyTo as ReplyTo<number>, performance.now() - state.startedAt)
  },
})

function sendBatch(state: FloodState, ctx: Context<FloodMsg>): void {
  const size = Math.min(BATCH, state.unsent)
  if (size === 0) return
  for (let left = size; left > 0; left--) {
    const refusal = ctx.send(state.sink, TICK)
    if (refusal !== undefined) throw new Error(`Cannot flood: ${refusal.message}`)
  }
  ctx.send(state.sink, { type: 'batchDone', to: ctx.self })
  state.unsent -= size
  state.batches++
}

export const caller = defineActor<Ref<CountMsg>, RunMsg>({
  name: 'bench.caller',
  init: (_arg, ctx) => ctx.spawn(counter, undefined, { link: true }),
  async handle(server, { count, replyTo }, ctx) {
    const startedAt = performance.now()
    for (let left = count; left > 0; left--) await ctx.call(server, { type: 'ask' })
    ctx.reply(replyTo, performance.now() - startedAt)
  },
})

/** Told of every start; counts outside any actor, as the peers do. */
export interface Crashes {
  readonly started: () => boolean
}

/** Crashes on a message that it sends itself as it starts, while `started` says so. */
export const crasher = defineActor<null, typeof GO, Crashes>({
  name: 'bench.crasher',
  init({ started }, ctx) {
    if (started()) ctx.send(ctx.self, GO)
    return null
  },
  handle() {
    return stop('crash')
  },
})

export const idleChildren = supervisor('bench.idle-children', {
  strategy: 'oneForOne',
  template: childTemplate(counter, { restart: 'permanent', shutdownMs: 0 }),
})

interface FillMsg {
  readonly type: 'fill'
  readonly children: Ref<DynamicSupervisorMsg<void, CountMsg>>
  readonly count: number
  readonly replyTo: ReplyTo<number>
}

/** Starts the children of `idleChildren` one after the other, and keeps no ref of them. */
export const starter = defineActor<null, FillMsg>({
  name: 'bench.starter',
  init: () => null,
  async handle(_state, { children, count, replyTo }, ctx) {
    for (let left = count; left > 0; left--) {
      await ctx.call(children, { type: 'startChild', arg: undefined, key: undefined })
    }
    ctx.reply(replyTo, count)
  },
})

/** Microseconds on the clock that all threads of the machine share. */
const sharedClockUs = (): number => Number(process.hrtime.bigint()) / 1_000

interface WakeMsg {
  readonly type: 'wake'
  readonly sentAtUs: number
  readonly from: Ref<WakerMsg>
}

/** Tells how long a message was under way. */
export const sleeper = defineActor<null, WakeMsg>({
  name: 'bench.sleeper',
  init: () => null,
  handle(_state, msg, ctx) {
    ctx.send(msg.from, { type: 'woken', afterUs: sharedClockUs() - msg.sentAtUs })
  },
})

interface WakerState {
  readonly sleeper: Ref<WakeMsg>
  readonly idleMs: number
  readonly times: number[]
  left: number
  replyTo: ReplyTo<number[]> | undefined
}

type WakerMsg =
  | { readonly type: 'run'; readonly count: number; readonly replyTo: ReplyTo<number[]> }
  | { readonly type: 'idle' }
  | { readonly type: 'woken'; readonly afterUs: number }

/** Wakes the sleeper's thread again and again, each time after both threads have been idle for a while. */
export const waker = defineActor<WakerState, WakerMsg, { sleeper: Ref<WakeMsg>; idleMs: number }>({
  name: 'bench.waker',
  init: ({ sleeper, idleMs }) => ({ sleeper, idleMs, times: [], left: 0, replyTo: undefined }),
  handle(state, msg, ctx) {
    if (msg.type === 'idle') {
      ctx.send(state.sleeper, { type: 'wake', sentAtUs: sharedClockUs(), from: ctx.self })
      return
    }
    if (msg.type === 'run') {
      state.left = msg.count
      state.replyTo = msg.replyTo
    } else state.times.push(msg.afterUs)
    if (state.left-- > 0) ctx.sendAfter(state.idleMs, ctx.self, { type: 'idle' })
    else ctx.reply(state.replyTo as ReplyTo<number[]>, state.times.splice(0))
  },
})
