/**
 * guild: the owner of one guild, started by its router when somebody asks for it.
 *
 * Guarantees: one change after the other, each answered after it is durable; those concerned hear of it at once.
 * An error of the store is an answer and never a crash. Retires after a minute without requests.
 */

import { type Context, defineActor, type Ref, stop, unreachable } from '../runtime/index.ts'
import { DONE, type failed, storeFailed, unavailable } from './failures.ts'
import { addGuildMember, createChannel, removeGuildMember } from './guild-effects.ts'
import { GuildState, unknownGuild } from './guild-state.ts'
import type { GuildRequest, Idle, Retire } from './messages.ts'
import { type OwnerArg, router } from './router.ts'
import { storeService } from './services.ts'

const IDLE_MS = 60_000

type GuildMsg = GuildRequest | Retire | { readonly type: 'checkIdle' }
type GuildContext = Context<GuildMsg>

interface Guild {
  readonly key: string
  readonly router: Ref<Idle>
  /** The guild, or the answer to everything: it does not exist, or cannot be loaded now. */
  readonly loaded: GuildState | ReturnType<typeof failed>
  usedAtMs: number
}

const guild = defineActor<Guild, GuildMsg, OwnerArg>({
  name: 'guild',
  async init({ key, router }, ctx) {
    const loaded = await load(key, ctx)
    if (loaded instanceof GuildState) ctx.sendAfter(IDLE_MS, ctx.self, { type: 'checkIdle' })
    else ctx.send(router, { type: 'idle', key, self: ctx.self })
    return { key, router, loaded, usedAtMs: ctx.monotonic() }
  },
  handle(state, msg, ctx) {
    if (msg.type === 'retire') return stop()
    if (msg.type === 'checkIdle') return checkIdle(state, ctx)
    return answer(state, msg, ctx)
  },
})

export const guilds = router<GuildRequest>({
  name: 'guilds',
  start: (ctx, arg) => ctx.spawn(guild, arg, { link: true }),
  startsFor: () => true,
  revives: false,
  refuse: (request, fact, ctx) => ctx.reply(request.replyTo, unavailable(`ask guild ${request.key}`, fact)),
})

async function load(key: string, ctx: GuildContext): Promise<Guild['loaded']> {
  const store = ctx.service(storeService)
  try {
    const record = await store.guild(key)
    return record === undefined ? unknownGuild(key) : new GuildState(record, await store.channels(key))
  } catch (error) {
    return storeFailed(error, `load guild ${key}`)
  }
}

async function answer(state: Guild, msg: GuildRequest, ctx: GuildContext): Promise<void> {
  const { loaded } = state
  state.usedAtMs = ctx.monotonic()
  if (!(loaded instanceof GuildState)) return ctx.reply(msg.replyTo, loaded)
  const refusal = loaded.refusal(msg)
  if (refusal !== undefined) return ctx.reply(msg.replyTo, refusal)
  try {
    await serve(loaded, msg, ctx)
  } catch (error) {
    ctx.reply(msg.replyTo, storeFailed(error, `change guild ${state.key}`))
  }
}

async function serve(state: GuildState, msg: GuildRequest, ctx: GuildContext): Promise<void> {
  switch (msg.type) {
    case 'addMember':
      await addGuildMember(state, msg, ctx)
      return ctx.reply(msg.replyTo, DONE)
    case 'removeMember':
      await removeGuildMember(state, msg, ctx)
      return ctx.reply(msg.replyTo, DONE)
    case 'createChannel':
      return ctx.reply(msg.replyTo, { ok: true, value: await createChannel(state, msg.name, ctx) })
    default:
      return unreachable(msg)
  }
}

function checkIdle({ key, router, usedAtMs }: Guild, ctx: GuildContext): void {
  if (ctx.monotonic() - usedAtMs >= IDLE_MS) ctx.send(router, { type: 'idle', key, self: ctx.self })
  ctx.sendAfter(IDLE_MS, ctx.self, { type: 'checkIdle' })
}
