/** What an earlier process left in the store. Damage costs what is damaged, never the start. */

import type { Store } from './ports.ts'
import { CURSORS_KEY } from './state-cursors.ts'
import type { Entry } from './state-outbox.ts'
import { OUTBOX_KEY, outboxKey } from './state-send.ts'
import type { StoredCursors } from './state-types.ts'

/** Reads cursors and unsent messages; `onError` hears of each key that cannot be read. */
export async function loadStored(
  store: Store,
  onError: (error: unknown) => void,
): Promise<{ cursors: StoredCursors | null; outbox: Entry[] }> {
  const read = async <T>(key: string, is: (value: unknown) => value is T): Promise<T | null> => {
    try {
      const text = await store.get(key)
      if (text === null || text === undefined) return null
      const value: unknown = JSON.parse(text)
      if (is(value)) return value
      onError(new Error(`Cannot read ${key} of the store: its value has another form`))
    } catch (error) {
      onError(error)
    }
    return null
  }
  const cursors = await read(CURSORS_KEY, isCursors)
  const ids = (await read(OUTBOX_KEY, isIds)) ?? []
  const entries = await Promise.all(ids.map((id) => read(outboxKey(id), isEntry)))
  return { cursors, outbox: entries.filter((entry) => entry !== null) }
}

function isCursors(value: unknown): value is StoredCursors {
  if (!isRecord(value) || !isCount(value.inbox) || !isRecord(value.conversations)) return false
  return Object.values(value.conversations).every(isCount)
}

function isIds(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string')
}

function isEntry(value: unknown): value is Entry {
  return (
    isRecord(value) &&
    typeof value.id === 'string' &&
    typeof value.to === 'string' &&
    typeof value.body === 'string'
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
