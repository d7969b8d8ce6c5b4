/** What a client may send. One schema per `op`; validators, types and the published contract come from here. */

import { Type } from 'typebox'
import { BODY_CHARS_MAX, CURSORS_MAX } from './limits.ts'
import { BodyKind, ClientId, Count, DeviceId, FrameRef, PageLimit, Seq, Snowflake } from './values.ts'

const ref = Type.Optional(FrameRef)

export const Cursors = Type.Object({
  inbox: Type.Optional(Count),
  conversations: Type.Optional(
    Type.Record(Snowflake, Count, { additionalProperties: false, maxProperties: CURSORS_MAX }),
  ),
})

export const Identify = Type.Object({
  op: Type.Literal('identify'),
  ref,
  token: Type.String(),
  device: DeviceId,
  cursors: Type.Optional(Cursors),
  client: Type.Optional(Type.String({ maxLength: 200 })),
})

export const Resume = Type.Object({
  op: Type.Literal('resume'),
  ref,
  token: Type.String(),
  session: Type.String({ maxLength: 200 }),
  resume: Type.String({ maxLength: 200 }),
  cursors: Cursors,
})

export const Heartbeat = Type.Object({ op: Type.Literal('heartbeat'), ref })

export const Send = Type.Object({
  op: Type.Literal('send'),
  ref,
  to: Snowflake,
  id: ClientId,
  body: Type.String({ maxLength: BODY_CHARS_MAX }),
  kind: Type.Optional(BodyKind),
  replyTo: Type.Optional(Seq),
})

export const Ack = Type.Object({ op: Type.Literal('ack'), ref, conversation: Snowflake, seq: Count })
export const Read = Type.Object({ op: Type.Literal('read'), ref, conversation: Snowflake, seq: Count })

export const History = Type.Object({
  op: Type.Literal('history'),
  ref,
  conversation: Snowflake,
  after: Type.Optional(Count),
  before: Type.Optional(Count),
  limit: Type.Optional(PageLimit),
})

export const Sync = Type.Object({
  op: Type.Literal('sync'),
  ref,
  after: Count,
  limit: Type.Optional(PageLimit),
})

export const Typing = Type.Object({ op: Type.Literal('typing'), ref, conversation: Snowflake })

export const CLIENT_FRAMES = {
  identify: Identify,
  resume: Resume,
  heartbeat: Heartbeat,
  send: Send,
  ack: Ack,
  read: Read,
  history: History,
  sync: Sync,
  typing: Typing,
} as const

export type ClientOp = keyof typeof CLIENT_FRAMES
export type ClientFrame = { [Op in ClientOp]: Type.Static<(typeof CLIENT_FRAMES)[Op]> }[ClientOp]
export type ClientFrameOf<Op extends ClientOp> = Type.Static<(typeof CLIENT_FRAMES)[Op]>
export type Cursors = Type.Static<typeof Cursors>
