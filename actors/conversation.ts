/**
 * conversation: the owner of one conversation, started by its router when somebody asks for it.
 *
 * Guarantees
 * - It is the only one that appends to its log. A request is answered exactly once, posts after they are durable.
 * - A conversation that does not exist is NOT_FOUND, one of another tenant too; to others than members FORBIDDEN.
 * - No error of the store ends it: what cannot be written is answered with UNAVAILABLE or OVERLOADED.
 * - What it appended, those online hear of, whether or not it lives to tell them: in place of one that crashed it has
 *   them look at their inboxes, or tells the head to the relay.
 *
 * Retires after a minute without requests, at once when there is nothing to own.
 */

import { type Context, defineActor, type Stop, stop, unreachable } from '../runtime/index.ts'
import {
  change,
  changed,
  forgetMember,
  forMember,
  lookedUp,
  startChange,
  unknown,
} from './conversation-members.ts'
import type {
  ConversationContext,
  ConversationMsg,
  ConversationOwner,
  MemberRequest,
} from './conversation-owner.ts'
import {
  appended,
  headRead,
  post,
  readHead,
  repeatAfterCrash,
  repeatHead,
  repeatLater,
  startBatch,
} from './conversation-posts.ts'
import { advance, advanced, tellReceipts, typing } from './conversation-receipts.ts'
import { ConversationState } from './conversation-state.ts'
import { storeFailed, unavailable } from './failures.ts'
import type { ConversationRequest, Result } from './messages.ts'
import { type OwnerArg, router } from './router.ts'
import { settingsService, storeService } from './services.ts'

const IDLE_MS = 60_000
const MAILBOX_LIMIT = 10_000

/** There is no such conversation, or it cannot be loaded now: the answer to everything. */
interface Absent {
  readonly absent: Extract<Result<null>, { ok: false }>
  /** It must be loaded once more, because it has something to say after a crash. */
  readonly isOwed: boolean
}

const conversation = defineActor<ConversationOwner | Absent, ConversationMsg, OwnerArg>({
  name: 'conversation',
  mailbox: { limit: MAILBOX_LIMIT, onFull: 'refuse' },
  async init(arg, ctx) {
    const loaded = await load(arg, ctx)
    if ('absent' in loaded) {
      ctx.send(arg.router, { type: 'idle', key: arg.key, self: ctx.self })
      return loaded
    }
    ctx.sendAfter(IDLE_MS, ctx.self, { type: 'checkIdle' })
    if (arg.revived) repeatAfterCrash(loaded, ctx)
    return loaded
  },
  handle(state, msg, ctx) {
    return 'absent' in state ? refuseAll(state, msg, ctx) : own(state, msg, ctx)
  },
  about(state) {
    if ('absent' in state) return { absent: true }
    const { key, lookingUp, advancing, retiring } = state
    const { record, head, memberCount, route, busy } = state.state
    const work = { busy, lookingUp, advancing, retiring }
    return { conversation: key, kind: record.kind, head, members: memberCount, route: route.kind, ...work }
  },
  // Handed over, and refused by a full mailbox on another thread.
  refused(state, _refused, ctx) {
    if (!('absent' in state)) repeatLater(state, ctx)
  },
})

export const conversations = router<ConversationRequest>({
  name: 'conversations',
  start: (ctx, arg) => ctx.spawn(conversation, arg, { link: true }),
  startsFor: (request) => request.type !== 'forgetMember',
  revives: true,
  refuse(request, fact, ctx) {
    if (request.type !== 'forgetMember') {
      ctx.reply(request.replyTo, unavailable(`ask conversation ${request.key}`, fact))
    }
  },
})

async function load(
  { key, router, revived }: OwnerArg,
  ctx: ConversationContext,
): Promise<ConversationOwner | Absent> {
  const store = ctx.service(storeService)
  const { threads } = ctx.service(settingsService)
  try {
    const [record, members, head] = await Promise.all([
      store.conversation(key),
      store.members(key),
      store.head(key),
    ])
    if (record === undefined) return { absent: unknown(key), isOwed: false }
    const state = new ConversationState(record, members, head, threads)
    return newOwner({ key, router, revived }, state, threads, ctx.monotonic())
  } catch (error) {
    return { absent: storeFailed(error, `load conversation ${key}`), isOwed: revived }
  }
}

function newOwner(
  { key, router }: OwnerArg,
  state: ConversationState,
  threads: number,
  usedAtMs: number,
): ConversationOwner {
  const timers = { headTimer: false, receiptTimer: false }
  const work = { lookups: new Map(), lookingUp: 0, advancing: 0 }
  return { key, router, state, threads, ...work, ...timers, usedAtMs, retiring: false }
}

function refuseAll(
  { absent, isOwed }: Absent,
  msg: ConversationMsg,
  ctx: ConversationContext,
): Stop | undefined {
  // An end that is not normal makes the router try again.
  if (msg.type === 'retire') return isOwed ? stop('not loaded') : stop()
  if (isMemberRequest(msg)) ctx.reply(msg.replyTo, absent)
  return undefined
}

function own(owner: ConversationOwner, msg: ConversationMsg, ctx: ConversationContext): Stop | undefined {
  if (isMemberRequest(msg)) {
    owner.usedAtMs = ctx.monotonic()
    forMember(owner, msg, ctx, (request) => serve(owner, request, ctx))
  } else {
    goOn(owner, msg, ctx)
  }
  startNext(owner, ctx)
  return owner.retiring && !isBusy(owner) ? stop() : undefined
}

function serve(owner: ConversationOwner, request: MemberRequest, ctx: ConversationContext): void {
  switch (request.type) {
    case 'post':
      return post(owner, request, ctx)
    case 'ack':
    case 'read':
      return advance(owner, request, ctx)
    case 'typing':
      return typing(owner, request, ctx)
    case 'addMember':
    case 'removeMember':
      return change(owner, request, ctx)
    default:
      return unreachable(request)
  }
}

function goOn(
  owner: ConversationOwner,
  msg: Exclude<ConversationMsg, MemberRequest>,
  ctx: Context<ConversationMsg>,
): void {
  switch (msg.type) {
    case 'forgetMember':
      return forgetMember(owner, msg.user)
    case 'appended':
      return appended(owner, msg, ctx)
    case 'changed':
      return changed(owner, msg, ctx)
    case 'lookedUp':
      return lookedUp(owner, msg, ctx, (request) => serve(owner, request, ctx))
    case 'advanced':
      return advanced(owner, msg, ctx)
    case 'headRead':
      // Unreadable now: the next append brings the head along.
      return msg.outcome.ok ? headRead(owner, msg.outcome.value, ctx) : undefined
    case 'readHead':
      return readHead(owner, ctx)
    case 'repeatHead':
      return repeatHead(owner, ctx)
    case 'tellReceipts':
      return tellReceipts(owner, ctx)
    case 'checkIdle':
      return checkIdle(owner, ctx)
    case 'retire':
      owner.retiring = true
      return
    default:
      return unreachable(msg)
  }
}

/** What waits in the queue goes on as soon as nothing else is being done. */
function startNext(owner: ConversationOwner, ctx: ConversationContext): void {
  for (let next = owner.state.next(); next !== undefined; next = owner.state.next()) {
    if (next.kind === 'batch') startBatch(owner, next, ctx)
    else startChange(owner, next.request, ctx)
  }
}

function checkIdle(owner: ConversationOwner, ctx: ConversationContext): void {
  const idleMs = ctx.monotonic() - owner.usedAtMs
  const { key, router } = owner
  if (idleMs >= IDLE_MS && !isBusy(owner)) ctx.send(router, { type: 'idle', key, self: ctx.self })
  ctx.sendAfter(IDLE_MS, ctx.self, { type: 'checkIdle' })
}

/** Something is not told yet: retiring waits for it. */
function isBusy({ state, lookingUp, advancing, headTimer, receiptTimer }: ConversationOwner): boolean {
  return state.busy || lookingUp > 0 || advancing > 0 || headTimer || receiptTimer
}

const MEMBER_REQUESTS: ReadonlySet<string> = new Set<MemberRequest['type']>([
  'post',
  'ack',
  'read',
  'typing',
  'addMember',
  'removeMember',
])

function isMemberRequest(msg: ConversationMsg): msg is MemberRequest {
  return MEMBER_REQUESTS.has(msg.type)
}
