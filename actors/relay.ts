/**
 * relay: publishes what happens in one topic (a guild, or a group beyond inboxes) to the sockets of this node.
 *
 * Guarantees
 * - Messages of a conversation are published in the order of `seq`, those it was not told of read from the log.
 * - Whoever joins misses nothing between the place he has reached and what is published from then on: it is
 *   written to his socket, or told as `lagged`, before he is subscribed.
 * - A frame is encoded once per codec, however many sockets get it.
 * - When it starts, and when asked to check, it compares where the gateway says that the sockets are with the heads of
 *   the log, and publishes what is missing. So whatever was lost before, and with whom, nothing is skipped.
 *
 * All it tells the gateway goes the one way that keeps order. A publication that finds no way now is repeated.
 * Retires after a minute without requests.
 */

import { codecOf, type ServerFrame } from '../protocol/index.ts'
import {
  type Context,
  defineActor,
  type Outcome,
  type Ref,
  type Stop,
  stop,
  unreachable,
} from '../runtime/index.ts'
import type { Page, Store, StoredMessage } from '../storage/index.ts'
import { storeFailed } from './failures.ts'
import type { GatewayMsg, Idle, RelayRequest, Retire, TopicHead } from './messages.ts'
import { type Encoded, GAP_MAX, type Gap, RelayState } from './relay-state.ts'
import { type OwnerArg, router } from './router.ts'
import { meterService, storeService } from './services.ts'
import { messageFrame } from './views.ts'

const IDLE_MS = 60_000
const PAGE = 200
/** After a refusal of the gateway or a failure of the store. */
const RETRY_MS = 100
const CHECK_RETRY_MS = 500
/** Sockets that wait for a gap to be filled. */
const JOINS_MAX = 20_000

type Join = Extract<RelayRequest, { type: 'join' }>

type RelayMsg =
  | RelayRequest
  | Retire
  | { readonly type: 'read'; readonly gap: Gap; readonly outcome: Outcome<Page<StoredMessage>> }
  | { readonly type: 'sockets'; readonly outcome: Outcome<readonly TopicHead[]> }
  | {
      readonly type: 'log'
      readonly sockets: readonly TopicHead[]
      readonly outcome: Outcome<readonly TopicHead[]>
    }
  | { readonly type: 'checkAgain' }
  | { readonly type: 'retry'; readonly conversation: string }
  | { readonly type: 'admit' }
  | { readonly type: 'checkIdle' }

interface Relay {
  readonly topic: string
  readonly router: Ref<Idle>
  readonly state: RelayState
  /** Conversations that are being read, or wait for another attempt. */
  readonly held: Set<string>
  /** The gateway and the log are being asked where they are; nothing is published meanwhile. */
  checking: boolean
  /** Asked to check while checking. */
  checkAgain: boolean
  joins: Join[]
  /** The gateway has refused a part of a join; another attempt is on its way. */
  admitting: boolean
  usedAtMs: number
}

type RelayContext = Context<RelayMsg>

const json = codecOf('guildhall.v1.json')
const msgpack = codecOf('guildhall.v1.msgpack')

const relay = defineActor<Relay, RelayMsg, OwnerArg>({
  name: 'relay',
  init({ key, router }, ctx) {
    const relay: Relay = {
      ...{ topic: key, router, state: new RelayState(), held: new Set(), usedAtMs: ctx.monotonic() },
      ...{ checking: false, checkAgain: false, joins: [], admitting: false },
    }
    check(relay, ctx)
    ctx.sendAfter(IDLE_MS, ctx.self, { type: 'checkIdle' })
    return relay
  },
  about({ topic, state, held, joins, checking }, conversation) {
    if (conversation !== undefined) {
      return {
        last: state.last(conversation),
        target: state.target(conversation),
        held: held.has(conversation),
      }
    }
    return {
      topic,
      conversations: state.conversations().length,
      held: held.size,
      joins: joins.length,
      checking,
    }
  },
  handle: (relay, msg, ctx) => handle(relay, msg, ctx),
  // Something that had been handed over is lost: what, the gateway alone knows.
  refused: (relay, _refused, ctx) => check(relay, ctx),
})

export const relays = router<RelayRequest>({
  name: 'relays',
  start: (ctx, arg) => ctx.spawn(relay, arg, { link: true }),
  startsFor: () => true,
  revives: true,
  refuse(request, fact, ctx) {
    // Anything else is a hint, found again by `seq`.
    if (request.type === 'join')
      ctx.replyError(request.replyTo, new Error(`Cannot join ${request.key}: ${fact}`))
  },
})

function handle(relay: Relay, msg: RelayMsg, ctx: RelayContext): Stop | undefined {
  if (msg.type === 'retire') return stop()
  if (msg.type === 'checkIdle') checkIdle(relay, ctx)
  else if ('outcome' in msg) settled(relay, msg, ctx)
  else if (msg.type === 'retry') retry(relay, msg.conversation, ctx)
  else if (msg.type === 'admit') admitAgain(relay, ctx)
  else if (msg.type === 'checkAgain') startCheck(relay, ctx)
  else serve(relay, msg, ctx)
  return undefined
}

function serve(relay: Relay, msg: RelayRequest, ctx: RelayContext): void {
  relay.usedAtMs = ctx.monotonic()
  switch (msg.type) {
    case 'publish':
      relay.state.offer(msg.message, msg.from)
      return goOn(relay, msg.message.conversation, ctx)
    case 'head':
      relay.state.headIs(msg)
      return goOn(relay, msg.conversation, ctx)
    case 'check':
      return check(relay, ctx)
    case 'event':
      publishEvent(relay, msg.frame, msg.except, ctx)
      return
    case 'join':
      return join(relay, msg, ctx)
    case 'leave':
      relay.joins = relay.joins.filter(({ connection }) => connection !== msg.connection)
      tell(ctx, { type: 'unsubscribe', connection: msg.connection, topic: relay.topic })
      return
    default:
      return unreachable(msg)
  }
}

// --- publishing ---

/** Publishes what is due of a conversation, and reads what is missing. */
function goOn(relay: Relay, conversation: string, ctx: RelayContext): void {
  if (relay.checking || relay.held.has(conversation)) return
  if (!publishDue(relay, conversation, ctx)) return hold(relay, conversation, ctx)
  const gap = relay.state.gap(conversation)
  if (gap === undefined) return
  if (gap.to - gap.after > GAP_MAX) return skip(relay, gap, ctx)
  relay.held.add(conversation)
  const store = ctx.service(storeService)
  ctx.task(
    () => store.read(conversation, { after: gap.after, limit: PAGE }),
    (outcome) => ({ type: 'read', gap, outcome }),
  )
}

/** False when the gateway takes no more now. */
function publishDue(relay: Relay, conversation: string, ctx: RelayContext): boolean {
  const { state, topic } = relay
  for (let due = state.due(conversation); due !== undefined; due = state.due(conversation)) {
    const encoded = encode(messageFrame(due.message))
    const { seq, at } = due.message
    const place = { conversation, seq, at }
    if (!tell(ctx, { type: 'publish', topic, except: due.from, ...place, ...encoded })) return false
    state.published(conversation, encoded)
  }
  return true
}

function settled(relay: Relay, msg: Extract<RelayMsg, { outcome: unknown }>, ctx: RelayContext): void {
  if (msg.type === 'sockets') return readLog(relay, msg.outcome, ctx)
  if (msg.type === 'log') return checked(relay, msg, ctx)
  const { gap, outcome } = msg
  if (!outcome.ok) storeFailed(outcome.error, 'read a gap')
  const found = outcome.ok ? outcome.value.items : []
  // One by one, because only so many wait behind a gap.
  const all = found.every((message) => {
    relay.state.offer(message, 0)
    return relay.checking || publishDue(relay, gap.conversation, ctx)
  })
  relay.held.delete(gap.conversation)
  if (found.length === 0 || !all) hold(relay, gap.conversation, ctx)
  else goOn(relay, gap.conversation, ctx)
  admitAll(relay, ctx)
}

function hold(relay: Relay, conversation: string, ctx: RelayContext): void {
  relay.held.add(conversation)
  ctx.sendAfter(RETRY_MS, ctx.self, { type: 'retry', conversation })
}

function retry(relay: Relay, conversation: string, ctx: RelayContext): void {
  relay.held.delete(conversation)
  goOn(relay, conversation, ctx)
  admitAll(relay, ctx)
}

function skip(relay: Relay, { conversation, after, to }: Gap, ctx: RelayContext): void {
  const frame = { op: 'lagged', conversation, from: after + 1, to } as const
  if (!publishEvent(relay, frame, 0, ctx)) return hold(relay, conversation, ctx)
  relay.state.skipTo(conversation, to)
}

function publishEvent(relay: Relay, frame: ServerFrame, except: number, ctx: RelayContext): boolean {
  const { topic } = relay
  return tell(ctx, { type: 'publish', topic, except, conversation: '', seq: 0, at: 0, ...encode(frame) })
}

/** Both codecs: which of them the sockets of a predecessor use is not known here. */
function encode(frame: ServerFrame): Encoded {
  return { json: json.encode(frame) as string, msgpack: msgpack.encode(frame) as Uint8Array }
}

/** By name, because a restarted gateway has another ref. Without one there are no sockets to tell. */
function tell(ctx: RelayContext, msg: GatewayMsg): boolean {
  const refusal = ctx.sendTo('gateway', msg)
  return refusal === undefined || refusal.code === 'UNKNOWN_NAME' || refusal.code === 'ACTOR_GONE'
}

// --- checking ---

function check(relay: Relay, ctx: RelayContext): void {
  if (relay.checking) relay.checkAgain = true
  else startCheck(relay, ctx)
}

function startCheck(relay: Relay, ctx: RelayContext): void {
  relay.checking = true
  relay.checkAgain = false
  const { topic } = relay
  const gateway = ctx.whereis<GatewayMsg>('gateway')
  if (gateway === undefined) return checkLater(ctx)
  // Answered after all that was published before, by this relay or, on the same way, by its predecessor.
  ctx.ask(gateway, { type: 'topicHeads', topic }, (outcome) => ({ type: 'sockets', outcome }))
}

function checkLater(ctx: RelayContext): void {
  ctx.sendAfter(CHECK_RETRY_MS, ctx.self, { type: 'checkAgain' })
}

function readLog(relay: Relay, outcome: Outcome<readonly TopicHead[]>, ctx: RelayContext): void {
  if (!outcome.ok) return checkLater(ctx)
  const store = ctx.service(storeService)
  ctx.task(
    () => logHeads(store, relay.topic),
    (log) => ({ type: 'log', sockets: outcome.value, outcome: log }),
  )
}

/** Of the channels of a guild, or of the group that the topic is. */
async function logHeads(store: Store, topic: string): Promise<readonly TopicHead[]> {
  const channels = await store.channels(topic)
  const conversations = channels.length > 0 ? channels.map(({ id }) => id) : [topic]
  return Promise.all(
    conversations.map(async (conversation) => ({ conversation, seq: await store.head(conversation) })),
  )
}

function checked(relay: Relay, msg: Extract<RelayMsg, { type: 'log' }>, ctx: RelayContext): void {
  if (!msg.outcome.ok) {
    storeFailed(msg.outcome.error, 'read the heads of a topic')
    return checkLater(ctx)
  }
  const heads = relay.state.checked(msg.sockets, msg.outcome.value)
  if (heads.length > 0 && !tell(ctx, { type: 'baseline', topic: relay.topic, heads })) return checkLater(ctx)
  if (relay.checkAgain) return startCheck(relay, ctx)
  relay.checking = false
  for (const conversation of relay.state.conversations()) goOn(relay, conversation, ctx)
  admitAll(relay, ctx)
}

// --- joining ---

/** A socket that is ahead of the relay waits until the relay has published as much: nothing comes twice. */
function join(relay: Relay, request: Join, ctx: RelayContext): void {
  if (relay.joins.length >= JOINS_MAX) {
    const text = `Cannot join ${relay.topic}: ${JOINS_MAX} sockets wait already`
    return ctx.replyError(request.replyTo, new Error(text))
  }
  for (const reached of request.reached) {
    relay.state.headIs(reached)
    goOn(relay, reached.conversation, ctx)
  }
  relay.joins.push(request)
  admitAll(relay, ctx)
}

/** Once the gateway refuses, the others wait too: one attempt later goes on where this one stopped. */
function admitAll(relay: Relay, ctx: RelayContext): void {
  if (relay.joins.length === 0 || relay.admitting || relay.checking) return
  relay.joins = relay.joins.flatMap((request) =>
    relay.admitting ? request : (admit(relay, request, ctx) ?? []),
  )
  if (relay.admitting) ctx.sendAfter(RETRY_MS, ctx.self, { type: 'admit' })
}

function admitAgain(relay: Relay, ctx: RelayContext): void {
  relay.admitting = false
  admitAll(relay, ctx)
}

/** What is left of the join: the relay is behind what the socket has reached, or the gateway takes no more now. */
function admit(relay: Relay, request: Join, ctx: RelayContext): Join | undefined {
  const { state, topic } = relay
  if (request.reached.some(({ conversation, seq }) => state.last(conversation) < seq)) return request
  const { connection, replyTo } = request
  const reached = request.reached.map((head) => writeMissing(relay, request, head, ctx))
  const hasAll = reached.every(({ conversation, seq }) => seq >= state.last(conversation))
  if (!hasAll || !tell(ctx, { type: 'subscribe', connection, topic, heads: state.heads() })) {
    relay.admitting = true
    return { ...request, reached }
  }
  ctx.reply(replyTo, null)
  return undefined
}

/** Returns what the socket has reached then. */
function writeMissing(
  { state, topic }: Relay,
  { connection, codec }: Join,
  reached: TopicHead,
  ctx: RelayContext,
): TopicHead {
  const missing = state.missing(reached)
  if (missing === undefined) return reached
  ctx.service(meterService).looked('frames', missing.kind === 'frames')
  const { conversation } = reached
  if (missing.kind === 'lagged') {
    const { from, to } = missing
    const data = codecOf(codec).encode({ op: 'lagged', conversation, from, to })
    return tell(ctx, { type: 'write', connection, data, topic }) ? { conversation, seq: to } : reached
  }
  const { first, frames } = missing
  const refused = frames.findIndex((frame, index) => {
    const data = codec === 'guildhall.v1.json' ? frame.json : frame.msgpack
    return !tell(ctx, { type: 'write', connection, data, topic, push: { conversation, seq: first + index } })
  })
  return { conversation, seq: first - 1 + (refused < 0 ? frames.length : refused) }
}

function checkIdle(relay: Relay, ctx: RelayContext): void {
  const { topic, router, usedAtMs, joins, held, checking } = relay
  const isBusy = joins.length > 0 || held.size > 0 || checking
  if (ctx.monotonic() - usedAtMs >= IDLE_MS && !isBusy)
    ctx.send(router, { type: 'idle', key: topic, self: ctx.self })
  ctx.sendAfter(IDLE_MS, ctx.self, { type: 'checkIdle' })
}
