/**
 * sessions: starts a session for each connection that the gateway asks for.
 *
 * Guarantees: the crash of a session touches no other; their end is this one's. It restarts none: the gateway,
 * which knows whether the socket is still there, asks for another.
 */

import { defineActor } from '../runtime/index.ts'
import type { SessionsMsg } from './messages.ts'
import { session } from './session.ts'

/** Every connection of a thread may come at once, after a restart. */
const MAILBOX_LIMIT = 100_000

export const sessions = defineActor<null, SessionsMsg>({
  name: 'sessions',
  mailbox: { limit: MAILBOX_LIMIT },
  trapExit: true,
  async init(_arg, ctx) {
    await ctx.register(`sessions.${ctx.thread}`)
    return null
  },
  handle(_state, msg, ctx) {
    if (msg.type === 'start') ctx.reply(msg.replyTo, ctx.spawn(session, msg.arg, { link: true }))
  },
})
