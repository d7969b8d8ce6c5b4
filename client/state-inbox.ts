/**
 * Inbox: the cursor over `n`, the numbers of this user's inbox.
 *
 * An own send takes a number that `sent` does not carry, so holes are normal here and never hold a message back.
 * They are closed by `sync`, seldom: a hole costs nothing but a longer replay after the next connect.
 */

const SEEN_MAX = 1_000
const SYNC_GRACE_MS = 500
/** Between two syncs for holes. */
const SYNC_PAUSE_MS = 5_000

export interface Inbox {
  /** Everything up to here was seen. */
  cursor: number
  readonly seen: Set<number>
  syncAt: number | null
  syncing: boolean
  lastSyncAt: number
}

export function createInbox(cursor: number): Inbox {
  return { cursor, seen: new Set(), syncAt: null, syncing: false, lastSyncAt: Number.NEGATIVE_INFINITY }
}

export function sawNumber(inbox: Inbox, n: number, now: number): void {
  if (n <= inbox.cursor) return
  if (inbox.seen.size < SEEN_MAX) inbox.seen.add(n)
  close(inbox)
  if (inbox.seen.size === 0) inbox.syncAt = null
  else inbox.syncAt ??= Math.max(now + SYNC_GRACE_MS, inbox.lastSyncAt + SYNC_PAUSE_MS)
}

export function syncStarted(inbox: Inbox, now: number): void {
  inbox.syncAt = null
  inbox.syncing = true
  inbox.lastSyncAt = now
}

/** A page of the inbox is contiguous: it moves the cursor to its end; an empty one says that nothing is missing up to its head. */
export function syncDone(
  inbox: Inbox,
  page: { after: number; numbers: readonly number[]; more: boolean; head: number },
  now: number,
): void {
  inbox.syncing = false
  const end = page.numbers.length > 0 ? Math.max(...page.numbers) : page.head
  inbox.cursor = Math.max(inbox.cursor, end)
  for (const n of inbox.seen) if (n <= inbox.cursor) inbox.seen.delete(n)
  close(inbox)
  if (page.more && end > page.after) inbox.syncAt = now
}

function close(inbox: Inbox): void {
  while (inbox.seen.delete(inbox.cursor + 1)) inbox.cursor += 1
}
