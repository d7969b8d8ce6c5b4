/**
 * services: the first actor of a shard: opens this thread's handle on the store and provides it, the ids and the
 * settings to the other actors. It ends last and closes the store.
 */

import { defineActor } from '../runtime/index.ts'
import { memoryStore, openLmdbStore, type Store } from '../storage/index.ts'
import { type ConfigMsg, idsService, type NodeSettings, settingsService, storeService } from './services.ts'
import { snowflakes } from './snowflake.ts'

/** Messages to this actor: none. */
type ServicesMsg = never

export const threadServices = defineActor<Store, ServicesMsg>({
  name: 'services',
  async init(_arg, ctx) {
    const config = ctx.whereis<ConfigMsg>('config')
    if (config === undefined) throw new Error(`Cannot start shard ${ctx.thread}: no actor is called 'config'`)
    const settings = await ctx.call(config, { type: 'settings' })
    const store = await openStore(settings)
    const above = await store.lastId()
    const { thread } = ctx
    ctx.provide(idsService, snowflakes({ now: () => ctx.now(), node: settings.nodeNumber, thread, above }))
    ctx.provide(settingsService, settings)
    ctx.provide(storeService, store)
    return store
  },
  handle() {},
  async terminate(store, _reason, ctx) {
    ctx.provide(storeService, undefined)
    ctx.provide(idsService, undefined)
    ctx.provide(settingsService, undefined)
    await store.close()
  },
})

async function openStore({ data, mapSizeMb }: NodeSettings): Promise<Store> {
  return data === undefined ? memoryStore() : openLmdbStore({ path: data, mapSizeMb })
}
