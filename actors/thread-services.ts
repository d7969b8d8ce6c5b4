/**
 * services: the first actor of a shard: opens this thread's handle on the store and provides it, the ids, the settings
 * and the meter to the other actors. It ends last and closes the store.
 *
 * Under the name `services.<thread>` it tells what has been measured here, and measures by itself how late the thread is
 * and how long it is to the gateway and back: what any actor's timer and any actor's call meets, at no cost to messages.
 */

import { type Context, defineActor, type ReplyTo, unreachable } from '../runtime/index.ts'
import { memoryStore, openLmdbStore, type Store } from '../storage/index.ts'
import { measuredStore } from './measured-store.ts'
import type { GatewayMsg } from './messages.ts'
import { type Measures, Meter } from './meter.ts'
import {
  type ConfigMsg,
  idsService,
  meterService,
  type NodeSettings,
  settingsService,
  storeService,
} from './services.ts'
import { snowflakes } from './snowflake.ts'

const BEAT_MS = 250
const BEATS_PER_PROBE = 4
/** No socket has this number: the gateway answers at once. */
const NO_CONNECTION = 0

export type ServicesMsg =
  | { readonly type: 'measures'; readonly replyTo: ReplyTo<Measures> }
  | { readonly type: 'beat'; readonly dueMs: number }
  | { readonly type: 'probed'; readonly sinceMs: number; readonly answered: boolean }

interface State {
  readonly store: Store
  readonly meter: Meter
  beats: number
  probing: boolean
}

type Ctx = Context<ServicesMsg>

export const threadServices = defineActor<State, ServicesMsg>({
  name: 'services',
  async init(_arg, ctx) {
    const config = ctx.whereis<ConfigMsg>('config')
    if (config === undefined) throw new Error(`Cannot start shard ${ctx.thread}: no actor is called 'config'`)
    const settings = await ctx.call(config, { type: 'settings' })
    const { thread } = ctx
    await ctx.register(`services.${thread}`)
    const meter = new Meter(thread, ctx.self.toString())
    const store = measuredStore(await openStore(settings), meter)
    const above = await store.lastId()
    ctx.provide(idsService, snowflakes({ now: () => ctx.now(), node: settings.nodeNumber, thread, above }))
    ctx.provide(settingsService, settings)
    ctx.provide(meterService, meter)
    ctx.provide(storeService, store)
    beatLater(ctx)
    return { store, meter, beats: 0, probing: false }
  },
  handle(state, msg, ctx) {
    switch (msg.type) {
      case 'measures':
        return ctx.reply(msg.replyTo, state.meter.measures())
      case 'beat':
        return beat(state, msg.dueMs, ctx)
      case 'probed':
        state.probing = false
        if (msg.answered) state.meter.backplaneMs.observe(ctx.monotonic() - msg.sinceMs)
        return
      default:
        return unreachable(msg)
    }
  },
  async terminate({ store }, _reason, ctx) {
    ctx.provide(storeService, undefined)
    ctx.provide(idsService, undefined)
    ctx.provide(settingsService, undefined)
    ctx.provide(meterService, undefined)
    await store.close()
  },
})

function beatLater(ctx: Ctx): void {
  ctx.sendAfter(BEAT_MS, ctx.self, { type: 'beat', dueMs: ctx.monotonic() + BEAT_MS })
}

function beat(state: State, dueMs: number, ctx: Ctx): void {
  state.meter.lagMs.observe(Math.max(0, ctx.monotonic() - dueMs))
  state.beats++
  if (state.beats % BEATS_PER_PROBE === 0 && !state.probing) probe(state, ctx)
  beatLater(ctx)
}

function probe(state: State, ctx: Ctx): void {
  const gateway = ctx.whereis<GatewayMsg>('gateway')
  if (gateway === undefined) return
  const sinceMs = ctx.monotonic()
  state.probing = true
  ctx.ask(gateway, { type: 'barrier', connection: NO_CONNECTION }, ({ ok }) => {
    return { type: 'probed', sinceMs, answered: ok }
  })
}

async function openStore({ data, mapSizeMb }: NodeSettings): Promise<Store> {
  return data === undefined ? memoryStore() : openLmdbStore({ path: data, mapSizeMb })
}
