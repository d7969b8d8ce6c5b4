/**
 * The rows of an export, checked one by one as they stream in: the shape of each row and the header. What needs
 * the rows before it (numbers without gaps, pointers that lead somewhere) is checked by the store that loads them.
 */

import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import {
  BodyKind,
  ClientId,
  ConversationKind,
  Count,
  DeviceId,
  Seq,
  Snowflake,
  Time,
} from '../protocol/index.ts'
import { badRow } from './failures.ts'
import type { ExportRow } from './records.ts'

/** A tenant and a user id, joined. */
const User = Type.String({ minLength: 1, maxLength: 400 })
const Text = Type.String()

const Conversation = Type.Object({
  id: Snowflake,
  tenant: Text,
  kind: ConversationKind,
  title: Type.Optional(Text),
  guild: Type.Optional(Snowflake),
  name: Type.Optional(Text),
  createdAt: Time,
})

const Guild = Type.Object({
  id: Snowflake,
  tenant: Text,
  name: Text,
  owner: User,
  open: Type.Boolean(),
  createdAt: Time,
})

const Message = Type.Object({
  conversation: Snowflake,
  seq: Seq,
  messageId: Snowflake,
  id: ClientId,
  author: User,
  device: DeviceId,
  at: Time,
  kind: BodyKind,
  body: Text,
  replyTo: Type.Optional(Seq),
})

const ROWS = {
  header: Type.Object({
    type: Type.Literal('header'),
    format: Type.Literal('guildhall.export'),
    version: Type.Literal(1),
  }),
  conversation: Type.Object({
    type: Type.Literal('conversation'),
    record: Conversation,
    members: Type.Array(User),
  }),
  guild: Type.Object({
    type: Type.Literal('guild'),
    record: Guild,
    members: Type.Array(User),
    channels: Type.Array(Snowflake),
  }),
  message: Type.Object({ type: Type.Literal('message'), message: Message }),
  inbox: Type.Object({
    type: Type.Literal('inbox'),
    user: User,
    n: Seq,
    conversation: Snowflake,
    seq: Seq,
  }),
  cursor: Type.Object({
    type: Type.Literal('cursor'),
    conversation: Snowflake,
    user: User,
    device: DeviceId,
    delivered: Count,
  }),
  read: Type.Object({ type: Type.Literal('read'), conversation: Snowflake, user: User, read: Count }),
  lastSeen: Type.Object({ type: Type.Literal('lastSeen'), user: User, at: Time }),
} as const

const CHECKS = new Map(Object.entries(ROWS).map(([type, schema]) => [type, Compile(schema)]))

export interface ImportRow {
  /** From 1; the header is row 1. */
  readonly number: number
  readonly row: Exclude<ExportRow, { type: 'header' }>
}

/** All rows after the header. @throws StorageError `STORE_BAD_ROW` that names the row. */
export async function* importRows(
  rows: AsyncIterable<ExportRow> | Iterable<ExportRow>,
): AsyncGenerator<ImportRow> {
  let number = 0
  for await (const row of rows) {
    number += 1
    const checked = parseRow(row, number)
    if ((checked.type === 'header') !== (number === 1)) {
      throw badRow(number, number === 1 ? 'it is not the header of an export' : 'it is a second header')
    }
    if (checked.type !== 'header') yield { number, row: checked }
  }
  if (number === 0) throw badRow(1, 'there is none; the header is missing')
}

function parseRow(row: unknown, number: number): ExportRow {
  const type = typeof row === 'object' && row !== null && 'type' in row ? row.type : undefined
  const check = typeof type === 'string' ? CHECKS.get(type) : undefined
  if (check === undefined) throw badRow(number, 'its type is not one of an export')
  if (check.Check(row)) return row as ExportRow
  const [first] = check.Errors(row)
  throw badRow(number, `${String(type)}${first?.instancePath ?? ''} ${first?.message ?? 'is not valid'}`)
}
