/**
 * Users: who is online on this thread (users belong to threads by their key), under the name `users.<thread>`.
 *
 * What happens to a user goes to each of his sessions. It is a hint: a session that could not take one is told to look
 * at its inbox, again and again until it hears. Notes when a user was last seen.
 *
 * Sessions say themselves that they end. One that was killed, and so could not, is forgotten when the next event does not
 * reach it. Why no monitors: each costs 250 bytes of heap, and another 170 for finding its user, on every connection.
 */

import { type Context, defineActor, type Ref, unreachable } from '../runtime/index.ts'
import type { UserKey } from '../storage/index.ts'
import type { Connection, Presence, SessionMsg, UserEvent, UsersMsg } from './messages.ts'
import { storeService } from './services.ts'
import { OnlineUsers } from './users-state.ts'

const NUDGE_MS = 100
const LAST_SEEN_RETRY_MS = 1_000
/** Times of leaving that are written together. */
const LAST_SEEN_BATCH = 256

type Msg =
  | UsersMsg
  /** Time to tell the sessions in `behind`. */
  | { readonly type: 'nudge' }
  | { readonly type: 'lastSeen'; readonly failed: readonly (readonly [UserKey, number])[] }
  | { readonly type: 'writeLastSeen' }

interface State {
  readonly online: OnlineUsers
  /** Sessions that refused something. */
  readonly behind: Set<Ref<SessionMsg>>
  /** Not yet written; one entry for each user at most. */
  readonly lastSeen: Map<UserKey, number>
  /** On their way to the store. */
  writing: ReadonlyMap<UserKey, number>
}

const NOTHING: ReadonlyMap<UserKey, number> = new Map()

type Ctx = Context<Msg>
type CatchUp = Extract<SessionMsg, { type: 'catchUp' }>

export const users = defineActor<State, Msg>({
  name: 'users',
  // One for a whole shard: everything that is posted on the node may come at once.
  mailbox: { limit: 100_000 },
  async init(_arg, ctx) {
    await ctx.register(`users.${ctx.thread}`)
    return { online: new OnlineUsers(), behind: new Set(), lastSeen: new Map(), writing: NOTHING }
  },
  about({ online, behind, lastSeen }, user) {
    if (user !== undefined) return { sessions: online.of(user).length }
    return { users: online.size, behind: behind.size, lastSeenUnwritten: lastSeen.size }
  },
  handle(state, msg, ctx) {
    switch (msg.type) {
      case 'online':
        return state.online.add(msg.user, { connection: msg.connection, session: msg.session })
      case 'offline':
        return leave(state, ctx, msg.user, msg.connection)
      case 'deliver':
        for (const [i, user] of msg.users.entries()) {
          const n = msg.numbers[i] ?? 0
          tell(state, ctx, user, { type: 'deliver', n, message: msg.message, from: msg.from })
        }
        return
      case 'event':
        for (const user of msg.users) tell(state, ctx, user, msg.event)
        return
      case 'catchUp':
        for (const user of msg.users) tell(state, ctx, user, { type: 'catchUp' })
        return
      case 'presence':
        return ctx.reply(msg.replyTo, presenceOf(state, msg.user))
      case 'nudge':
        return nudge(state, ctx)
      case 'lastSeen':
        return lastSeenWritten(state, ctx, msg.failed)
      case 'writeLastSeen':
        return writeLastSeen(state, ctx)
      default:
        return unreachable(msg)
    }
  },
})

function leave(state: State, ctx: Ctx, user: UserKey, connection: Connection): void {
  if (!state.online.remove(user, connection) || state.online.of(user).length > 0) return
  state.lastSeen.set(user, ctx.now())
  if (state.writing.size === 0) writeLastSeen(state, ctx)
}

function presenceOf({ online, lastSeen, writing }: State, user: UserKey): Presence {
  return { online: online.of(user).length > 0, leftAt: lastSeen.get(user) ?? writing.get(user) }
}

function tell(state: State, ctx: Ctx, user: UserKey, event: UserEvent | CatchUp): void {
  for (const { connection, session } of state.online.of(user)) {
    const code = ctx.send(session, event)?.code
    if (code === 'ACTOR_GONE') leave(state, ctx, user, connection)
    else if (code === 'MAILBOX_FULL') remind(state, ctx, session)
  }
}

function remind({ behind }: State, ctx: Ctx, session: Ref<SessionMsg>): void {
  if (behind.size === 0) ctx.sendAfter(NUDGE_MS, ctx.self, { type: 'nudge' })
  behind.add(session)
}

function nudge({ behind }: State, ctx: Ctx): void {
  for (const session of behind) {
    if (ctx.send(session, { type: 'catchUp' })?.code !== 'MAILBOX_FULL') behind.delete(session)
  }
  if (behind.size > 0) ctx.sendAfter(NUDGE_MS, ctx.self, { type: 'nudge' })
}

/** One batch at a time: thousands may leave at once, and the tasks of an actor are bounded. */
function writeLastSeen(state: State, ctx: Ctx): void {
  const batch = [...state.lastSeen.entries().take(LAST_SEEN_BATCH)]
  state.writing = new Map(batch)
  if (batch.length === 0) return
  for (const [user] of batch) state.lastSeen.delete(user)
  const store = ctx.service(storeService)
  const write = async () => Promise.allSettled(batch.map(async ([user, at]) => store.setLastSeen(user, at)))
  ctx.task(write, (outcome) => ({
    type: 'lastSeen',
    failed: batch.filter((_, i) => !outcome.ok || outcome.value[i]?.status !== 'fulfilled'),
  }))
}

function lastSeenWritten(state: State, ctx: Ctx, failed: readonly (readonly [UserKey, number])[]): void {
  for (const [user, at] of failed) if (!state.lastSeen.has(user)) state.lastSeen.set(user, at)
  if (failed.length === 0) return writeLastSeen(state, ctx)
  ctx.sendAfter(LAST_SEEN_RETRY_MS, ctx.self, { type: 'writeLastSeen' })
}
