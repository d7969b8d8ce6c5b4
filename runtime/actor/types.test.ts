/**
 * What the compiler accepts and refuses: checked by `tsc`, never run. A line under `@ts-expect-error` that
 * compiles is an error itself.
 */

import { describe, it } from 'node:test'
import type { AnyRef, Context, Down, Outcome, Ref, ReplyOf, ReplyTo, RequestTo } from './index.ts'
import { type ActorDefinition, defineActor, stop } from './index.ts'

type Post = { type: 'post'; text: string }
type Join = { type: 'join' }
type Count = { type: 'count'; replyTo: ReplyTo<number> }
type Find = { type: 'find'; text: string; replyTo: ReplyTo<string | undefined> }
type RoomMsg = Post | Join | Count | Find

declare const ctx: Context<{ type: 'counted'; n: number } | Down>
declare const room: Ref<RoomMsg>
declare const joiner: Ref<Join>
declare const anyone: AnyRef

/** Fails to compile unless both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(_proof: Same<A, B>): void => {}

const counter: ActorDefinition<{ n: number }, Join | Count, { from: number }> = defineActor({
  name: 'counter',
  init: ({ from }: { from: number }) => ({ n: from }),
  handle(state: { n: number }, msg: Join | Count, context) {
    if (msg.type === 'join') return stop()
    return context.reply(msg.replyTo, state.n)
  },
})

/** A ref that understands more may stand for one that understands less, and never the other way round. */
const standingIn = (): void => {
  const less: Ref<Join> = room
  const nothing: AnyRef = room
  // @ts-expect-error a joiner does not understand `post`
  const more: Ref<RoomMsg> = joiner
  // @ts-expect-error through an AnyRef nothing can be sent
  const all: Ref<Join> = anyone
  void [less, nothing, more, all]
}

const sending = (): void => {
  ctx.send(room, { type: 'post', text: 'hello' })
  ctx.send(joiner, { type: 'join' })
  // @ts-expect-error no such message
  ctx.send(room, { type: 'part' })
  // @ts-expect-error its text is missing
  ctx.send(room, { type: 'post' })
  // @ts-expect-error a joiner does not understand `post`
  ctx.send(joiner, { type: 'post', text: 'hello' })
  // @ts-expect-error nothing can be sent through an AnyRef
  ctx.send(anyone, { type: 'join' })
  ctx.sendAfter(10, room, { type: 'join' })
  // @ts-expect-error no such message
  ctx.sendAfter(10, room, { type: 'part' })
}

const calling = async (): Promise<void> => {
  const count = await ctx.call(room, { type: 'count' })
  same<typeof count, number>(true)
  const found = await ctx.call(room, { type: 'find', text: 'hello' }, { timeoutMs: 100 })
  same<typeof found, string | undefined>(true)
  // @ts-expect-error its text is missing
  await ctx.call(room, { type: 'find' })
  // @ts-expect-error no such request
  await ctx.call(room, { type: 'size' })
  // @ts-expect-error not a request: it has no replyTo
  await ctx.call(room, { type: 'join' })
  // @ts-expect-error a joiner answers nothing
  await ctx.call(joiner, { type: 'count' })
  // @ts-expect-error nothing can be asked of an AnyRef
  await ctx.call(anyone, { type: 'count' })
}

const asking = (): void => {
  ctx.ask(room, { type: 'count' }, (outcome) => {
    same<typeof outcome, Outcome<number>>(true)
    return { type: 'counted', n: outcome.ok ? outcome.value : 0 }
  })
  // @ts-expect-error the outcome must become a message of this actor
  ctx.ask(room, { type: 'count' }, (outcome) => ({ type: 'found', ok: outcome.ok }))
}

const answering = (toNumber: ReplyTo<number>, toAnything: ReplyTo<unknown>): void => {
  ctx.reply(toNumber, 7)
  // @ts-expect-error the caller waits for a number
  ctx.reply(toNumber, 'seven')
  const narrower: ReplyTo<number> = toAnything
  // @ts-expect-error whoever waits for a number cannot take anything
  const wider: ReplyTo<unknown> = toNumber
  void [narrower, wider]
}

const starting = async (): Promise<void> => {
  const near = ctx.spawn(counter, { from: 1 })
  same<typeof near, Ref<Join | Count>>(true)
  const far = await ctx.spawnAt({ key: 'a' }, counter, { from: 1 }, { link: true })
  same<typeof far, Ref<Join | Count>>(true)
  // @ts-expect-error its argument is missing
  ctx.spawn(counter)
  // @ts-expect-error its argument is of another kind
  ctx.spawn(counter, { from: 'one' })
  // @ts-expect-error its argument is of another kind
  await ctx.spawnAt('here', counter, 1)
}

const watching = (): void => {
  ctx.monitor(room)
  ctx.link(anyone)
  const found = ctx.whereis<RoomMsg>('lobby')
  same<typeof found, Ref<RoomMsg> | undefined>(true)
}

describe('the requests of a protocol', () => {
  it('are its messages with a replyTo, written without it', () => {
    same<RequestTo<RoomMsg>, Omit<Count, 'replyTo'> | Omit<Find, 'replyTo'>>(true)
    same<ReplyOf<RoomMsg, 'count'>, number>(true)
    same<ReplyOf<RoomMsg, 'find'>, string | undefined>(true)
    same<ReplyOf<RoomMsg, 'join'>, never>(true)
  })
})

describe('a context', () => {
  it('refuses what the other side does not understand', () => {
    void [standingIn, sending, calling, asking, answering, starting, watching]
  })
})
