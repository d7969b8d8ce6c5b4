/** What the server may send. One schema per `op`. */

import { Type } from 'typebox'
import { ERROR_CODES } from './errors.ts'
import {
  BodyKind,
  ClientId,
  ConversationKind,
  Count,
  DeviceId,
  FrameRef,
  Seq,
  Snowflake,
  Time,
  UserId,
} from './values.ts'

const ref = Type.Optional(FrameRef)
const ErrorCode = Type.Enum([...ERROR_CODES])

export const Message = Type.Object({
  conversation: Snowflake,
  seq: Seq,
  messageId: Snowflake,
  id: ClientId,
  author: UserId,
  device: DeviceId,
  at: Time,
  body: Type.String(),
  kind: BodyKind,
  replyTo: Type.Optional(Seq),
  /** The number in the reader's inbox; not in channels and large groups. */
  n: Type.Optional(Seq),
})

export const ConversationEntry = Type.Object({
  id: Snowflake,
  kind: ConversationKind,
  head: Count,
  delivered: Count,
  read: Count,
  members: Type.Optional(Type.Array(UserId)),
  title: Type.Optional(Type.String()),
})

export const ChannelEntry = Type.Object({ id: Snowflake, name: Type.String(), head: Count, read: Count })

export const GuildEntry = Type.Object({
  id: Snowflake,
  name: Type.String(),
  owner: UserId,
  channels: Type.Array(ChannelEntry),
})

const frame = <Op extends string, Fields extends Type.TProperties>(op: Op, fields: Fields) =>
  Type.Object({ op: Type.Literal(op), ...fields })

export const SERVER_FRAMES = {
  hello: frame('hello', {
    node: Type.String(),
    heartbeatMs: Count,
    identifyMs: Count,
    limits: Type.Object({ frameBytes: Count, bodyChars: Count, eventsPerMinute: Count }),
  }),
  ready: frame('ready', {
    ref,
    session: Type.String(),
    resume: Type.String(),
    user: Type.Object({ id: UserId }),
    device: DeviceId,
    inbox: Count,
    conversations: Type.Array(ConversationEntry),
    guilds: Type.Array(GuildEntry),
  }),
  resumed: frame('resumed', { ref, session: Type.String(), resume: Type.String() }),
  heartbeat: frame('heartbeat', { ref }),
  resync: frame('resync', {}),
  reconnect: frame('reconnect', { url: Type.String(), ticket: Type.Optional(Type.String()), afterMs: Count }),
  error: frame('error', {
    ref,
    code: ErrorCode,
    message: Type.String(),
    retryAfterMs: Type.Optional(Count),
  }),
  sent: frame('sent', {
    ref,
    to: Snowflake,
    id: ClientId,
    seq: Seq,
    messageId: Snowflake,
    at: Time,
    duplicate: Type.Boolean(),
  }),
  message: frame('message', Message.properties),
  receipt: frame('receipt', {
    conversation: Snowflake,
    user: UserId,
    delivered: Type.Optional(Count),
    read: Type.Optional(Count),
  }),
  page: frame('page', { ref, conversation: Snowflake, messages: Type.Array(Message), more: Type.Boolean() }),
  inbox: frame('inbox', { ref, messages: Type.Array(Message), more: Type.Boolean(), head: Count }),
  lagged: frame('lagged', { conversation: Snowflake, from: Seq, to: Seq }),
  typing: frame('typing', { conversation: Snowflake, user: UserId }),
  'conversation.added': frame('conversation.added', { conversation: ConversationEntry }),
  'conversation.removed': frame('conversation.removed', { conversation: Type.Object({ id: Snowflake }) }),
  'guild.added': frame('guild.added', { guild: GuildEntry }),
  'guild.removed': frame('guild.removed', { guild: Type.Object({ id: Snowflake }) }),
  'channel.added': frame('channel.added', { guild: Snowflake, channel: ChannelEntry }),
} as const

export type ServerOp = keyof typeof SERVER_FRAMES
export type ServerFrameOf<Op extends ServerOp> = Type.Static<(typeof SERVER_FRAMES)[Op]>
export type ServerFrame = { [Op in ServerOp]: ServerFrameOf<Op> }[ServerOp]
export type Message = Type.Static<typeof Message>
export type ConversationEntry = Type.Static<typeof ConversationEntry>
export type ChannelEntry = Type.Static<typeof ChannelEntry>
export type GuildEntry = Type.Static<typeof GuildEntry>
