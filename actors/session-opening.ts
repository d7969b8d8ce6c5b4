/**
 * Opening: what a user has, as `ready` lists it, and from where a session replays. Reads the store, writes nothing.
 *
 * Why the inbox is read before and after the heads: what was appended before a head was read has a number up to
 * the second reading, so nothing after it is covered by a log; what was appended after the first reading is in the
 * inbox after it, so nothing is missed between log and inbox.
 */

import {
  type ConversationEntry,
  type Cursors,
  type GuildEntry,
  INBOX_MEMBERS_MAX,
} from '../protocol/index.ts'
import { type ConversationRecord, type Store, type UserKey, userOf } from '../storage/index.ts'
import type { Topic, TopicHead } from './messages.ts'
import type { LogRange, ReplayPlan } from './session-replay.ts'

/** Conversations and guilds whose rows are read side by side. */
const READS_MAX = 16

/** A topic to join, and the seqs from where on its relay goes on. */
export interface TopicStart {
  readonly topic: Topic
  readonly reached: readonly TopicHead[]
}

export interface Opening {
  /** The head of the inbox. */
  readonly inbox: number
  readonly conversations: readonly ConversationEntry[]
  readonly guilds: readonly GuildEntry[]
  readonly topics: readonly TopicStart[]
  readonly plan: ReplayPlan
  /** Why the cursors cannot be: what names them is not told to have so much. */
  readonly badCursor: string | undefined
}

/** `cursors` undefined: nothing is replayed. Rejects with what the store rejects with. */
export async function openingOf(
  store: Store,
  user: UserKey,
  device: string,
  cursors: Cursors | undefined,
): Promise<Opening> {
  const inboxBefore = await store.inboxHead(user)
  const [conversationIds, guildIds] = await Promise.all([store.conversationsOf(user), store.guildsOf(user)])
  const conversations = await mapBounded(conversationIds, (id) => conversationOf(store, id, user, device))
  const guilds = await mapBounded(guildIds, (id) => guildOf(store, id, user, device))
  const inbox = await store.inboxHead(user)
  const known = conversations.filter((each) => each !== undefined)
  const entered = guilds.filter((each) => each !== undefined)
  return {
    inbox,
    conversations: known.map(({ entry }) => entry),
    guilds: entered,
    topics: topicsOf(known, entered),
    ...planOf(known, entered, { inboxBefore, inbox }, cursors),
  }
}

interface KnownConversation {
  readonly entry: ConversationEntry
  /** Too large for inboxes: read by topic. */
  readonly large: boolean
}

async function conversationOf(
  store: Store,
  id: string,
  user: UserKey,
  device: string,
): Promise<KnownConversation | undefined> {
  const record = await store.conversation(id)
  if (record === undefined) return undefined
  const [members, head, { delivered, read }] = await Promise.all([
    store.members(id),
    store.head(id),
    store.cursors(id, user, device),
  ])
  const large = members.length > INBOX_MEMBERS_MAX
  const entry: ConversationEntry = {
    id,
    kind: record.kind,
    head,
    delivered,
    read,
    ...(large ? {} : { members: members.map(userOf) }),
    ...(record.title === undefined ? {} : { title: record.title }),
  }
  return { entry, large }
}

async function guildOf(
  store: Store,
  id: string,
  user: UserKey,
  device: string,
): Promise<GuildEntry | undefined> {
  const record = await store.guild(id)
  if (record === undefined) return undefined
  const channels = await mapBounded(await store.channels(id), (channel) =>
    channelOf(store, channel, user, device),
  )
  return { id, name: record.name, owner: userOf(record.owner), channels }
}

async function channelOf(
  store: Store,
  { id, name = '' }: ConversationRecord,
  user: UserKey,
  device: string,
): Promise<GuildEntry['channels'][number]> {
  const [head, { read }] = await Promise.all([store.head(id), store.cursors(id, user, device)])
  return { id, name, head, read }
}

function topicsOf(known: readonly KnownConversation[], guilds: readonly GuildEntry[]): readonly TopicStart[] {
  const large = known.filter(({ large }) => large)
  return [
    ...large.map(({ entry: { id, head } }) => ({ topic: id, reached: [{ conversation: id, seq: head }] })),
    ...guilds.map(guildTopic),
  ]
}

export function guildTopic({ id, channels }: GuildEntry): TopicStart {
  return { topic: id, reached: channels.map((channel) => ({ conversation: channel.id, seq: channel.head })) }
}

type Heads = { readonly inboxBefore: number; readonly inbox: number }

function planOf(
  known: readonly KnownConversation[],
  guilds: readonly GuildEntry[],
  { inboxBefore, inbox }: Heads,
  cursors: Cursors | undefined,
): Pick<Opening, 'plan' | 'badCursor'> {
  if (cursors === undefined) return { plan: emptyPlan(inbox), badCursor: undefined }
  const logs: LogRange[] = []
  const covered = new Map<string, number>()
  const hasInbox = cursors.inbox !== undefined
  let badCursor =
    (cursors.inbox ?? 0) > inbox ? `the inbox cursor ${cursors.inbox} is above the head ${inbox}` : undefined
  const addLog = (conversation: string, head: number, otherwise: number | undefined): void => {
    const own = ownCursor(cursors, conversation)
    if (own !== undefined && own > head) {
      badCursor = `the cursor ${own} of conversation ${conversation} is above its head ${head}`
    }
    const after = own ?? otherwise
    if (after !== undefined && after < head) logs.push({ conversation, after, to: head })
  }
  for (const { entry, large } of known) {
    // An inbox cursor says nothing about what no inbox holds.
    addLog(entry.id, entry.head, hasInbox && !large ? undefined : entry.delivered)
    // A device has its own sends without their numbers, so its inbox cursor may be behind what it has of a conversation.
    covered.set(entry.id, hasInbox ? (ownCursor(cursors, entry.id) ?? 0) : entry.head)
  }
  for (const { channels } of guilds) for (const { id, head } of channels) addLog(id, head, undefined)
  const after = cursors.inbox ?? inboxBefore
  return { plan: { inbox: { after, to: inbox }, logs, covered }, badCursor }
}

function emptyPlan(inbox: number): ReplayPlan {
  return { inbox: { after: inbox, to: inbox }, logs: [], covered: new Map() }
}

/** What a cursor's map holds under a name such as `constructor` is not the client's. */
function ownCursor({ conversations }: Cursors, id: string): number | undefined {
  return conversations !== undefined && Object.hasOwn(conversations, id) ? conversations[id] : undefined
}

async function mapBounded<In, Out>(items: readonly In[], map: (item: In) => Promise<Out>): Promise<Out[]> {
  const mapped: Out[] = []
  for (let at = 0; at < items.length; at += READS_MAX) {
    mapped.push(...(await Promise.all(items.slice(at, at + READS_MAX).map(map))))
  }
  return mapped
}
