/**
 * Pages of the past that a client asks for: of a conversation, after a check that he may read it, and of his inbox.
 * A page ends early when its bodies are large: a frame has to fit into a ring between threads.
 */

import type { ClientFrameOf, Message, ServerFrameOf } from '../protocol/index.ts'
import { type Store, tenantOf, type UserKey } from '../storage/index.ts'
import { failed } from './failures.ts'
import type { Result } from './messages.ts'
import { withRef } from './session-frames.ts'
import { messageView } from './views.ts'

const LIMIT_DEFAULT = 50
/** Characters of bodies in one frame; the first message always fits. */
const PAGE_CHARS_MAX = 256 * 1_024

/** The answer to `history`. Rejects with what the store rejects with. */
export async function pageOf(
  store: Store,
  user: UserKey,
  { ref, conversation, after, before, limit = LIMIT_DEFAULT }: ClientFrameOf<'history'>,
): Promise<Result<ServerFrameOf<'page'>>> {
  const refused = await whyNotReadable(store, user, conversation)
  if (refused !== undefined) return refused
  const page = await readPage(store, conversation, { after, before, limit })
  return { ok: true, value: { op: 'page', ...withRef(ref), conversation, ...page } }
}

/** A page of a log, as clients see it, by socket and by HTTP. Whether the user may read it is checked by then. */
export async function readPage(
  store: Store,
  conversation: string,
  range: Parameters<Store['read']>[1],
): Promise<{ readonly messages: Message[]; readonly more: boolean }> {
  const { items, more } = await store.read(conversation, range)
  // With `after` a page grows from its oldest message, else from its newest.
  const fitting =
    range.after !== undefined
      ? fitFirst(items, (item) => item.body)
      : fitFirst(items.toReversed(), (item) => item.body).toReversed()
  return {
    messages: fitting.map((message) => messageView(message)),
    more: more || fitting.length < items.length,
  }
}

/** The answer to `sync`. Rejects with what the store rejects with. */
export async function inboxOf(
  store: Store,
  user: UserKey,
  { ref, after, limit = LIMIT_DEFAULT }: ClientFrameOf<'sync'>,
): Promise<Result<ServerFrameOf<'inbox'>>> {
  const { items, more } = await store.readInbox(user, after, limit)
  // Read last, so that no number of the page is above it.
  const head = await store.inboxHead(user)
  if (after > head) {
    return failed('BAD_CURSOR', `Cannot read the inbox after ${after}: its head is ${head}`)
  }
  const fitting = fitFirst(items, ({ message }) => message.body)
  return {
    ok: true,
    value: {
      op: 'inbox',
      ...withRef(ref),
      messages: fitting.map(({ n, message }) => messageView(message, n)),
      more: more || fitting.length < items.length,
      head,
    },
  }
}

async function whyNotReadable(
  store: Store,
  user: UserKey,
  id: string,
): Promise<ReturnType<typeof failed> | undefined> {
  const record = await store.conversation(id)
  if (record === undefined || record.tenant !== tenantOf(user)) {
    return failed('NOT_FOUND', `Cannot read conversation ${id}: it does not exist`)
  }
  const isMember =
    record.guild === undefined
      ? await store.isMember(id, user)
      : await store.isGuildMember(record.guild, user)
  if (isMember) return undefined
  return failed('FORBIDDEN', `Cannot read conversation ${id}: you are not a member`)
}

function fitFirst<T>(items: readonly T[], bodyOf: (item: T) => string): readonly T[] {
  let chars = 0
  const end = items.findIndex((item, i) => {
    chars += bodyOf(item).length
    return i > 0 && chars > PAGE_CHARS_MAX
  })
  return end < 0 ? items : items.slice(0, end)
}
