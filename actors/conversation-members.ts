/**
 * Membership of a conversation: who may ask, and what happens when someone joins or leaves.
 *
 * Groups have no owner: any member adds and removes anyone, and anyone may leave. A 1:1 keeps its two members; a
 * channel's members are its guild's. Those concerned hear of it: the one who joins by `conversation.added`, the one
 * who leaves by `conversation.removed`, the others of at most 100 by a `conversation.added` with the new members.
 * When the group grows beyond 100 its sessions are told to join its topic, and to leave it when it shrinks.
 */

import { StorageError, type Store, type UserKey, userOf } from '../storage/index.ts'
import { announce, audienceOf } from './audience.ts'
import type {
  Change,
  ConversationContext,
  ConversationMsg,
  ConversationOwner,
  Lookup,
  MemberRequest,
} from './conversation-owner.ts'
import { type ChangeRequest, GROUP_MEMBERS_MAX, type Route } from './conversation-state.ts'
import { DONE, failed, overloaded, storeFailed } from './failures.ts'
import type { Topic } from './messages.ts'
import { meterService, storeService } from './services.ts'
import { conversationEntry } from './views.ts'

const LOOKING_UP_MAX = 1_000
/** Only what the user has read is asked for, which is the same for all devices. */
const ANY_DEVICE = '-'

/** Runs `then` for a member, now or when the store has said so; answers anyone else. */
export function forMember(
  owner: ConversationOwner,
  request: MemberRequest,
  ctx: ConversationContext,
  then: (request: MemberRequest) => void,
): void {
  const { state } = owner
  const user = whoAsks(request)
  if (!state.sameTenant(user)) return ctx.reply(request.replyTo, unknown(owner.key))
  if (!state.isChannel) {
    return state.isMember(user) ? then(request) : ctx.reply(request.replyTo, notMember(owner.key, user))
  }
  const isKnown = state.known.has(user, ctx.now())
  ctx.service(meterService).looked('membership', isKnown)
  if (isKnown) then(request)
  else lookUp(owner, user, request, ctx)
}

export function lookedUp(
  owner: ConversationOwner,
  { user, outcome }: Extract<ConversationMsg, { type: 'lookedUp' }>,
  ctx: ConversationContext,
  then: (request: MemberRequest) => void,
): void {
  const { waiting, stale } = owner.lookups.get(user) as Lookup
  owner.lookups.delete(user)
  owner.lookingUp -= waiting.length
  if (outcome.ok && stale) {
    for (const request of waiting) lookUp(owner, user, request, ctx)
    return
  }
  if (outcome.ok && outcome.value) {
    owner.state.known.add(user, ctx.now())
    return waiting.forEach(then)
  }
  const answer = outcome.ok
    ? notMember(owner.key, user)
    : storeFailed(outcome.error, `look up the members of conversation ${owner.key}`)
  for (const request of waiting) ctx.reply(request.replyTo, answer)
}

export function forgetMember(owner: ConversationOwner, user: UserKey): void {
  owner.state.known.forget(user)
  const lookup = owner.lookups.get(user)
  if (lookup !== undefined) lookup.stale = true
}

/** Queues a change: it takes its place between the posts. */
export function change(owner: ConversationOwner, request: ChangeRequest, ctx: ConversationContext): void {
  const { state, key } = owner
  if (state.record.kind !== 'group') {
    const text = `Cannot change the members of conversation ${key}: it is a ${state.record.kind}`
    return ctx.reply(request.replyTo, failed('FORBIDDEN', text))
  }
  if (!state.sameTenant(request.user)) return ctx.reply(request.replyTo, unknown(key))
  if (!state.enqueue(request)) {
    ctx.reply(request.replyTo, overloaded(`change conversation ${key}`, 'too much waits already'))
  }
}

/** The change's turn has come. */
export function startChange(
  owner: ConversationOwner,
  request: ChangeRequest,
  ctx: ConversationContext,
): void {
  const { state, key } = owner
  const adds = request.type === 'addMember'
  if (adds && !state.isMember(request.user) && state.memberCount >= GROUP_MEMBERS_MAX) {
    const text = `Cannot add a member to conversation ${key}: it has ${GROUP_MEMBERS_MAX} already`
    ctx.reply(request.replyTo, failed('TOO_LARGE', text))
    return state.finished()
  }
  const store = ctx.service(storeService)
  ctx.task(
    () => writeChange(store, key, request, toldUsers(owner, request)),
    (outcome) => ({ type: 'changed', request, outcome }),
  )
}

export function changed(
  owner: ConversationOwner,
  { request, outcome }: Extract<ConversationMsg, { type: 'changed' }>,
  ctx: ConversationContext,
): void {
  const { state } = owner
  state.finished()
  if (!outcome.ok) {
    ctx.reply(request.replyTo, storeFailed(outcome.error, `change the members of conversation ${owner.key}`))
  } else {
    ctx.reply(request.replyTo, DONE)
    // An unconfirmed change that had happened is no change for the store when it is asked for again.
    const adds = request.type === 'addMember'
    if (outcome.value.changed || state.isMember(request.user) !== adds)
      apply(owner, request, outcome.value, ctx)
  }
}

function apply(
  owner: ConversationOwner,
  request: ChangeRequest,
  { users, reads }: Change,
  ctx: ConversationContext,
): void {
  const { state, key } = owner
  const before = state.route
  state.changed(request)
  const { route, record, head } = state
  const members = route.kind === 'inboxes' ? route.users : undefined
  if (request.type === 'removeMember') {
    const frame = { op: 'conversation.removed', conversation: { id: key } } as const
    const audience = audienceOf([request.user], owner.threads)
    announce(ctx, audience, { type: 'event', frame, except: 0, ...leaving(before) })
  }
  users.forEach((user, index) => {
    if (!state.isMember(user)) return
    const conversation = conversationEntry(record, head, reads[index] ?? 0, members)
    const frame = { op: 'conversation.added', conversation } as const
    const move = route.kind === 'topic' ? { join: route.topic } : leaving(before)
    announce(ctx, audienceOf([user], owner.threads), { type: 'event', frame, except: 0, ...move })
  })
}

function leaving(route: Route): { leave?: Topic } {
  return route.kind === 'topic' ? { leave: route.topic } : {}
}

/** Who gets a new entry: everyone where inboxes are or were, else whom it concerns. */
function toldUsers({ state }: ConversationOwner, { type, user }: ChangeRequest): readonly UserKey[] {
  const adds = type === 'addMember'
  if (state.route.kind === 'inboxes') return adds ? [...state.members(), user] : state.members()
  if (adds) return [user]
  return state.shrinksNext ? state.members() : []
}

async function writeChange(
  store: Store,
  conversation: string,
  { type, user }: ChangeRequest,
  users: readonly UserKey[],
): Promise<Change> {
  const changed =
    type === 'addMember'
      ? await store.addMember(conversation, user)
      : await store.removeMember(conversation, user)
  const reads = await Promise.all(users.map((each) => readOf(store, conversation, each)))
  return { changed, users, reads }
}

/** The change has happened: a cursor that cannot be read now must not make it fail. */
async function readOf(store: Store, conversation: string, user: UserKey): Promise<number> {
  try {
    return (await store.cursors(conversation, user, ANY_DEVICE)).read
  } catch (error) {
    if (error instanceof StorageError) return 0
    throw error
  }
}

function lookUp(
  owner: ConversationOwner,
  user: UserKey,
  request: MemberRequest,
  ctx: ConversationContext,
): void {
  if (owner.lookingUp >= LOOKING_UP_MAX) {
    return ctx.reply(request.replyTo, overloaded(`ask conversation ${owner.key}`, 'too much waits already'))
  }
  owner.lookingUp++
  const lookup = owner.lookups.get(user)
  if (lookup !== undefined) {
    lookup.waiting.push(request)
    return
  }
  owner.lookups.set(user, { waiting: [request], stale: false })
  const store = ctx.service(storeService)
  const guild = owner.state.record.guild ?? ''
  ctx.task(
    () => store.isGuildMember(guild, user),
    (outcome) => ({ type: 'lookedUp', user, outcome }),
  )
}

function whoAsks(request: MemberRequest): UserKey {
  switch (request.type) {
    case 'post':
      return request.author
    case 'addMember':
    case 'removeMember':
      return request.by
    default:
      return request.user
  }
}

export function unknown(key: string) {
  return failed('NOT_FOUND', `Cannot find conversation ${key}`)
}

function notMember(key: string, user: UserKey) {
  return failed('FORBIDDEN', `Cannot use conversation ${key}: ${userOf(user)} is not a member`)
}
