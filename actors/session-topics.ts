/** The topics that a session's socket is subscribed to, by way of their relays. */

import type { ServerFrame } from '../protocol/index.ts'
import type { Context } from '../runtime/index.ts'
import type { RelayRequest, SessionMsg, Topic } from './messages.ts'
import { settingsService, shardOf } from './services.ts'
import { guildTopic, type TopicStart } from './session-opening.ts'
import { isOver, later } from './session-outbox.ts'
import type { SessionState } from './session-state.ts'

const RETRY_MS = 500

/** Joins topics. `then` runs once each has answered or failed; those that failed are tried again until they are left. */
export function joinAll(
  state: SessionState,
  ctx: Context<SessionMsg>,
  topics: readonly TopicStart[],
  then: () => void,
): void {
  let open = topics.length
  if (open === 0) return then()
  for (const start of topics) {
    enter(state, start.topic)
    askToJoin(state, ctx, start, () => {
      if (--open === 0) then()
    })
  }
}

/** He may see a topic from now on. `frame` tells where it begins. */
export function join(state: SessionState, ctx: Context<SessionMsg>, topic: Topic, frame: ServerFrame): void {
  if (state.topics?.includes(topic)) return
  enter(state, topic)
  askToJoin(state, ctx, startOf(topic, frame), () => {})
}

export function leave(state: SessionState, ctx: Context<SessionMsg>, topic: Topic): void {
  if (!state.topics?.includes(topic)) return
  state.topics = state.topics.filter((each) => each !== topic)
  sayLeave(state, ctx, topic)
}

/** For a socket that is gone. */
export function leaveAll(state: SessionState, ctx: Context<SessionMsg>): void {
  for (const topic of state.topics ?? []) sayLeave(state, ctx, topic)
  state.topics = undefined
}

function enter(state: SessionState, topic: Topic): void {
  if (state.topics === undefined) state.topics = [topic]
  else if (!state.topics.includes(topic)) state.topics.push(topic)
}

function askToJoin(state: SessionState, ctx: Context<SessionMsg>, start: TopicStart, then: () => void): void {
  const again = (): void =>
    later(state, ctx, RETRY_MS * (1 + ctx.random()), () => {
      if (state.topics?.includes(start.topic)) askToJoin(state, ctx, start, () => {})
    })
  const relays = ctx.whereis<RelayRequest>(relaysOf(ctx, start.topic))
  if (relays === undefined) {
    again()
    return then()
  }
  const { topic: key, reached } = start
  const { connection, codec } = state
  ctx.ask(relays, { type: 'join', key, connection, codec, reached }, ({ ok }) => ({
    type: 'done',
    run: () => {
      if (isOver(state)) return
      if (!ok) again()
      then()
    },
  }))
}

function sayLeave({ connection, codec }: SessionState, ctx: Context<SessionMsg>, topic: Topic): void {
  ctx.sendTo(relaysOf(ctx, topic), { type: 'leave', key: topic, connection, codec } satisfies RelayRequest)
}

function startOf(topic: Topic, frame: ServerFrame): TopicStart {
  if (frame.op === 'guild.added') return { ...guildTopic(frame.guild), topic }
  if (frame.op !== 'conversation.added') return { topic, reached: [] }
  const { id, head } = frame.conversation
  return { topic, reached: [{ conversation: id, seq: head }] }
}

function relaysOf(ctx: Context<SessionMsg>, topic: Topic): string {
  return `relays.${shardOf(topic, ctx.service(settingsService).threads)}`
}
