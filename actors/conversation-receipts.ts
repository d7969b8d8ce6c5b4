/**
 * Receipts and typing of a conversation.
 *
 * Receipts go to the other members and the user's own other devices; in channels to his own devices only. They are
 * gathered for `GATHER_MS`. In a large group, where each of them goes to everybody, at most `TOPIC_BATCH_MAX` are
 * told per `TOPIC_GATHER_MS`, and the rest waits, one per member.
 */

import { userOf } from '../storage/index.ts'
import { announce, audienceOf, relay } from './audience.ts'
import type {
  AdvanceRequest,
  ConversationContext,
  ConversationMsg,
  ConversationOwner,
  MemberRequest,
} from './conversation-owner.ts'
import { DONE, failed, overloaded, storeFailed } from './failures.ts'
import type { Receipt } from './receipts.ts'
import { storeService } from './services.ts'

const GATHER_MS = 50
const BATCH_MAX = 1_000
const TOPIC_GATHER_MS = 250
const TOPIC_BATCH_MAX = 25
const ADVANCING_MAX = 1_000

export function advance(owner: ConversationOwner, request: AdvanceRequest, ctx: ConversationContext): void {
  const { type, user, device, seq, replyTo } = request
  const { state, key } = owner
  if (seq > state.head) {
    const text = `Cannot ${type} message ${seq} of conversation ${key}: the last one is ${state.head}`
    return ctx.reply(replyTo, failed('BAD_CURSOR', text))
  }
  if (owner.advancing >= ADVANCING_MAX) {
    return ctx.reply(replyTo, overloaded(`${type} in conversation ${key}`, 'too much waits already'))
  }
  owner.advancing++
  const store = ctx.service(storeService)
  ctx.task(
    () =>
      type === 'ack' ? store.advanceDelivered(key, user, device, seq) : store.advanceRead(key, user, seq),
    (outcome) => ({ type: 'advanced', request, outcome }),
  )
}

export function advanced(
  owner: ConversationOwner,
  { request, outcome }: Extract<ConversationMsg, { type: 'advanced' }>,
  ctx: ConversationContext,
): void {
  owner.advancing--
  const { type, user, connection, replyTo } = request
  if (!outcome.ok) {
    return ctx.reply(replyTo, storeFailed(outcome.error, `${type} in conversation ${owner.key}`))
  }
  ctx.reply(replyTo, DONE)
  const kind = type === 'ack' ? 'delivered' : 'read'
  if (owner.state.receipts.add(user, kind, outcome.value, connection)) scheduleReceipts(owner, ctx)
}

function scheduleReceipts(owner: ConversationOwner, ctx: ConversationContext): void {
  if (owner.receiptTimer) return
  owner.receiptTimer = true
  ctx.sendAfter(isLargeGroup(owner) ? TOPIC_GATHER_MS : GATHER_MS, ctx.self, { type: 'tellReceipts' })
}

export function tellReceipts(owner: ConversationOwner, ctx: ConversationContext): void {
  owner.receiptTimer = false
  const { receipts } = owner.state
  for (const receipt of receipts.take(isLargeGroup(owner) ? TOPIC_BATCH_MAX : BATCH_MAX))
    tell(owner, receipt, ctx)
  if (receipts.waiting > 0) scheduleReceipts(owner, ctx)
}

function tell(owner: ConversationOwner, receipt: Receipt, ctx: ConversationContext): void {
  const { user, delivered, read, except } = receipt
  const { route, isChannel } = owner.state
  const frame = {
    op: 'receipt',
    conversation: owner.key,
    user: userOf(user),
    ...(delivered === undefined ? {} : { delivered }),
    ...(read === undefined ? {} : { read }),
  } as const
  if (isChannel) announce(ctx, audienceOf([user], owner.threads), { type: 'event', frame, except })
  else if (route.kind === 'inboxes') announce(ctx, route.audience, { type: 'event', frame, except })
  else relay(ctx, owner.threads, { type: 'event', key: route.topic, frame, except })
}

/** To the other members; in topics also to the user's own other devices. */
export function typing(
  owner: ConversationOwner,
  { user, connection, replyTo }: Extract<MemberRequest, { type: 'typing' }>,
  ctx: ConversationContext,
): void {
  const { route } = owner.state
  const frame = { op: 'typing', conversation: owner.key, user: userOf(user) } as const
  if (route.kind === 'topic') {
    relay(ctx, owner.threads, { type: 'event', key: route.topic, frame, except: connection })
  } else {
    const others = route.users.filter((member) => member !== user)
    announce(ctx, audienceOf(others, owner.threads), { type: 'event', frame, except: connection })
  }
  ctx.reply(replyTo, DONE)
}

function isLargeGroup({ state }: ConversationOwner): boolean {
  return !state.isChannel && state.route.kind === 'topic'
}
