import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { storeConformance } from '../conformance/index.ts'
import type { Store } from '../ports.ts'
import { openLmdbStore } from './index.ts'

storeConformance('the store on LMDB', async () => {
  const path = await mkdtemp(join(tmpdir(), 'guildhall-lmdb-'))
  const opened: Store[] = []
  const open = async () => {
    const store = await openLmdbStore({ path })
    opened.push(store)
    return store
  }
  return {
    store: await open(),
    reopen: open,
    async cleanUp() {
      await Promise.all(opened.map((store) => store.close()))
      await rm(path, { recursive: true })
    },
  }
})
