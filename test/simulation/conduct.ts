/**
 * conduct: what an actor of a random program makes of a message.
 */

import {
  type Context,
  type Next,
  type ReplyTo,
  RuntimeError,
  stop,
  unreachable,
} from '../../runtime/actor/index.ts'
import { callSomeone } from './calling.ts'
import { DEEDS, exitSelf, note, PATIENT_DEEDS } from './deeds.ts'
import type { Life } from './ledger.ts'
import type { Kept, Msg } from './messages.ts'
import type { World } from './world.ts'

const CHAIN_MAX = 3

/** Calls that actors have put aside to answer later. */
const kept = new WeakMap<Life, Kept[]>()

export function conduct(world: World, life: Life, msg: Msg, ctx: Context<Msg>): Next {
  const { ledger } = world
  switch (msg.type) {
    case 'act':
      ledger.heard(life, null, msg.n)
      return world.chance(0.4) ? actPatiently(world, life, ctx) : act(world, life, ctx)
    case 'note':
      ledger.heard(life, msg.from, msg.n)
      if (msg.pass !== null) answer(ctx, msg.pass)
      return world.chance(0.1) ? pause(world) : undefined
    case 'query':
      return query(world, life, ctx, msg)
    case 'tick':
      life.ticks.set(msg.id, (life.ticks.get(msg.id) ?? 0) + 1)
      return undefined
    case 'down': {
      const watching = ledger.down(life, msg.ref)
      const excused = watching !== undefined && world.mayBeUnheard(msg.ref, watching.atMs)
      if (world.isAlive(msg.ref) && !excused)
        ledger.violated(`${life.ref} got a down of ${msg.ref}, which is alive`)
      return undefined
    }
    case 'exit':
      return world.chance(0.1) ? stop('too much') : undefined
    case 'outcome':
    case 'done':
      return undefined
    default:
      return unreachable(msg)
  }
}

function act(world: World, life: Life, ctx: Context<Msg>): Next {
  for (let deeds = 1 + world.int(3); deeds > 0; deeds--) world.pick(DEEDS)(world, life, ctx)
  return perhapsEnd(world, life, ctx)
}

async function actPatiently(world: World, life: Life, ctx: Context<Msg>): Promise<Awaited<Next>> {
  for (let deeds = 1 + world.int(3); deeds > 0; deeds--) {
    if (world.chance(0.5)) world.pick(DEEDS)(world, life, ctx)
    else await world.pick(PATIENT_DEEDS)(world, life, ctx)
    if (world.isGhost(life)) return new Promise(() => {})
  }
  return perhapsEnd(world, life, ctx) as Awaited<Next>
}

/** Answers what was put aside, and now and then ends, in one of the ways there are. */
function perhapsEnd(world: World, life: Life, ctx: Context<Msg>): Next {
  if (world.chance(0.5)) for (const one of kept.get(life)?.splice(0) ?? []) answer(ctx, one)
  if (world.chance(0.92)) return undefined
  switch (world.int(5)) {
    case 0:
      return stop()
    case 1:
      return stop('tired')
    case 2:
      return stop({ shutdown: 'planned' })
    case 3:
      exitSelf(life, ctx, world.pick(['kill', 'normal', 'worn out']))
      return undefined
    default:
      throw new Error('as planned')
  }
}

function query(world: World, life: Life, ctx: Context<Msg>, msg: Msg & { type: 'query' }): Next {
  const { id, replyTo, depth } = msg
  switch (world.int(9)) {
    case 0:
    case 1:
    case 2:
      answer(ctx, { id, replyTo })
      if (world.chance(0.2)) answer(ctx, { id, replyTo })
      return undefined
    case 3: {
      const aside = kept.get(life) ?? []
      kept.set(life, aside)
      aside.push({ id, replyTo })
      return undefined
    }
    case 4:
      note(world, life, ctx, world.anyone(), { id, replyTo })
      return undefined
    case 5:
      return pause(world).then(() => {
        if (!world.isGhost(life)) answer(ctx, { id, replyTo })
      })
    case 6:
      if (depth >= CHAIN_MAX) return undefined
      return callSomeone(world, life, ctx, depth + 1).then(() => {
        if (!world.isGhost(life)) answer(ctx, { id, replyTo })
      })
    case 7:
      ctx.replyError(replyTo as ReplyTo<never>, new RuntimeError('UNKNOWN_NAME', 'Cannot answer: as planned'))
      return undefined
    default:
      return perhapsEnd(world, life, ctx)
  }
}

function answer(ctx: Context<Msg>, { id, replyTo }: Kept): void {
  ctx.reply(replyTo, id)
}

/** Until the driver goes on, or for a moment. */
function pause(world: World): Promise<void> {
  return world.chance(0.3) ? world.gate() : Promise.resolve()
}
