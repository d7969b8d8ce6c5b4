/**
 * gatherFacts: what `explain` needs to know, from the store, the gateway's tables and the actors concerned. What the
 * reads of the store cost is paid by the store that the caller gives.
 */

import { shardOf } from '../../actors/index.ts'
import { RuntimeError } from '../../runtime/index.ts'
import {
  type ConversationRecord,
  type StoredMessage,
  tenantOf,
  type UserKey,
  userOf,
} from '../../storage/index.ts'
import type { Session } from '../session-table.ts'
import { busyWith } from './actor-text.ts'
import type { AdminNode } from './admin-node.ts'
import { audienceOf } from './audience-kind.ts'
import type { Caller } from './command.ts'
import { findMessage, inboxNumber } from './find-message.ts'
import { ownerFigures } from './owner-figures.ts'
import { Refusal } from './params.ts'
import { sessionFigures } from './session-figures.ts'
import { listensTo } from './session-search.ts'
import type { ReadableStore } from './store-reader.ts'
import type { DeviceFacts, MessageFacts, RouteFacts } from './why.ts'

const TIMEOUT_MS = 300

export async function gatherFacts(
  admin: AdminNode,
  store: ReadableStore,
  caller: Caller,
  user: UserKey,
  text: string,
): Promise<MessageFacts> {
  const message = await findMessage(store, user, text, caller.signal)
  const { conversation, seq, messageId, author, at, kind } = message
  const record = await store.conversation(conversation)
  if (record === undefined) {
    throw new Refusal('NOT_FOUND', `Cannot explain message ${text}: its conversation ${conversation} is gone`)
  }
  const isMember = record.tenant === tenantOf(user) && (await isMemberOf(store, record, user))
  const route = await routeOf(admin, store, caller, record, user, message)
  const topic = route.kind === 'topic' ? route.topic : undefined
  return {
    message: { conversation, seq, messageId, author: userOf(author), atMs: at, kind },
    authorDevice: message.device,
    user: userOf(user),
    isMember,
    read: (await store.cursors(conversation, user, '')).read,
    lastSeenMs: await store.lastSeen(user),
    route,
    devices: await Promise.all(
      admin.gateway.sessions
        .of(user)
        .map((session) => deviceFacts(admin, store, session, conversation, topic)),
    ),
  }
}

function isMemberOf(
  store: ReadableStore,
  { id, guild }: ConversationRecord,
  user: UserKey,
): Promise<boolean> {
  return guild === undefined ? store.isMember(id, user) : store.isGuildMember(guild, user)
}

async function routeOf(
  admin: AdminNode,
  store: ReadableStore,
  { signal }: Caller,
  { id, kind, guild }: ConversationRecord,
  user: UserKey,
  message: StoredMessage,
): Promise<RouteFacts> {
  const members = kind === 'group' ? (await store.members(id)).length : 0
  // A group may have been larger or smaller when the message was sent: a number in the inbox decides.
  const n = kind === 'channel' ? undefined : await inboxNumber(store, user, message, signal)
  if (n !== undefined || audienceOf(kind, members) === 'inboxes')
    return { kind: 'inboxes', n, isRouterSuspended: await isSuspended(admin, usersActor(admin, user)) }
  const topic = guild ?? id
  const { state, thread } = await ownerFigures(admin, 'relays', topic)
  const published = admin.gateway.topics.head(topic, id)
  return {
    kind: 'topic',
    topic,
    published,
    relay: state,
    relayThread: thread,
    busyWith: stuckIn(admin, thread),
  }
}

async function deviceFacts(
  admin: AdminNode,
  store: ReadableStore,
  session: Session,
  conversation: string,
  topic: string | undefined,
): Promise<DeviceFacts> {
  const {
    session: name,
    device,
    state,
    ticketLeftMs,
    bufferedBytes,
    ref,
    thread,
    slow,
  } = sessionFigures(admin, session)
  const { delivered } = await store.cursors(conversation, session.user, device)
  const actor = ref === undefined ? undefined : await sessionActor(admin, ref)
  return {
    session: name,
    device,
    state: actor === 'gone' && state === 'live' ? 'replacing' : state,
    delivered,
    ticketLeftMs,
    bufferedBytes,
    isSlow: slow !== undefined,
    skipped: session.connection?.extra?.congestion?.lagged.get(conversation),
    isSubscribed: topic !== undefined && listensTo(session, topic),
    actor: actor === 'gone' ? undefined : actor,
    busyWith: stuckIn(admin, thread),
  }
}

async function sessionActor(admin: AdminNode, ref: string): Promise<DeviceFacts['actor'] | 'gone'> {
  try {
    const { about, mailboxLength, state } = await admin.node().inspector.info(ref, { timeoutMs: TIMEOUT_MS })
    const { phase, n, pulling } = about
    const isSuspended = state === 'suspended'
    return { phase: String(phase), isSuspended, n: Number(n), pulling: pulling === true, mailboxLength }
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error
    return error.code === 'ACTOR_GONE' ? 'gone' : undefined
  }
}

/** Whoever tells the sessions of a user that there is something new. */
function usersActor({ settings }: AdminNode, user: UserKey): string {
  return `users.${shardOf(user, settings.threads)}`
}

async function isSuspended(admin: AdminNode, target: string): Promise<boolean> {
  try {
    return (await admin.node().inspector.info(target, { timeoutMs: TIMEOUT_MS })).state === 'suspended'
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error
    return false
  }
}

function stuckIn(admin: AdminNode, thread: number): string | undefined {
  const activity = admin
    .node()
    .loads()
    .find((load) => load.thread === thread)?.activity
  return activity === undefined ? undefined : busyWith(activity)
}
