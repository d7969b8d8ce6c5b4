/** The store of a node that is not running: held alone for as long as it is used. */

import { mkdirSync } from 'node:fs'
import type { Store } from '../storage/index.ts'
import type { Settings } from './settings/definitions.ts'

/** @throws StorageError `STORE_UNAVAILABLE` when a node runs on this folder */
export async function withStore<T>(settings: Settings, use: (store: Store) => Promise<T>): Promise<T> {
  // Only here: the other commands start faster without a store.
  const { lockFolder, openLmdbStore } = await import('../storage/index.ts')
  // What people wrote is nobody else's: lockFolder alone would make it readable to all.
  mkdirSync(settings.data, { recursive: true, mode: 0o700 })
  const lock = lockFolder(settings.data)
  try {
    const store = await openLmdbStore({ path: settings.data, mapSizeMb: settings.mapSizeMb })
    try {
      return await use(store)
    } finally {
      await store.close()
    }
  } finally {
    lock.release()
  }
}
