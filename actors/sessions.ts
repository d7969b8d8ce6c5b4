/**
 * sessions: starts a session for each connection that the gateway asks for.
 *
 * Guarantees: the crash of a session touches no other; their end is this one's. It restarts none: the gateway,
 * which knows whether the socket is still there, asks for another.
 *
 * As the last child of its shard it starts again with whichever other does, and says so to the gateway: by then every
 * actor is there that has to look for what was lost.
 */

import { type Context, defineActor } from '../runtime/index.ts'
import type { GatewayMsg, SessionsMsg } from './messages.ts'
import { session } from './session.ts'

/** Every connection of a thread may come at once, after a restart. */
const MAILBOX_LIMIT = 100_000
const RETRY_MS = 100

type Msg = SessionsMsg | { readonly type: 'sayStarted' }

export const sessions = defineActor<null, Msg>({
  name: 'sessions',
  mailbox: { limit: MAILBOX_LIMIT },
  trapExit: true,
  async init(_arg, ctx) {
    await ctx.register(`sessions.${ctx.thread}`)
    sayStarted(ctx)
    return null
  },
  handle(_state, msg, ctx) {
    if (msg.type === 'start') ctx.reply(msg.replyTo, ctx.spawn(session, msg.arg, { link: true }))
    else if (msg.type === 'sayStarted') sayStarted(ctx)
  },
  refused: (_state, _refused, ctx) => sayStarted(ctx),
})

/** A gateway that starts later than this sees to everything by itself. */
function sayStarted(ctx: Context<Msg>): void {
  const gateway = ctx.whereis<GatewayMsg>('gateway')
  if (gateway === undefined) return // not sent into the void: each start would leave a dead letter
  const refusal = ctx.send(gateway, { type: 'shardStarted', thread: ctx.thread })
  if (refusal?.code === 'MAILBOX_FULL' || refusal?.code === 'RING_FULL') {
    ctx.sendAfter(RETRY_MS, ctx.self, { type: 'sayStarted' })
  }
}
