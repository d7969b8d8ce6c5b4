/**
 * Posts of a conversation: from the queue into the log, and from there to whoever is online.
 *
 * Guarantees: nobody hears of a message before it is durable; a duplicate is acknowledged and not delivered again;
 * a failure of the store is told to each author, with the time after which to repeat.
 */

import type { Appended, NewMessage, StoredMessage } from '../storage/index.ts'
import { deliver, relay } from './audience.ts'
import type { ConversationContext, ConversationMsg, ConversationOwner } from './conversation-owner.ts'
import type { Post, PostRequest, Route, Work } from './conversation-state.ts'
import { failed, overloaded, storeFailed } from './failures.ts'
import { idsService, storeService } from './services.ts'

/** A lost last message is found by the head that follows it. */
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
  moved(owner, seq, ctx)
  if (!duplicate)
    spread(owner, { ...message, conversation: owner.key, seq }, inboxes, route, request.connection, ctx)
}

function spread(
  owner: ConversationOwner,
  message: StoredMessage,
  numbers: readonly number[],
  route: Route,
  from: number,
  ctx: ConversationContext,
): void {
  if (route.kind === 'inboxes') deliver(ctx, route.audience, message, numbers, from)
  else relay(ctx, owner.threads, { type: 'publish', key: route.topic, message, from })
}

/** The write may have happened all the same: what is in the log counts, and whoever is online shall hear of it. */
function readHead(owner: ConversationOwner, ctx: ConversationContext): void {
  const store = ctx.service(storeService)
  ctx.task(
    () => store.head(owner.key),
    (outcome) => ({ type: 'headRead', outcome }),
  )
}

/** The head is at least here. */
export function moved(owner: ConversationOwner, seq: number, ctx: ConversationContext): void {
  if (!owner.state.reached(seq) || owner.headTimer || owner.state.route.kind === 'inboxes') return
  owner.headTimer = true
  ctx.sendAfter(HEAD_REPEAT_MS, ctx.self, { type: 'repeatHead' })
}

export function repeatHead(owner: ConversationOwner, ctx: ConversationContext): void {
  owner.headTimer = false
  const { route, head } = owner.state
  if (route.kind === 'inboxes') return
  relay(ctx, owner.threads, { type: 'head', key: route.topic, conversation: owner.key, seq: head })
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
