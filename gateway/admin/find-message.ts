/**
 * Finding a message in the store by what an operator has of it. The store knows messages by conversation and seq only;
 * ids grow with time, nearly: two owners may give them out within the same milliseconds. So a search halves the range
 * and then looks around.
 *
 * Bounded: `CONVERSATIONS_MAX` of the user's conversations are searched; the main thread has its turn after each.
 */

import { setImmediate } from 'node:timers/promises'
import type { StoredMessage, UserKey } from '../../storage/index.ts'
import { bad, Refusal } from './params.ts'
import type { ReadableStore } from './store-reader.ts'

const CONVERSATIONS_MAX = 2_000
/** Rows around the place where it should be. */
const AROUND = 64

/** @throws Refusal `BAD_REQUEST`, `NOT_FOUND` */
export async function findMessage(store: ReadableStore, user: UserKey, text: string): Promise<StoredMessage> {
  const place = /^([1-9]\d{0,18}):([1-9]\d{0,14})$/.exec(text)
  if (place !== null) return atPlace(store, place[1] as string, Number(place[2]))
  if (!/^[1-9]\d{0,18}$/.test(text)) {
    throw bad('message', 'must be a message id or <conversation>:<seq>')
  }
  for (const conversation of await conversationsOf(store, user)) {
    const found = await searchLog(store, conversation, text)
    if (found !== undefined) return found
    await setImmediate()
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
): Promise<number | undefined> {
  const idOf = async (n: number) => (await store.readInbox(user, n - 1, 1)).items[0]?.message.messageId
  const place = await lowerBound(await store.inboxHead(user), messageId, idOf)
  const { items } = await store.readInbox(user, Math.max(0, place - AROUND), AROUND * 2)
  return items.find(({ message }) => message.conversation === conversation && message.seq === seq)?.n
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
): Promise<StoredMessage | undefined> {
  const head = await store.head(conversation)
  if (head === 0) return undefined
  const idOf = async (seq: number) =>
    (await store.read(conversation, { after: seq - 1, limit: 1 })).items[0]?.messageId
  const place = await lowerBound(head, messageId, idOf)
  const { items } = await store.read(conversation, { after: Math.max(0, place - AROUND), limit: AROUND * 2 })
  return items.find((message) => message.messageId === messageId)
}

/** The first number from 1 to `last` whose id is not below `id`; `last` + 1 when there is none. */
async function lowerBound(
  last: number,
  id: string,
  idOf: (number: number) => Promise<string | undefined>,
): Promise<number> {
  let low = 1
  let high = last + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = await idOf(middle)
    if (found !== undefined && isBelow(found, id)) low = middle + 1
    else high = middle
  }
  return low
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
