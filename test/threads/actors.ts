/** Actors for the tests on real threads: every thread loads them from here. */

import {
  type Context,
  type Down,
  defineActor,
  type Exit,
  type Ref,
  type ReplyTo,
} from '../../runtime/actor/index.ts'

export type EchoMsg =
  | { type: 'echo'; value: unknown; replyTo: ReplyTo<unknown> }
  | { type: 'crash' }
  | { type: 'loop' }
  | { type: 'exitProcess' }
  | { type: 'throwOutside' }
  | { type: 'rejectOutside' }
  | { type: 'loopOutside' }
  | { type: 'leakObjects' }
  | { type: 'leakArray' }
  | { type: 'leakMap' }
  | { type: 'leakBuffers' }
  | { type: 'join'; group: string; replyTo: ReplyTo<null> }

/** Answers, and does to its thread whatever a test asks for. */
export const echo = defineActor<null, EchoMsg, void>({
  name: 'echo',
  init: () => null,
  handle(_state, msg, ctx) {
    switch (msg.type) {
      case 'echo':
        return ctx.reply(msg.replyTo, msg.value)
      case 'join':
        ctx.join(msg.group)
        return ctx.reply(msg.replyTo, null)
      case 'crash':
        throw new Error('crashed as asked')
      case 'loop':
        for (;;);
      case 'exitProcess':
        return process.exit(3)
      case 'throwOutside':
        setImmediate(() => {
          throw new TypeError('thrown outside a handler')
        })
        return
      case 'rejectOutside':
        void Promise.reject(new Error('rejected outside a handler'))
        return
      case 'loopOutside':
        setImmediate(() => {
          for (;;);
        })
        return
      default:
        return leak(msg.type)
    }
  },
})

const kept: unknown[] = []

/** Holds on to memory as fast as it can, without ever returning. */
function leak(kind: 'leakObjects' | 'leakArray' | 'leakMap' | 'leakBuffers'): void {
  const map = new Map<number, number>()
  const array: number[] = []
  kept.push(map, array)
  for (let i = 0; ; i++) {
    if (kind === 'leakMap') map.set(i, i)
    else if (kind === 'leakArray') array.push(i + 0.5)
    else if (kind === 'leakBuffers') kept.push(Buffer.alloc(64 * 1_024, 1))
    else array.push({ i, text: `object ${i}` } as never)
  }
}

export interface WatchNote {
  readonly what: 'down' | 'exit'
  readonly ref: string
  readonly reason: unknown
}

export type WatcherMsg =
  | Down
  | Exit
  | { type: 'watch'; ref: Ref<never>; how: 'link' | 'monitor'; replyTo: ReplyTo<null> }
  | { type: 'askOn'; ref: Ref<EchoMsg>; replyTo: ReplyTo<unknown> }
  | { type: 'notes'; atLeast: number; replyTo: ReplyTo<readonly WatchNote[]> }

interface WatcherState {
  readonly notes: WatchNote[]
  waiting: { atLeast: number; replyTo: ReplyTo<readonly WatchNote[]> } | undefined
}

/** Links to and monitors others, and tells what it heard of their ends. */
export const watcher = defineActor<WatcherState, WatcherMsg, void>({
  name: 'watcher',
  trapExit: true,
  init: () => ({ notes: [], waiting: undefined }),
  handle(state, msg, ctx) {
    switch (msg.type) {
      case 'watch':
        if (msg.how === 'link') ctx.link(msg.ref)
        else ctx.monitor(msg.ref)
        return ctx.reply(msg.replyTo, null)
      case 'askOn':
        return void ctx.send(msg.ref, { type: 'echo', value: null, replyTo: msg.replyTo })
      case 'notes':
        state.waiting = msg
        break
      default:
        state.notes.push({ what: msg.type, ref: msg.ref.toString(), reason: msg.reason })
    }
    const { waiting } = state
    if (waiting === undefined || state.notes.length < waiting.atLeast) return
    state.waiting = undefined
    ctx.reply(waiting.replyTo, state.notes)
  },
})

export type ReceiverMsg =
  | { type: 'number'; from: number; n: number }
  | { type: 'report'; replyTo: ReplyTo<Received> }

/** What arrived of each sender. */
export interface Received {
  /** By sender. */
  readonly counts: ReadonlyMap<number, number>
  /** Numbers that were not larger than the one before them, of any sender. */
  readonly disorder: number
}

/** Checks that every sender's numbers grow. */
export const receiver = defineActor<
  { counts: Map<number, number>; last: number[]; disorder: number },
  ReceiverMsg,
  void
>({
  name: 'receiver',
  mailbox: { limit: 1_000_000 },
  init: () => ({ counts: new Map(), last: [], disorder: 0 }),
  handle(state, msg, ctx) {
    if (msg.type === 'report')
      return ctx.reply(msg.replyTo, { counts: state.counts, disorder: state.disorder })
    if (msg.n <= (state.last[msg.from] ?? 0)) state.disorder++
    state.last[msg.from] = msg.n
    state.counts.set(msg.from, (state.counts.get(msg.from) ?? 0) + 1)
  },
})

export type SenderMsg = { type: 'burst' } | { type: 'run'; replyTo: ReplyTo<SenderReport> }

export interface SenderReport {
  readonly accepted: number
  readonly refused: number
}

interface SenderState {
  readonly id: number
  readonly to: Ref<ReceiverMsg>
  readonly total: number
  n: number
  accepted: number
  refused: number
  waiting: ReplyTo<SenderReport> | undefined
}

const BURST = 500

/**
 * Sends growing numbers in bursts that overfill a ring, and counts what was accepted. A refused number is not
 * sent again.
 */
export const sender = defineActor<
  SenderState,
  SenderMsg,
  { id: number; to: Ref<ReceiverMsg>; total: number }
>({
  name: 'sender',
  init: (arg) => ({ ...arg, n: 0, accepted: 0, refused: 0, waiting: undefined }),
  handle(state, msg, ctx) {
    if (msg.type === 'run') state.waiting = msg.replyTo
    burst(state, ctx)
    if (state.n < state.total || state.waiting === undefined) return
    ctx.reply(state.waiting, { accepted: state.accepted, refused: state.refused })
  },
})

function burst(state: SenderState, ctx: Context<SenderMsg>): void {
  for (let i = 0; i < BURST && state.n < state.total; i++) {
    const refusal = ctx.send(state.to, { type: 'number', from: state.id, n: ++state.n })
    if (refusal === undefined) state.accepted++
    else state.refused++
  }
  if (state.n < state.total) ctx.sendAfter(1, ctx.self, { type: 'burst' })
}

export type WorkerMsg =
  | { type: 'work'; export: string; input: unknown; replyTo: ReplyTo<unknown> }
  | {
      type: 'worked'
      outcome: { ok: true; value: unknown } | { ok: false; error: Error }
      replyTo: ReplyTo<unknown>
    }

/** Has the dirty pool do something and answers with how it went. */
export const askForWork = defineActor<null, WorkerMsg, void>({
  name: 'askForWork',
  init: () => null,
  handle(_state, msg, ctx) {
    const { replyTo } = msg
    if (msg.type === 'work') {
      const work = { module: new URL('./work.ts', import.meta.url).href, export: msg.export }
      const input = msg.input === 'a function' ? () => {} : msg.input
      return ctx.work(work, input, (outcome) => ({ type: 'worked', outcome, replyTo }))
    }
    if (msg.outcome.ok) ctx.reply(replyTo, msg.outcome.value)
    else ctx.replyError(replyTo as ReplyTo<never>, msg.outcome.error)
  },
})

/** Keeps trying to be in the way: starts a child that crashes at once, again and again. */
export const crashMachine = defineActor<{ crashes: number }, { type: 'tick' } | Down, void>({
  name: 'crashMachine',
  init(_arg, ctx) {
    ctx.send(ctx.self, { type: 'tick' })
    return { crashes: 0 }
  },
  handle(state, msg, ctx) {
    if (msg.type === 'down') {
      state.crashes++
      return
    }
    for (let i = 0; i < 20; i++) ctx.spawn(crasher, undefined, { monitor: true })
    ctx.sendAfter(10, ctx.self, { type: 'tick' })
  },
})

export const crasher = defineActor<null, never, void>({
  name: 'crasher',
  init: () => {
    throw new Error('crashes at once')
  },
  handle() {},
})

export type RollCallMsg = { type: 'present' } | { type: 'wait'; count: number; replyTo: ReplyTo<number> }

/** Counts who reports, and answers once so many have. */
export const rollCall = defineActor<
  { present: number; waiting: { count: number; replyTo: ReplyTo<number> } | undefined },
  RollCallMsg,
  void
>({
  name: 'rollCall',
  mailbox: { limit: 100_000 },
  init: () => ({ present: 0, waiting: undefined }),
  handle(state, msg, ctx) {
    if (msg.type === 'present') state.present++
    else state.waiting = msg
    const { waiting } = state
    if (waiting === undefined || state.present < waiting.count) return
    state.waiting = undefined
    ctx.reply(waiting.replyTo, state.present)
  },
})

/** Reports to whoever is registered as `roll call` as soon as it runs. */
export const pupil = defineActor<null, never, void>({
  name: 'pupil',
  init(_arg, ctx) {
    ctx.sendTo('roll call', { type: 'present' } satisfies RollCallMsg)
    return null
  },
  handle() {},
})
