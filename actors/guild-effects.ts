/** Effects of a guild: what it writes for a request it has allowed, and whom it tells. */

import type { GuildEntry } from '../protocol/index.ts'
import type { Context } from '../runtime/index.ts'
import {
  type ConversationRecord,
  type GuildRecord,
  type Store,
  type UserKey,
  userOf,
} from '../storage/index.ts'
import { announce, audienceOf, relay } from './audience.ts'
import type { GuildState } from './guild-state.ts'
import type { ConversationRequest, GuildRequest } from './messages.ts'
import { idsService, settingsService, shardOf, storeService } from './services.ts'

/** What a user has read is the same for all devices. */
const ANY_DEVICE = '-'

type GuildContext = Context<never>
type MemberChange = Extract<GuildRequest, { type: 'addMember' | 'removeMember' }>

export async function addGuildMember(
  { record, channels }: GuildState,
  { user }: MemberChange,
  ctx: GuildContext,
): Promise<void> {
  const store = ctx.service(storeService)
  if (!(await store.addGuildMember(record.id, user))) return
  forgetMember(channels, user, ctx)
  const guild = await guildEntry(store, record, channels, user)
  const audience = audienceOf([user], ctx.service(settingsService).threads)
  announce(ctx, audience, { type: 'event', frame: { op: 'guild.added', guild }, except: 0, join: record.id })
}

export async function removeGuildMember(
  { record: { id }, channels }: GuildState,
  { user }: MemberChange,
  ctx: GuildContext,
): Promise<void> {
  const removed = await ctx.service(storeService).removeGuildMember(id, user)
  // Also when nothing changed: an earlier removal may have been unconfirmed.
  forgetMember(channels, user, ctx)
  if (!removed) return
  const audience = audienceOf([user], ctx.service(settingsService).threads)
  const frame = { op: 'guild.removed', guild: { id } } as const
  announce(ctx, audience, { type: 'event', frame, except: 0, leave: id })
}

export async function createChannel(
  { record, channels }: GuildState,
  name: string,
  ctx: GuildContext,
): Promise<{ readonly id: string; readonly name: string }> {
  const id = ctx.service(idsService).next()
  const { tenant, id: guild } = record
  const channel: ConversationRecord = { id, tenant, kind: 'channel', guild, name, createdAt: ctx.now() }
  await ctx.service(storeService).createChannel(channel)
  channels.push(channel)
  const frame = { op: 'channel.added', guild, channel: { id, name, head: 0, read: 0 } } as const
  relay(ctx, ctx.service(settingsService).threads, { type: 'event', key: guild, frame, except: 0 })
  return { id, name }
}

/** A guild as one of its members sees it. */
async function guildEntry(
  store: Store,
  { id, name, owner }: GuildRecord,
  channels: readonly ConversationRecord[],
  user: UserKey,
): Promise<GuildEntry> {
  const entries = channels.map(async (channel) => ({
    id: channel.id,
    name: channel.name ?? '',
    head: await store.head(channel.id),
    read: (await store.cursors(channel.id, user, ANY_DEVICE)).read,
  }))
  return { id, name, owner: userOf(owner), channels: await Promise.all(entries) }
}

function forgetMember(channels: readonly ConversationRecord[], user: UserKey, ctx: GuildContext): void {
  const { threads } = ctx.service(settingsService)
  for (const { id } of channels) {
    const request: ConversationRequest = { type: 'forgetMember', key: id, user }
    ctx.sendTo(`conversations.${shardOf(id, threads)}`, request)
  }
}
