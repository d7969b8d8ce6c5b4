/**
 * gatewayActor: what the actors of all threads see of the sockets. A thin shell: the sockets and all that is known of
 * them are in the Gateway, outside, so that not even a crash in here closes one.
 */

import type { GatewayMsg } from '../actors/index.ts'
import {
  type AnyRef,
  type Context,
  type Down,
  defineActor,
  type ReplyTo,
  unreachable,
} from '../runtime/index.ts'
import type { Gateway } from './gateway.ts'

export type GatewayActorMsg =
  | GatewayMsg
  | Down
  /** From the gateway itself: only actors may. */
  | { readonly type: 'monitor'; readonly ref: AnyRef }
  | { readonly type: 'expel'; readonly ref: AnyRef }
  | { readonly type: 'answer'; readonly barrier: ReplyTo<null> }

/** Writes of all threads that wait at once; a session whose write is refused hears of it. */
const MAILBOX_MAX = 200_000

export const gatewayActor = defineActor<Gateway, GatewayActorMsg, Gateway>({
  name: 'gateway',
  mailbox: { limit: MAILBOX_MAX },
  init(gateway, ctx) {
    // After a crash of this actor: its monitors are gone, and writes may be.
    for (const ref of gateway.keeper.refs()) ctx.monitor(ref)
    gateway.hintsWereLost(0)
    return gateway
  },
  handle,
})

function handle(gateway: Gateway, msg: GatewayActorMsg, ctx: Context<GatewayActorMsg>): void {
  switch (msg.type) {
    case 'write':
      return gateway.write(msg.connection, msg)
    case 'close':
      return gateway.close(msg.connection, msg.code)
    case 'subscribe':
      return gateway.subscribe(msg.connection, msg.topic, msg.heads)
    case 'unsubscribe':
      return gateway.unsubscribe(msg.connection, msg.topic)
    case 'publish':
      return gateway.publish(msg)
    case 'barrier':
      return gateway.barrier(msg.connection, msg.replyTo)
    case 'topicHeads':
      return ctx.reply(msg.replyTo, gateway.topicHeads(msg.topic))
    case 'baseline':
      return gateway.topics.baseline(msg.topic, msg.heads)
    case 'shardStarted':
      return gateway.hintsWereLost(msg.thread)
    case 'down':
      return gateway.keeper.down(msg.ref, msg.reason)
    case 'monitor':
      ctx.monitor(msg.ref)
      return
    case 'expel':
      return ctx.exit(msg.ref, 'shutdown')
    case 'answer':
      return ctx.reply(msg.barrier, null)
    default:
      return unreachable(msg)
  }
}
