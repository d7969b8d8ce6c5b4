/** The embedded store: LMDB in one folder. */

export { type LmdbOptions, openLmdbStore } from './lmdb-store.ts'
export { lockFolder } from './lock-folder.ts'
