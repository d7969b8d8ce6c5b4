/**
 * Keys: how rows are found and in which order they lie.
 *
 * A key is a string whose characters are bytes (latin1): cheap to build, to compare and to keep in a Map. Its first
 * byte is the table. Ids are 8 bytes big-endian, users are UTF-8 and end with a zero byte where something follows,
 * numbers in logs are the bucket (5 bytes, number >> 12) and the place in it (2 bytes). So byte order is the order
 * that the ports promise, and a page of a log lies side by side. Dedupe rows begin with the client's id: UUIDv7 ids grow
 * with time, so what is written together lies together (by conversation first, each message dirtied a page more).
 */

import type { UserKey } from '../records.ts'

export const TABLES = {
  meta: '\x01',
  messages: '\x02',
  dedupe: '\x03',
  heads: '\x04',
  inbox: '\x05',
  inboxHeads: '\x06',
  delivered: '\x07',
  read: '\x08',
  conversations: '\x09',
  members: '\x0a',
  memberships: '\x0b',
  dms: '\x0c',
  guilds: '\x0d',
  guildMembers: '\x0e',
  guildCounts: '\x0f',
  guildsOf: '\x10',
  channels: '\x11',
  lastSeen: '\x12',
} as const

const END = '\0'
/** Above every byte that follows a prefix: UTF-8 has no 0xff, ids and buckets begin lower. */
const ABOVE = '\xff'
const BUCKET_BITS = 12
const BUCKET_ROWS = 1 << BUCKET_BITS
/** Converting an id costs more than finding it; a few thousand conversations are busy at a time. */
const CACHED_IDS_MAX = 16_384

const { messages, dedupe, heads, inbox, inboxHeads, delivered, read } = TABLES
export const keys = {
  format: `${TABLES.meta}format`,
  /** Grows with every transaction. The first bytes of its value are its version, as lmdb wants it. */
  generation: `${TABLES.meta}generation`,
  lastId: `${TABLES.meta}lastId`,
  probe: `${TABLES.meta}probe`,
  importing: `${TABLES.meta}importing`,
  message: (conversation: string, seq: number) => messages + idBytes(conversation) + numberBytes(seq),
  dedupe: (conversation: string, author: UserKey, id: string) =>
    dedupe + id + END + idBytes(conversation) + userBytes(author),
  head: (conversation: string) => heads + idBytes(conversation),
  inbox: (user: UserKey, n: number) => inbox + userBytes(user) + END + numberBytes(n),
  inboxHead: (user: UserKey) => inboxHeads + userBytes(user),
  delivered: (conversation: string, user: UserKey, device: string) =>
    delivered + idBytes(conversation) + userBytes(user) + END + userBytes(device),
  read: (conversation: string, user: UserKey) => read + idBytes(conversation) + userBytes(user),
  conversation: (id: string) => TABLES.conversations + idBytes(id),
  member: (conversation: string, user: UserKey) => keys.members(conversation) + userBytes(user),
  members: (conversation: string) => TABLES.members + idBytes(conversation),
  membership: (user: UserKey, conversation: string) => keys.memberships(user) + idBytes(conversation),
  memberships: (user: UserKey) => TABLES.memberships + userBytes(user) + END,
  dm: (first: UserKey, second: UserKey) => TABLES.dms + userBytes(first) + END + userBytes(second),
  guild: (id: string) => TABLES.guilds + idBytes(id),
  guildMember: (guild: string, user: UserKey) => keys.guildMembers(guild) + userBytes(user),
  guildMembers: (guild: string) => TABLES.guildMembers + idBytes(guild),
  guildCount: (guild: string) => TABLES.guildCounts + idBytes(guild),
  guildOf: (user: UserKey, guild: string) => keys.guildsOf(user) + idBytes(guild),
  guildsOf: (user: UserKey) => TABLES.guildsOf + userBytes(user) + END,
  channel: (guild: string, channel: string) => keys.channels(guild) + idBytes(channel),
  channels: (guild: string) => TABLES.channels + idBytes(guild),
  lastSeen: (user: UserKey) => TABLES.lastSeen + userBytes(user),
} as const

/** The first key that is not of this prefix. */
export function after(prefix: string): string {
  return prefix + ABOVE
}

const cachedIds = new Map<string, string>()

export function idBytes(id: string): string {
  const known = cachedIds.get(id)
  if (known !== undefined) return known
  if (cachedIds.size >= CACHED_IDS_MAX) cachedIds.clear()
  const number = BigInt(id)
  const bytes = uint32Bytes(Number(number >> 32n)) + uint32Bytes(Number(number & 0xffff_ffffn))
  cachedIds.set(id, bytes)
  return bytes
}

export function idAt(bytes: string, at: number): string {
  return ((BigInt(uint32At(bytes, at)) << 32n) | BigInt(uint32At(bytes, at + 4))).toString()
}

export function numberBytes(value: number): string {
  const bucket = Math.floor(value / BUCKET_ROWS)
  const place = value % BUCKET_ROWS
  const high = Math.floor(bucket / 2 ** 32)
  return String.fromCharCode(
    high,
    (bucket >>> 24) & 0xff,
    (bucket >>> 16) & 0xff,
    (bucket >>> 8) & 0xff,
    bucket & 0xff,
    place >>> 8,
    place & 0xff,
  )
}

export function numberAt(bytes: string, at: number): number {
  const bucket = bytes.charCodeAt(at) * 2 ** 32 + uint32At(bytes, at + 1)
  return bucket * BUCKET_ROWS + (bytes.charCodeAt(at + 5) << 8) + bytes.charCodeAt(at + 6)
}

function userBytes(user: string): string {
  for (let at = 0; at < user.length; at++) {
    if (user.charCodeAt(at) > 0x7f) return Buffer.from(user, 'utf8').toString('latin1')
  }
  return user
}

/** What stands from `at` to the next zero byte, or to the end. */
export function userAt(bytes: string, at: number): UserKey {
  const end = bytes.indexOf(END, at)
  return Buffer.from(bytes.slice(at, end < 0 ? bytes.length : end), 'latin1').toString('utf8')
}

/** For error texts: the table, and the rest in hexadecimal, because it holds ids of people. */
export function describeKey(key: string): { table: string; key: string } {
  const table = Object.entries(TABLES).find(([, prefix]) => prefix === key[0])?.[0] ?? 'unknown'
  return { table, key: Buffer.from(key.slice(1), 'latin1').toString('hex') }
}

function uint32Bytes(value: number): string {
  return String.fromCharCode((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
}

function uint32At(bytes: string, at: number): number {
  return (
    ((bytes.charCodeAt(at) << 24) |
      (bytes.charCodeAt(at + 1) << 16) |
      (bytes.charCodeAt(at + 2) << 8) |
      bytes.charCodeAt(at + 3)) >>>
    0
  )
}
