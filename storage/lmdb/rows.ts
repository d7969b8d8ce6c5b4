/**
 * Rows: values as bytes, and back. Counters are 8 bytes (a double, which is also a row version of lmdb); records
 * and messages are MessagePack behind a CRC-32, so that a damaged row is told from a row.
 */

import { crc32 } from 'node:zlib'
import { Packr } from 'msgpackr'
import { StorageError } from '../errors.ts'
import type { StoredMessage } from '../records.ts'
import { describeKey, idAt, idBytes, numberAt, numberBytes } from './keys.ts'

const COUNTER_BYTES = 8
const CRC_BYTES = 4
const POINTER_BYTES = 15
const KINDS = ['text', 'cipher'] as const

const packr = new Packr({ useRecords: false, mapsAsObjects: true })

/** The fields of a message that its key does not say. */
type PackedMessage = [
  messageId: string,
  id: string,
  author: string,
  device: string,
  at: number,
  kind: number,
  body: string,
  replyTo?: number,
]

export function packCounter(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(COUNTER_BYTES)
  bytes.writeDoubleLE(value)
  return bytes
}

export function unpackCounter(key: string, bytes: Buffer): number {
  const value = bytes.length === COUNTER_BYTES ? bytes.readDoubleLE(0) : Number.NaN
  if (!Number.isSafeInteger(value) || value < 0) throw corrupt(key, 'it is not a count')
  return value
}

/** A place in a conversation's log, as inbox rows hold it. */
export function packPointer(conversation: string, seq: number): Buffer {
  return Buffer.from(idBytes(conversation) + numberBytes(seq), 'latin1')
}

export function unpackPointer(key: string, bytes: Buffer): { conversation: string; seq: number } {
  if (bytes.length !== POINTER_BYTES) throw corrupt(key, `it has ${bytes.length} bytes`)
  const text = bytes.toString('latin1', 0, POINTER_BYTES)
  return { conversation: idAt(text, 0), seq: numberAt(text, 8) }
}

export function packText(text: string): Buffer {
  return Buffer.from(text, 'utf8')
}

export function packRecord(record: unknown): Buffer {
  const packed = packr.pack(record)
  const bytes = Buffer.allocUnsafe(CRC_BYTES + packed.length)
  bytes.set(packed, CRC_BYTES)
  bytes.writeUInt32LE(crc32(packed))
  return bytes
}

/** @throws StorageError `STORE_CORRUPT` when the sum or the form is wrong. */
export function unpackRecord(key: string, bytes: Buffer): unknown {
  if (bytes.length <= CRC_BYTES) throw corrupt(key, `it has ${bytes.length} bytes`)
  const packed = bytes.subarray(CRC_BYTES, bytes.length)
  if (crc32(packed) !== bytes.readUInt32LE(0)) throw corrupt(key, 'its checksum does not match')
  try {
    return packr.unpack(packed)
  } catch (cause) {
    throw corrupt(key, 'it is not MessagePack', cause)
  }
}

export function packMessage(message: Omit<StoredMessage, 'conversation' | 'seq'>): Buffer {
  const { messageId, id, author, device, at, kind, body, replyTo } = message
  const fields: PackedMessage = [messageId, id, author, device, at, kind === 'cipher' ? 1 : 0, body]
  if (replyTo !== undefined) fields.push(replyTo)
  return packRecord(fields)
}

export function unpackMessage(key: string, conversation: string, seq: number, bytes: Buffer): StoredMessage {
  const fields = unpackRecord(key, bytes)
  if (!isPackedMessage(fields)) throw corrupt(key, 'it is not a message')
  const [messageId, id, author, device, at, kind, body, replyTo] = fields
  const message = {
    conversation,
    seq,
    messageId,
    id,
    author,
    device,
    at,
    kind: KINDS[kind] ?? 'text',
    body,
  }
  return replyTo === undefined ? message : { ...message, replyTo }
}

function isPackedMessage(value: unknown): value is PackedMessage {
  return (
    Array.isArray(value) &&
    (value.length === 7 || value.length === 8) &&
    [0, 1, 2, 3, 6].every((index) => typeof value[index] === 'string') &&
    typeof value[4] === 'number' &&
    (value[5] === 0 || value[5] === 1) &&
    (value.length === 7 || typeof value[7] === 'number')
  )
}

export function corrupt(key: string, reason: string, cause?: unknown): StorageError {
  const context = describeKey(key)
  const message = `Cannot read a row of ${context.table} (key ${context.key}): ${reason}`
  return new StorageError('STORE_CORRUPT', message, { context, cause })
}
