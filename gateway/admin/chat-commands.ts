/** What operators ask about users, sessions, guilds and conversations. Bodies are not read but to find a message. */

import { setImmediate } from 'node:timers/promises'
import { shardOf } from '../../actors/index.ts'
import { isUserId } from '../../protocol/index.ts'
import { tenantOf, type UserKey, userKey, userOf } from '../../storage/index.ts'
import type { Session } from '../session-table.ts'
import type { AdminNode } from './admin-node.ts'
import { audienceOf } from './audience-kind.ts'
import type { ConversationFigures, GuildFigures, MemberRow, Whereabouts } from './chat-rows.ts'
import { type Caller, call } from './command.ts'
import { LIMITS, ROWS_MAX } from './contract.ts'
import { ownerFigures } from './owner-figures.ts'
import { bad, type Field, flag, matching, Refusal, required, text, whole } from './params.ts'
import { inPieces } from './pieces.ts'
import { isSlow, sessionFigures } from './session-figures.ts'
import { listensTo, searchSessions } from './session-search.ts'
import type { ReadableStore } from './store-reader.ts'
import { explain } from './why.ts'
import { gatherFacts } from './why-facts.ts'

const ROWS_DEFAULT = 100
const MEMBERS_DEFAULT = 20
/** Members looked at before others have their turn. */
const BATCH = 100

const snowflake = matching(/^[1-9][0-9]{0,18}$/, 'an id: a number of up to 19 digits')

export const user: Field<string | undefined> = (value, name) => {
  if (value === undefined || value === null) return undefined
  if (isUserId(value)) return value
  throw bad(name, 'must be a user id: 1 to 128 bytes without control characters')
}

const id = required(snowflake)
const message = required(text(64))
const userFields = { user: required(user), tenant: user }

export function chatCommands(admin: AdminNode) {
  return {
    sessions: call('sessions', {
      fields: { user, tenant: user, guild: snowflake, slow: flag, limit: whole(1, ROWS_MAX, ROWS_DEFAULT) },
      rights: 'read',
      async run({ user: of, tenant, guild, slow, limit }, caller) {
        const atMs = Date.now()
        const key = of === undefined ? undefined : userKey(tenant ?? '', of)
        const found = await sessionsOf(admin, caller, { key, guild, slow })
        const shown = found.slice(0, limit)
        const rows = await inPieces(caller.spend, shown, (session) => sessionFigures(admin, session))
        return { atMs, silent: [], truncated: found.length > limit, total: found.length, rows }
      },
    }),
    where: call('where', {
      fields: userFields,
      rights: 'read',
      run: (params, { spend }) => whereabouts(admin, spend, userKey(params.tenant ?? '', params.user)),
    }),
    guild: call('guild', {
      fields: { guild: id, limit: whole(1, LIMITS.members, MEMBERS_DEFAULT) },
      rights: 'read',
      run: ({ guild, limit }, caller) =>
        admin.store.use(caller.spend, (store) => guildFigures(admin, store, caller, guild, limit)),
    }),
    conversation: call('conversation', {
      fields: { conversation: id, limit: whole(1, LIMITS.members, MEMBERS_DEFAULT) },
      rights: 'read',
      run: ({ conversation, limit }, caller) =>
        admin.store.use(caller.spend, (store) => conversationFigures(admin, store, conversation, limit)),
    }),
    why: call('why', {
      fields: { ...userFields, message },
      rights: 'read',
      run: (params, caller) =>
        admin.store.use(caller.spend, async (store) =>
          explain(
            await gatherFacts(
              admin,
              store,
              caller,
              userKey(params.tenant ?? '', params.user),
              params.message,
            ),
          ),
        ),
    }),
  }
}

interface SessionChoice {
  readonly key: UserKey | undefined
  readonly guild: string | undefined
  readonly slow: boolean
}

async function sessionsOf(
  admin: AdminNode,
  caller: Caller,
  { key, guild, slow }: SessionChoice,
): Promise<Session[]> {
  const fits = (session: Session): boolean =>
    (!slow || isSlow(session)) && (guild === undefined || listensTo(session, guild))
  if (key !== undefined) return admin.gateway.sessions.of(key).filter(fits)
  return searchSessions(admin, caller.spend, fits)
}

/** What the table knows is told even when the store cannot be read. */
async function whereabouts(admin: AdminNode, spend: Caller['spend'], key: UserKey): Promise<Whereabouts> {
  const sessions = admin.gateway.sessions.of(key).map((session) => sessionFigures(admin, session))
  const stored = await storedOf(admin, spend, key)
  return {
    user: userOf(key),
    tenant: tenantOf(key),
    online: sessions.some(({ state }) => state !== 'detached'),
    thread: shardOf(key, admin.settings.threads),
    sessions,
    ...stored,
  }
}

async function storedOf(admin: AdminNode, spend: Caller['spend'], key: UserKey) {
  try {
    return await admin.store.use(spend, async (store) => ({
      lastSeenMs: await store.lastSeen(key),
      inboxHead: await store.inboxHead(key),
      conversations: (await store.conversationsOf(key)).length,
      guilds: (await store.guildsOf(key)).length,
    }))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { lastSeenMs: undefined, inboxHead: undefined, conversations: undefined, guilds: undefined }
  }
}

async function guildFigures(
  admin: AdminNode,
  store: ReadableStore,
  caller: Caller,
  guild: string,
  limit: number,
): Promise<GuildFigures> {
  const record = await store.guild(guild)
  if (record === undefined) throw notFound('guild', guild)
  const channels = await store.channels(guild)
  const { items } = await store.guildMembers(guild, undefined, limit)
  const listening = await searchSessions(admin, caller.spend, (session) => listensTo(session, guild))
  const [relay, guildActor] = await Promise.all([
    ownerFigures(admin, 'relays', guild),
    ownerFigures(admin, 'guilds', guild),
  ])
  return {
    guild,
    name: record.name,
    tenant: record.tenant,
    owner: userOf(record.owner),
    open: record.open,
    createdAtMs: record.createdAt,
    members: await store.guildMemberCount(guild),
    online: new Set(listening.map((session) => session.user)).size,
    channels: await Promise.all(
      channels.map(async ({ id, name = '' }) => ({
        conversation: id,
        name,
        head: await store.head(id),
        published: admin.gateway.topics.head(guild, id),
      })),
    ),
    relay,
    guildActor,
    memberRows: items.map((member) => memberRow(admin, member, undefined)),
  }
}

async function conversationFigures(
  admin: AdminNode,
  store: ReadableStore,
  conversation: string,
  limit: number,
): Promise<ConversationFigures> {
  const record = await store.conversation(conversation)
  if (record === undefined) throw notFound('conversation', conversation)
  const { guild } = record
  const members = guild === undefined ? await store.members(conversation) : []
  const count = guild === undefined ? members.length : await store.guildMemberCount(guild)
  const first =
    guild === undefined ? members.slice(0, limit) : (await store.guildMembers(guild, undefined, limit)).items
  const { items } = await store.read(conversation, { limit: 1 })
  const audience = audienceOf(record.kind, members.length)
  const topic = guild ?? conversation
  return {
    conversation,
    kind: record.kind,
    tenant: record.tenant,
    title: record.title ?? record.name,
    guild,
    createdAtMs: record.createdAt,
    head: items[0]?.seq ?? 0,
    lastMessageAtMs: items[0]?.at,
    members: count,
    audience,
    owner: await ownerFigures(admin, 'conversations', conversation),
    relay: audience === 'topic' ? await ownerFigures(admin, 'relays', topic) : undefined,
    published: audience === 'topic' ? admin.gateway.topics.head(topic, conversation) : undefined,
    memberRows: await memberRows(admin, store, conversation, first),
  }
}

async function memberRows(
  admin: AdminNode,
  store: ReadableStore,
  conversation: string,
  members: readonly UserKey[],
): Promise<MemberRow[]> {
  const rows: MemberRow[] = []
  for (const member of members) {
    const { read } = await store.cursors(conversation, member, '')
    rows.push(memberRow(admin, member, read))
    if (rows.length % BATCH === 0) await setImmediate()
  }
  return rows
}

function memberRow({ gateway }: AdminNode, member: UserKey, read: number | undefined): MemberRow {
  return { user: userOf(member), sessions: gateway.sessions.of(member).length, read }
}

function notFound(what: string, id: string): Refusal {
  return new Refusal('NOT_FOUND', `Cannot show ${what} ${id}: there is none in the store`)
}
