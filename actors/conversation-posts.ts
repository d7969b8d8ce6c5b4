/**
 * Posts of a conversation: from the queue into the log, and from there to whoever is online.
 *
 * Guarantees: nobody hears of a message before it is durable; a duplicate is acknowledged and not delivered again;
 * a failure of the store is told to each author, with the time after which to repeat.
 */

import type { Appended, NewMessage, StoredMessage } from '../storage/index.ts'
import { deliver, haveCatchUp, relay } from './audience.ts'
import type { ConversationContext, ConversationMsg, ConversationOwner } from './conversation-owner.ts'
import type { Post, PostRequest, Route, Work } from './conversation-state.ts'
import { failed, overloaded, storeFailed } from './failures.ts'
import { idsService, storeService } from './services.ts'

/** A lost last message is found by what follows it. */
const HEAD_REPEAT_MS = 1_000

export function post(owner: ConversationOwner, request: PostRequest, ctx: ConversationContext): void {
  const { state } = owner
  const { replyTo } = request.post
  if (replyTo !== undefined && replyTo > state.head) {
    const text = `Cannot reply to message ${replyTo}: the last one is ${state.head}`
    return ctx.reply(request.replyTo, failed('BAD_FRAME', text))
  }
  if (!state.enqueue({ request, message: newMessage(request, ctx) })) {
    ctx.reply(request.replyTo, overloaded(`post to conversation ${owner.key}`, 'too much waits already'))
  }
}

/** The turn of a batch has come. */
export function startBatch(
  owner: ConversationOwner,
  { posts, route }: Extract<Work, { kind: 'batch' }>,
  ctx: ConversationContext,
): void {
  const messages = posts.map(({ message }) => message)
  const inboxes = route.kind === 'inboxes' ? route.users : []
  const store = ctx.service(storeService)
  ctx.task(
    () => store.append(owner.key, messages, inboxes),
    (outcome) => ({ type: 'appended', posts, route, outcome }),
  )
}

export function appended(
  owner: ConversationOwner,
  { posts, route, outcome }: Extract<ConversationMsg, { type: 'appended' }>,
  ctx: ConversationContext,
): void {
  owner.state.finished()
  if (outcome.ok) {
    posts.forEach((each, index) => {
      settle(owner, each, outcome.value[index] as Appended, route, ctx)
    })
  } else {
    const failure = storeFailed(outcome.error, `append to conversation ${owner.key}`)
    for (const { request } of posts) ctx.reply(request.replyTo, failure)
    readHead(owner, ctx)
  }
}

function settle(
  owner: ConversationOwner,
  { request, message }: Post,
  result: Appended,
  route: Route,
  ctx: ConversationContext,
): void {
  if (result.status === 'conflict') {
    const text = `Cannot post to conversation ${owner.key}: id ${message.id} stands for another message`
    return ctx.reply(request.replyTo, failed('CONFLICT', text))
  }
  const { seq, messageId, at, inboxes } = result
  const duplicate = result.status === 'duplicate'
  ctx.reply(request.replyTo, { ok: true, value: { seq, messageId, at, duplicate } })
  const isNew = owner.state.reached(seq)
  const isTold =
    !duplicate &&
    spread(owner, { ...message, conversation: owner.key, seq }, inboxes, route, request.connection, ctx)
  // A duplicate beyond the head was appended by a predecessor that may not have lived to tell anyone.
  if (!isTold && (isNew || !duplicate)) repeatLater(owner, ctx)
  else if (isNew && route.kind === 'topic') repeatLater(owner, ctx)
}

/** False when somebody was not told. */
function spread(
  owner: ConversationOwner,
  message: StoredMessage,
  numbers: readonly number[],
  route: Route,
  from: number,
  ctx: ConversationContext,
): boolean {
  if (route.kind === 'inboxes') return deliver(ctx, route.audience, message, numbers, from)
  return relay(ctx, owner.threads, { type: 'publish', key: route.topic, message, from })
}

/** The write may have happened all the same: what is in the log counts, and whoever is online shall hear of it. */
export function readHead(owner: ConversationOwner, ctx: ConversationContext): void {
  const store = ctx.service(storeService)
  ctx.task(
    () => store.head(owner.key),
    (outcome) => ({ type: 'headRead', outcome }),
  )
}

/** The log has been read. */
export function headRead(owner: ConversationOwner, seq: number, ctx: ConversationContext): void {
  if (owner.state.reached(seq)) repeatHead(owner, ctx)
}

export function repeatLater(owner: ConversationOwner, ctx: ConversationContext): void {
  if (owner.headTimer) return
  owner.headTimer = true
  ctx.sendAfter(HEAD_REPEAT_MS, ctx.self, { type: 'repeatHead' })
}

/** Whoever is online looks whether he has it all. */
export function repeatHead(owner: ConversationOwner, ctx: ConversationContext): void {
  owner.headTimer = false
  const { route, head } = owner.state
  const isTold =
    route.kind === 'inboxes'
      ? haveCatchUp(ctx, route.audience)
      : relay(ctx, owner.threads, { type: 'head', key: route.topic, conversation: owner.key, seq: head })
  if (!isTold) repeatLater(owner, ctx)
}

/**
 * In place of an owner that crashed: what it appended may not have been told to anyone, and an append of its that
 * was under way may still come.
 */
export function repeatAfterCrash(owner: ConversationOwner, ctx: ConversationContext): void {
  repeatHead(owner, ctx)
  ctx.sendAfter(HEAD_REPEAT_MS, ctx.self, { type: 'readHead' })
}

function newMessage({ author, device, post }: PostRequest, ctx: ConversationContext): NewMessage {
  return {
    messageId: ctx.service(idsService).next(),
    id: post.id,
    author,
    device,
    at: ctx.now(),
    kind: post.kind ?? 'text',
    body: post.body,
    ...(post.replyTo === undefined ? {} : { replyTo: post.replyTo }),
  }
}
