/** The HTTP API's calls about conversations and their messages. */

import { INBOX_MEMBERS_MAX, type ServerFrameOf } from '../protocol/index.ts'
import { type ConversationRecord, tenantOf, type UserKey, userOf } from '../storage/index.ts'
import type { ApiCall } from './api-call.ts'
import { newConversation, newPost, pageRange, refuse, snowflakeIn, unwrap, userIn } from './api-input.ts'
import { announce, audienceOf } from './audience.ts'
import type { ApiResponse } from './messages.ts'
import { meterService } from './services.ts'
import { readPage } from './session-pages.ts'
import { conversationEntry } from './views.ts'

/** What stands as the device of messages that come by HTTP. */
const HTTP_DEVICE = 'http'

/** POST /v1/conversations */
export async function createConversation(call: ApiCall): Promise<ApiResponse> {
  const { user, body } = call.request
  const wanted = newConversation(body, user)
  if (wanted.kind === 'dm') return openDm(call, wanted.user)
  const { members, title } = wanted
  const record: ConversationRecord = {
    ...newRecord(call, 'group'),
    ...(title === undefined ? {} : { title }),
  }
  await call.store.createConversation(record, members)
  return created(call, record, members)
}

async function openDm(call: ApiCall, other: UserKey): Promise<ApiResponse> {
  const members = [call.request.user, other] as const
  const opened = await call.store.openDm(newRecord(call, 'dm'), members)
  if (opened.created) return created(call, opened.record, members)
  return { status: 200, body: { id: opened.record.id, kind: 'dm', members: members.map(userOf) } }
}

function newRecord(call: ApiCall, kind: 'dm' | 'group'): ConversationRecord {
  const tenant = tenantOf(call.request.user)
  return { id: call.ids.next(), tenant, kind, createdAt: call.ctx.now() }
}

function created(
  { ctx, threads }: ApiCall,
  record: ConversationRecord,
  members: readonly UserKey[],
): ApiResponse {
  const { id, kind, title } = record
  const large = members.length > INBOX_MEMBERS_MAX
  const conversation = conversationEntry(record, 0, 0, large ? undefined : members)
  const frame = { op: 'conversation.added', conversation } as const
  announce(ctx, audienceOf(members, threads), {
    type: 'event',
    frame,
    except: 0,
    ...(large ? { join: id } : {}),
  })
  const shown = { id, kind, members: members.map(userOf), ...(title === undefined ? {} : { title }) }
  return { status: 201, body: shown }
}

/** GET /v1/conversations/:id. A channel's members are those of its guild, and not listed. */
export async function getConversation(call: ApiCall, text: string): Promise<ApiResponse> {
  const { id, kind, title, guild, name } = await readable(call, text)
  const [members, head] = await Promise.all([call.store.members(id), call.store.head(id)])
  const more = kind === 'channel' ? { guild, name } : title === undefined ? {} : { title }
  return { status: 200, body: { id, kind, members: members.map(userOf), head, ...more } }
}

/** PUT and DELETE /v1/conversations/:id/members/:user */
export async function changeMember(call: ApiCall, text: string, member: string): Promise<ApiResponse> {
  const { user: by, method } = call.request
  const key = snowflakeIn(text, 'the conversation')
  const type = method === 'PUT' ? 'addMember' : 'removeMember'
  unwrap(await call.askConversation({ type, key, by, user: userIn(member, by) }))
  return { status: 204, body: undefined }
}

/** GET /v1/conversations/:id/messages */
export async function getMessages(call: ApiCall, text: string): Promise<ApiResponse> {
  const range = pageRange(call.request.query)
  const { id } = await readable(call, text)
  return { status: 200, body: await readPage(call.store, id, range) }
}

/** POST /v1/conversations/:id/messages */
export async function postMessage(call: ApiCall, text: string): Promise<ApiResponse> {
  const { user: author, body } = call.request
  const key = snowflakeIn(text, 'the conversation')
  const post = newPost(body)
  const request = { type: 'post', key, author, device: HTTP_DEVICE, connection: 0, post } as const
  const meter = call.ctx.service(meterService)
  const since = meter.ticks()
  const result = await call.askConversation(request)
  meter.posted(result, since)
  const { seq, messageId, at, duplicate } = unwrap(result)
  const sent: Omit<ServerFrameOf<'sent'>, 'op'> = { to: key, id: post.id, seq, messageId, at, duplicate }
  return { status: 200, body: sent }
}

/** A conversation that the user may read. */
async function readable({ store, request: { user } }: ApiCall, text: string): Promise<ConversationRecord> {
  const id = snowflakeIn(text, 'the conversation')
  const record = await store.conversation(id)
  if (record === undefined || record.tenant !== tenantOf(user)) {
    return refuse('NOT_FOUND', `Cannot find conversation ${id}`)
  }
  const isMember =
    record.guild === undefined
      ? await store.isMember(id, user)
      : await store.isGuildMember(record.guild, user)
  if (isMember) return record
  return refuse('FORBIDDEN', `Cannot read conversation ${id}: ${userOf(user)} is not a member`)
}
