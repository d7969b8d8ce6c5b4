/**
 * How a session starts: registers, reads what its user has, says `ready`, `resumed` or `resync`, replays what the
 * cursors miss, joins the topics, and is live.
 *
 * Nothing falls between replay and live: the session is registered before the first read, so every delivery after it
 * raises the inbox target; topics are joined at the heads that were read, after the gateway has written the replay.
 */

import { CLOSE } from '../protocol/index.ts'
import type { Context } from '../runtime/index.ts'
import { userOf } from '../storage/index.ts'
import type { GatewayMsg, SessionArg, SessionMsg, UsersMsg } from './messages.ts'
import { storeService } from './services.ts'
import { errorFrame, laggedFrame, withRef } from './session-frames.ts'
import { type Opening, openingOf, type TopicStart } from './session-opening.ts'
import { close, GATEWAY, isOver, later, push, read, write } from './session-outbox.ts'
import { Replay, type Want } from './session-replay.ts'
import type { SessionState } from './session-state.ts'
import { joinAll } from './session-topics.ts'

const REGISTER_RETRY_MS = 50
const READS_MAX = 16
/** Written between two barriers, so that a replay does not outrun a socket that reads. */
const CHUNK_MESSAGES_MAX = 100
const CHUNK_CHARS_MAX = 64 * 1_024
const REFUSED_RETRY_MS = 20
const BARRIER_RETRY_MS = 200
const BARRIER_TRIES_MAX = 5

type Start = SessionArg['start']

/** `live` runs once, when the replay is through and the topics are joined. */
export function start(state: SessionState, ctx: Context<SessionMsg>, how: Start, live: () => void): void {
  const { user, connection } = state
  const online: UsersMsg = { type: 'online', user, connection, session: ctx.self }
  if (ctx.sendTo(`users.${ctx.thread}`, online) !== undefined) {
    later(state, ctx, REGISTER_RETRY_MS, () => start(state, ctx, how, live))
    return
  }
  const cursors = how.kind === 'replace' ? undefined : how.cursors
  read(
    state,
    ctx,
    async () => openingOf(ctx.service(storeService), user, state.device, cursors),
    (opening) => opened(state, ctx, how, opening, live),
    () => close(state, ctx, CLOSE.internal),
  )
}

function opened(
  state: SessionState,
  ctx: Context<SessionMsg>,
  how: Start,
  opening: Opening,
  live: () => void,
): void {
  if (opening.badCursor !== undefined) {
    const message = `Cannot replay: ${opening.badCursor}`
    const ref = how.kind === 'replace' ? undefined : how.ref
    write(state, ctx, errorFrame(ref, { code: 'BAD_CURSOR', message }))
    return close(state, ctx, CLOSE.badTicket)
  }
  greet(state, ctx, how, opening)
  replay(state, ctx, new Replay(opening.plan), () => {
    state.n = opening.inbox
    enterTopics(state, ctx, opening.topics, live)
  })
}

function greet(state: SessionState, ctx: Context<SessionMsg>, how: Start, opening: Opening): void {
  if (how.kind === 'replace') return write(state, ctx, { op: 'resync' })
  const { ref, session, resume } = how
  if (how.kind === 'resume') return write(state, ctx, { op: 'resumed', ...withRef(ref), session, resume })
  write(state, ctx, {
    op: 'ready',
    ...withRef(ref),
    session,
    resume,
    user: { id: userOf(state.user) },
    device: state.device,
    inbox: opening.inbox,
    conversations: [...opening.conversations],
    guilds: [...opening.guilds],
  })
}

/** Reads and writes by turns until nothing is left, then tells what was left out. */
function replay(state: SessionState, ctx: Context<SessionMsg>, from: Replay, then: () => void): void {
  const goOn = (): void => replay(state, ctx, from, then)
  const wants = from.wants(READS_MAX)
  if (wants.length > 0) return readWants(state, ctx, from, wants, goOn)
  if (!writeChunk(state, ctx, from)) return later(state, ctx, REFUSED_RETRY_MS, goOn)
  if (!from.finished) return barrier(state, ctx, goOn)
  for (const { conversation, from: first, to } of from.lagged()) {
    write(state, ctx, laggedFrame(conversation, first, to))
  }
  then()
}

function readWants(
  state: SessionState,
  ctx: Context<SessionMsg>,
  from: Replay,
  wants: readonly Want[],
  then: () => void,
): void {
  const store = ctx.service(storeService)
  const readOne = async ({ conversation, after, limit }: Want) => {
    if (conversation === undefined) return (await store.readInbox(state.user, after, limit)).items
    const { items } = await store.read(conversation, { after, limit })
    return items.map((message) => ({ n: 0, message }))
  }
  read(
    state,
    ctx,
    () => Promise.all(wants.map(readOne)),
    (pages) => {
      for (const [i, want] of wants.entries()) from.feed(want, pages[i] ?? [])
      then()
    },
    () => close(state, ctx, CLOSE.internal),
  )
}

/** False when the gateway refused a message, which stays the next one. */
function writeChunk(state: SessionState, ctx: Context<SessionMsg>, from: Replay): boolean {
  let chars = 0
  for (let count = 0; count < CHUNK_MESSAGES_MAX && chars < CHUNK_CHARS_MAX; count++) {
    const item = from.peek()
    if (item === undefined) return true
    if (!push(state, ctx, item.message, item.n)) return false
    from.take()
    chars += item.message.body.length
  }
  return true
}

function enterTopics(
  state: SessionState,
  ctx: Context<SessionMsg>,
  topics: readonly TopicStart[],
  live: () => void,
): void {
  if (topics.length === 0) return live()
  barrier(state, ctx, () => joinAll(state, ctx, topics, live))
}

/** Goes on when the gateway has handed everything written so far to the socket. */
function barrier(state: SessionState, ctx: Context<SessionMsg>, then: () => void, tries = 1): void {
  const again = (): void => {
    if (tries >= BARRIER_TRIES_MAX) return close(state, ctx, CLOSE.internal)
    later(state, ctx, BARRIER_RETRY_MS * tries, () => barrier(state, ctx, then, tries + 1))
  }
  const gateway = ctx.whereis<GatewayMsg>(GATEWAY)
  // What is not yet sent must come before it.
  if (gateway === undefined || state.unsent !== undefined) return again()
  const { connection } = state
  ctx.ask(gateway, { type: 'barrier', connection }, ({ ok }) => ({
    type: 'done',
    run: () => {
      if (isOver(state)) return
      if (ok) then()
      else again()
    },
  }))
}
