/**
 * The actors of random programs: one behaviour, five ways to bound a mailbox and to take exits. Whatever they
 * do is chosen by the world's dice and written into its ledger.
 */

import {
  type ActorDefinition,
  defineActor,
  describeExit,
  type Next,
  type OnFull,
  type Stop,
  stop,
} from '../../runtime/actor/index.ts'
import { conduct } from './conduct.ts'
import { hold } from './deeds.ts'
import type { Life } from './ledger.ts'
import type { Birth, Msg } from './messages.ts'
import type { World } from './world.ts'

export type ActorDefinitions = Readonly<Record<Kind, ActorDefinition<Life, Msg, Birth>>>
type Kind = 'roomy' | 'trapper' | 'cramped' | 'forgetful' | 'brittle'

interface Traits {
  readonly trapExit?: boolean
  readonly mailbox?: { readonly limit: number; readonly onFull: OnFull }
}

const TRAITS: Readonly<Record<Kind, Traits>> = {
  roomy: {},
  trapper: { trapExit: true },
  cramped: { mailbox: { limit: 2, onFull: 'refuse' } },
  forgetful: { mailbox: { limit: 3, onFull: 'dropOldest' } },
  brittle: { mailbox: { limit: 4, onFull: 'close' } },
}

export function actorDefinitions(world: World): ActorDefinitions {
  const entries = Object.entries(TRAITS).map(([kind, traits]) => [kind, define(world, kind, traits)])
  return Object.fromEntries(entries) as ActorDefinitions
}

function define(world: World, kind: string, traits: Traits): ActorDefinition<Life, Msg, Birth> {
  const { ledger } = world
  return defineActor<Life, Msg, Birth>({
    name: kind,
    ...traits,
    init(birth, ctx) {
      const life = ledger.born(ctx.self, {
        type: kind,
        trapsExits: traits.trapExit === true,
        key: birth.key,
        epoch: world.epochOf(ctx.thread),
      })
      world.log(`${life.ref} ${kind} begins, ${birth.init}`)
      if (birth.name !== null) hold(world, life, birth.name)
      ledger.begins(life, 'init')
      return start(world, life, birth)
    },
    handle(life, msg, ctx) {
      world.log(`${life.ref} handles ${msg.type}`)
      return inWork(world, life, msg.type, () => conduct(world, life, msg, ctx))
    },
    terminate(life, reason) {
      world.log(`${life.ref} terminates: ${describeExit(reason)}`)
      ledger.begins(life, 'terminate')
      ledger.ends(life)
      life.ending = true
      life.endedNormally = reason === 'normal'
    },
    refused(life, { to, count }) {
      inWork(world, life, 'refused', () => {
        ledger.sent(life, to).refusedLater += count
      })
    },
  })
}

/** Ends the `init` that has begun as its birth wants it. */
function start(world: World, life: Life, { init }: Birth): Life | Stop | Promise<Life> {
  const ready = (): Life => {
    world.ledger.ends(life)
    life.ready = world.isAlive(life.ref)
    return life
  }
  if (init === 'slow') return world.gate().then(ready)
  if (init === 'throws') throw new Error('as planned')
  if (init === 'quick') return ready()
  life.endedNormally = true
  return stop()
}

/** Marks a handler as in work until it, or what it awaits, has ended. */
function inWork(world: World, life: Life, what: string, handler: () => Next): Next {
  const { ledger } = world
  ledger.begins(life, what)
  let promised = false
  try {
    const next = handler()
    if (!(next instanceof Promise)) return next
    promised = true
    return next.finally(() => ledger.ends(life))
  } finally {
    if (!promised) ledger.ends(life)
  }
}
