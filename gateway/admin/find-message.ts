/**
 * Finding a message in the store by what an operator has of it. The store knows messages by conversation and seq only;
 * ids grow with time, nearly: two owners may give them out within the same milliseconds. So a search halves the range
 * and, where the id there is of about the same time, looks around.
 *
 * Bounded: `CONVERSATIONS_MAX` of the user's conversations are searched, and none after `signal`; the main thread has its
 * turn after each. Rows are read whole, so few are read in one piece.
 */

import { setImmediate } from 'node:timers/promises'
import type { StoredMessage, UserKey } from '../../storage/index.ts'
import { bad, Refusal } from './params.ts'
import type { ReadableStore } from './store-reader.ts'

const CONVERSATIONS_MAX = 2_000
/** Rows around the place where it should be. */
const AROUND = 64
/** Rows read in one piece. */
const PIECE = 16
/** Ids further apart in time are never in the wrong order. */
const DISORDER_MS = 10_000n
/** Snowflakes: see actors/snowflake.ts. */
const TIME_SHIFT = 22n

/** @throws Refusal `BAD_REQUEST`, `NOT_FOUND` */
export async function findMessage(
  store: ReadableStore,
  user: UserKey,
  text: string,
  signal: AbortSignal,
): Promise<StoredMessage> {
  const place = /^([1-9]\d{0,18}):([1-9]\d{0,14})$/.exec(text)
  if (place !== null) return atPlace(store, place[1] as string, Number(place[2]))
  if (!/^[1-9]\d{0,18}$/.test(text)) {
    throw bad('message', 'must be a message id or <conversation>:<seq>')
  }
  for (const conversation of await conversationsOf(store, user)) {
    const found = await searchLog(store, conversation, text, signal)
    if (found !== undefined) return found
    await turn(signal)
  }
  throw new Refusal(
    'NOT_FOUND',
    `Cannot find message ${text} in the conversations of the user: it was never stored, or is in one that he is not in; give <conversation>:<seq>`,
  )
}

/** Its number in a user's inbox. */
export async function inboxNumber(
  store: ReadableStore,
  user: UserKey,
  { conversation, seq, messageId }: StoredMessage,
  signal: AbortSignal,
): Promise<number | undefined> {
  const rows: Rows<{ readonly n: number; readonly message: StoredMessage }> = {
    last: await store.inboxHead(user),
    read: async (after, limit) => (await store.readInbox(user, after, limit)).items,
    idOf: ({ message }) => message.messageId,
  }
  const isIt = ({ message }: { message: StoredMessage }) =>
    message.conversation === conversation && message.seq === seq
  return (await search(rows, messageId, isIt, signal))?.n
}

async function atPlace(store: ReadableStore, conversation: string, seq: number): Promise<StoredMessage> {
  const { items } = await store.read(conversation, { after: seq - 1, limit: 1 })
  const [message] = items
  if (message?.seq === seq) return message
  const head = await store.head(conversation)
  throw new Refusal(
    'NOT_FOUND',
    `Cannot find seq ${seq} of conversation ${conversation}: its log ends at ${head}`,
  )
}

async function searchLog(
  store: ReadableStore,
  conversation: string,
  messageId: string,
  signal: AbortSignal,
): Promise<StoredMessage | undefined> {
  const rows: Rows<StoredMessage> = {
    last: await store.head(conversation),
    read: async (after, limit) => (await store.read(conversation, { after, limit })).items,
    idOf: (message) => message.messageId,
  }
  return search(rows, messageId, (message) => message.messageId === messageId, signal)
}

/** Rows 1 to `last`, whose ids grow, nearly. */
interface Rows<Row> {
  readonly last: number
  read(after: number, limit: number): Promise<readonly Row[]>
  idOf(row: Row): string
}

async function search<Row>(
  rows: Rows<Row>,
  id: string,
  isIt: (row: Row) => boolean,
  signal: AbortSignal,
): Promise<Row | undefined> {
  const place = await lowerBound(rows, id)
  const [before, there] = await rows.read(Math.max(0, place - 2), 2)
  const found = [before, there].find((row) => row !== undefined && isIt(row))
  if (found !== undefined) return found
  if (![before, there].some((row) => row !== undefined && isNear(rows.idOf(row), id))) return undefined
  return lookAround(rows, place, isIt, signal)
}

async function lookAround<Row>(
  rows: Rows<Row>,
  place: number,
  isIt: (row: Row) => boolean,
  signal: AbortSignal,
): Promise<Row | undefined> {
  const end = Math.min(rows.last, place + AROUND)
  for (let after = Math.max(0, place - AROUND); after < end; after += PIECE) {
    const found = (await rows.read(after, PIECE)).find(isIt)
    if (found !== undefined) return found
    await turn(signal)
  }
  return undefined
}

/** The first number from 1 to `last` whose id is not below `id`; `last` + 1 when there is none. */
async function lowerBound<Row>(rows: Rows<Row>, id: string): Promise<number> {
  let low = 1
  let high = rows.last + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const [row] = await rows.read(middle - 1, 1)
    if (row !== undefined && isBelow(rows.idOf(row), id)) low = middle + 1
    else high = middle
  }
  return low
}

/** Others have theirs. @throws the reason of `signal` */
async function turn(signal: AbortSignal): Promise<void> {
  await setImmediate()
  signal.throwIfAborted()
}

function isNear(a: string, b: string): boolean {
  const apart = (BigInt(a) >> TIME_SHIFT) - (BigInt(b) >> TIME_SHIFT)
  return apart <= DISORDER_MS && apart >= -DISORDER_MS
}

/** Decimal numbers too long for a JavaScript number. */
function isBelow(a: string, b: string): boolean {
  return a.length === b.length ? a < b : a.length < b.length
}

async function conversationsOf(store: ReadableStore, user: UserKey): Promise<string[]> {
  const own = await store.conversationsOf(user)
  const channels: string[] = []
  for (const guild of await store.guildsOf(user)) {
    if (own.length + channels.length >= CONVERSATIONS_MAX) break
    channels.push(...(await store.channels(guild)).map(({ id }) => id))
  }
  return [...own, ...channels].slice(0, CONVERSATIONS_MAX)
}
