/**
 * How a live session follows the inbox of its user: hints that are next are shown, any other makes it read the store.
 *
 * A session pulls one page at a time. A read that fails is repeated, and so is one whose message the gateway did not
 * take: the position moves only past what was handed over.
 */

import { PAGE_MAX } from '../protocol/index.ts'
import type { Context } from '../runtime/index.ts'
import type { InboxMessage, Page, StoredMessage } from '../storage/index.ts'
import type { SessionMsg } from './messages.ts'
import { storeService } from './services.ts'
import { laggedFrame } from './session-frames.ts'
import { later, push, read, write } from './session-outbox.ts'
import { beginPage, needsMore, newOnes, type SessionState, takeHint } from './session-state.ts'

const REFUSED_RETRY_MS = 50
const STORE_RETRY_MS = 1_000
/** A reader's view may lag behind a hint by a moment. A hint that stays unfounded is forgotten after these. */
const EMPTY_RETRY_MS = 25
const EMPTY_RETRIES_MAX = 40

/** One delivery. While the session opens, only those with an `n` come here. */
export function deliver(
  state: SessionState,
  ctx: Context<SessionMsg>,
  { n, message, from }: Extract<SessionMsg, { type: 'deliver' }>,
): void {
  const isOwn = from === state.connection
  if (n === 0) {
    const { conversation, seq } = message
    if (!isOwn && !push(state, ctx, message, 0)) write(state, ctx, laggedFrame(conversation, seq, seq))
    return
  }
  const action = takeHint(state, n)
  if (action === 'pull') return pull(state, ctx)
  if (action === 'ignore' || isOwn || push(state, ctx, message, n)) return
  state.n = n - 1
  state.pulling = true
  later(state, ctx, REFUSED_RETRY_MS, () => pull(state, ctx))
}

/** Hints may have been lost: reads at least one page. */
export function catchUp(state: SessionState, ctx: Context<SessionMsg>): void {
  if (state.pulling) state.look = true
  else pull(state, ctx)
}

/** Goes on with the inbox after a replay. */
export function follow(state: SessionState, ctx: Context<SessionMsg>): void {
  if (needsMore(state, false)) pull(state, ctx)
}

function pull(state: SessionState, ctx: Context<SessionMsg>, emptyBefore = 0): void {
  beginPage(state)
  read(
    state,
    ctx,
    () => ctx.service(storeService).readInbox(state.user, state.n, PAGE_MAX),
    (page) => showPage(state, ctx, page, emptyBefore),
    () => later(state, ctx, STORE_RETRY_MS * (1 + ctx.random()), () => pull(state, ctx)),
  )
}

function showPage(
  state: SessionState,
  ctx: Context<SessionMsg>,
  page: Page<InboxMessage>,
  emptyBefore: number,
): void {
  for (const { n, message } of newOnes(state, page.items)) {
    if (!isOfThisDevice(state, message) && !push(state, ctx, message, n)) {
      later(state, ctx, REFUSED_RETRY_MS, () => pull(state, ctx))
      return
    }
    state.n = n
  }
  if (page.items.length === 0 && !page.more && emptyBefore >= EMPTY_RETRIES_MAX) state.target = state.n
  if (!needsMore(state, page.more)) return
  if (page.items.length > 0) pull(state, ctx)
  else later(state, ctx, EMPTY_RETRY_MS, () => pull(state, ctx, emptyBefore + 1))
}

/**
 * What is pulled live was appended after the session opened. If this device wrote it, then over this connection, which
 * gets `sent`, or over the one before, whose unanswered sends the client repeats and which get `sent` too.
 */
function isOfThisDevice({ user, device }: SessionState, message: StoredMessage): boolean {
  return message.author === user && message.device === device
}
