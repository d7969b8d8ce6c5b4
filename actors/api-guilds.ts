/** The HTTP API's calls about guilds and their channels. */

import type { ServerFrame } from '../protocol/index.ts'
import { type ConversationRecord, type GuildRecord, tenantOf, userOf } from '../storage/index.ts'
import type { ApiCall } from './api-call.ts'
import { newChannel, newGuild, refuse, snowflakeIn, unwrap, userIn } from './api-input.ts'
import { announce, audienceOf } from './audience.ts'
import type { ApiResponse } from './messages.ts'

const FIRST_CHANNEL = 'general'

/** POST /v1/guilds */
export async function createGuild(call: ApiCall): Promise<ApiResponse> {
  const { ctx, ids, store, threads } = call
  const { user: owner, body } = call.request
  const { name, open } = newGuild(body)
  const shared = { tenant: tenantOf(owner), createdAt: ctx.now() }
  const record: GuildRecord = { ...shared, id: ids.next(), name, owner, open }
  const { id } = record
  const channel: ConversationRecord = {
    ...shared,
    id: ids.next(),
    kind: 'channel',
    guild: id,
    name: FIRST_CHANNEL,
  }
  await store.createGuild(record, channel)
  const guild = { id, name, owner: userOf(owner) }
  const entry = { id: channel.id, name: FIRST_CHANNEL, head: 0, read: 0 }
  const frame: ServerFrame = { op: 'guild.added', guild: { ...guild, channels: [entry] } }
  announce(ctx, audienceOf([owner], threads), { type: 'event', frame, except: 0, join: id })
  return { status: 201, body: { ...guild, channels: [{ id: channel.id, name: FIRST_CHANNEL }] } }
}

/** GET /v1/guilds/:id: for members, and for anyone of the tenant while it is open. */
export async function getGuild({ store, request: { user } }: ApiCall, text: string): Promise<ApiResponse> {
  const id = snowflakeIn(text, 'the guild')
  const record = await store.guild(id)
  if (record === undefined || record.tenant !== tenantOf(user))
    return refuse('NOT_FOUND', `Cannot find guild ${id}`)
  if (!record.open && !(await store.isGuildMember(id, user))) {
    return refuse('FORBIDDEN', `Cannot read guild ${id}: ${userOf(user)} is not a member`)
  }
  const [members, all] = await Promise.all([store.guildMemberCount(id), store.channels(id)])
  const channels = all.map((channel) => ({ id: channel.id, name: channel.name ?? '' }))
  return { status: 200, body: { id, name: record.name, owner: userOf(record.owner), members, channels } }
}

/** POST /v1/guilds/:id/channels */
export async function createChannel(call: ApiCall, text: string): Promise<ApiResponse> {
  const { user: by, body } = call.request
  const key = snowflakeIn(text, 'the guild')
  const name = newChannel(body)
  return { status: 201, body: unwrap(await call.askGuild({ type: 'createChannel', key, by, name })) }
}

/** PUT and DELETE /v1/guilds/:id/members/:user */
export async function changeGuildMember(call: ApiCall, text: string, member: string): Promise<ApiResponse> {
  const { user: by, method } = call.request
  const key = snowflakeIn(text, 'the guild')
  const type = method === 'PUT' ? 'addMember' : 'removeMember'
  unwrap(await call.askGuild({ type, key, by, user: userIn(member, by) }))
  return { status: 204, body: undefined }
}
