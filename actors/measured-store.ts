/**
 * measuredStore: a store whose calls are timed, from the call to the answer or the error, whatever is behind it.
 *
 * Cost: one small object for each call, nothing for each message of a batch.
 */

import type { Store } from '../storage/index.ts'
import { type Meter, QUERIES } from './meter.ts'

type Call = (...args: unknown[]) => Promise<unknown>

export function measuredStore(store: Store, meter: Meter): Store {
  const timed = QUERIES.map((query): readonly [string, Call] => {
    const call = store[query].bind(store) as Call
    return [
      query,
      async (...args) => {
        const since = meter.ticks()
        try {
          return await call(...args)
        } finally {
          meter.queried(query, since)
        }
      },
    ]
  })
  const others: Omit<Store, (typeof QUERIES)[number]> = {
    supports: store.supports,
    lastId: () => store.lastId(),
    dump: () => store.dump(),
    load: (rows) => store.load(rows),
    close: () => store.close(),
  }
  return { ...others, ...Object.fromEntries(timed) } as Store
}
