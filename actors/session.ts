/**
 * Session: one per connection. Decodes what the client says, asks the owners, and writes what happens to its user.
 *
 * Guarantees: each number of the inbox is shown once and in order on this connection, without the connection's own
 * messages; client frames that arrive while the replay runs are handled after it, in order.
 *
 * Holds nothing that matters: a session that dies is replaced, and the client asks for what it misses.
 */

import { CLOSE } from '../protocol/index.ts'
import { type Context, defineActor, stop, unreachable } from '../runtime/index.ts'
import { tenantOf, userOf } from '../storage/index.ts'
import type { SessionArg, SessionMsg, UsersMsg } from './messages.ts'
import { catchUp, deliver, follow } from './session-inbox.ts'
import { close, isOver, write } from './session-outbox.ts'
import { handleFrame } from './session-requests.ts'
import { start } from './session-start.ts'
import { holdEvent, holdFrame, SessionState } from './session-state.ts'
import { join, leave, leaveAll } from './session-topics.ts'

type Ctx = Context<SessionMsg>

export const session = defineActor<SessionState, SessionMsg, SessionArg>({
  name: 'session',
  init(arg, ctx) {
    const state = new SessionState(arg)
    start(state, ctx, arg.start, () => goLive(state, ctx))
    return state
  },
  handle(state, msg, ctx) {
    if (msg.type === 'done') return msg.run()
    if (msg.type === 'closed') {
      state.phase = 'closed'
      leaveAll(state, ctx)
      return stop()
    }
    if (!isOver(state)) take(state, msg, ctx)
    return undefined
  },
  // Topics stay after a crash: the socket lives on, and the next session of the connection joins them again.
  terminate({ user, connection }, _reason, ctx) {
    ctx.sendTo(`users.${ctx.thread}`, { type: 'offline', user, connection } satisfies UsersMsg)
  },
  about: (state) => ({
    user: userOf(state.user),
    tenant: tenantOf(state.user),
    device: state.device,
    connection: state.connection,
    phase: state.phase,
    // How far it is through the inbox, and how far it has been told that the inbox goes.
    n: state.n,
    target: state.target,
    pulling: state.pulling,
    topics: state.topics?.length ?? 0,
    open: state.open,
    unsent: state.unsent?.length ?? 0,
    waiting: (state.waiting?.frames.length ?? 0) + (state.waiting?.events.length ?? 0),
  }),
  // Some of what was written is lost, and nobody knows what: the client asks for all that it misses.
  refused(state, { to }, ctx) {
    if (to.thread === 0 && !isOver(state)) write(state, ctx, { op: 'resync' })
  },
})

function take(state: SessionState, msg: Exclude<SessionMsg, { type: 'done' | 'closed' }>, ctx: Ctx): void {
  const isOpening = state.phase === 'opening'
  switch (msg.type) {
    case 'frame':
      if (!isOpening) return handleFrame(state, ctx, msg.data)
      if (!holdFrame(state, msg.data)) close(state, ctx, CLOSE.tooManyFrames)
      return
    case 'deliver':
      // One that has a number only raises the target while the session opens.
      if (!isOpening || msg.n > 0) return deliver(state, ctx, msg)
      if (!holdEvent(state, msg)) close(state, ctx, CLOSE.internal)
      return
    case 'event':
      if (!isOpening) return tellEvent(state, ctx, msg)
      if (!holdEvent(state, msg)) close(state, ctx, CLOSE.internal)
      return
    case 'writable':
      for (const frame of msg.lagged) write(state, ctx, frame)
      return
    case 'catchUp':
      return catchUp(state, ctx)
    default:
      return unreachable(msg)
  }
}

/** What has waited for the end of the replay comes now, events first. */
function goLive(state: SessionState, ctx: Ctx): void {
  state.phase = 'live'
  follow(state, ctx)
  const { waiting } = state
  state.waiting = undefined
  for (const event of waiting?.events ?? []) take(state, event, ctx)
  for (const data of waiting?.frames ?? []) if (!isOver(state)) handleFrame(state, ctx, data)
}

function tellEvent(state: SessionState, ctx: Ctx, event: Extract<SessionMsg, { type: 'event' }>): void {
  if (event.except !== state.connection) write(state, ctx, event.frame)
  if (event.join !== undefined) join(state, ctx, event.join, event.frame)
  if (event.leave !== undefined) leave(state, ctx, event.leave)
}
