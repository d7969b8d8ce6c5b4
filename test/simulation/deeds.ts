/**
 * Deeds: what an actor of a random program can do, each with its entry in the ledger.
 */

import {
  type AnyRef,
  type Context,
  type Monitor,
  type Placement,
  RuntimeError,
} from '../../runtime/actor/index.ts'
import { ask, callSomeone } from './calling.ts'
import type { Life } from './ledger.ts'
import type { Actor, Birth, Kept, Msg } from './messages.ts'
import type { World } from './world.ts'

type Deed = (world: World, life: Life, ctx: Context<Msg>) => void
type PatientDeed = (world: World, life: Life, ctx: Context<Msg>) => Promise<void>

/** Longer than a program: only its actor's end ends such a timer. */
const LONG_MS = 3_600_000

/** Those that are done at once, the frequent ones more than once. */
export const DEEDS: readonly Deed[] = [
  burst,
  burst,
  burst,
  noteByName,
  noteMembers,
  ask,
  ask,
  monitor,
  monitor,
  demonitor,
  link,
  unlink,
  unregister,
  join,
  leave,
  spawn,
  exitSomeone,
  tick,
  task,
]

/** Those that a handler waits for. */
export const PATIENT_DEEDS: readonly PatientDeed[] = [
  (world, life, ctx) => callSomeone(world, life, ctx, 0),
  (world, life, ctx) => callSomeone(world, life, ctx, 0),
  (world) => world.gate(),
  register,
  register,
  spawnAt,
  spawnAt,
]

/** Sends one message of a pair. */
export function note(world: World, life: Life, ctx: Context<Msg>, to: Actor, pass: Kept | null = null): void {
  const sent = world.ledger.sent(life, to)
  const n = ++sent.last
  const atMs = world.simulation.nowMs
  const refusal = ctx.send(to, { type: 'note', from: life.ref, n, pass })
  world.log(`${life.ref} sends ${n} to ${to}: ${refusal?.code ?? 'accepted'}`)
  if (refusal === undefined && !world.mayBeUnheard(to, atMs)) sent.accepted.add(n)
  else if (refusal === undefined) sent.uncertain.add(n)
}

function burst(world: World, life: Life, ctx: Context<Msg>): void {
  const to = world.anyone()
  for (let notes = 1 + world.int(4); notes > 0; notes--) note(world, life, ctx, to)
}

function noteByName(world: World, life: Life, ctx: Context<Msg>): void {
  const to = ctx.whereis<Msg>(world.name())
  if (to !== undefined) note(world, life, ctx, to)
}

function noteMembers(world: World, life: Life, ctx: Context<Msg>): void {
  for (const member of ctx.members<Msg>(world.group())) note(world, life, ctx, member)
}

function monitor(world: World, life: Life, ctx: Context<Msg>): void {
  const target = world.anyone()
  watch(world, life, target, ctx.monitor(target))
}

function watch(world: World, life: Life, target: AnyRef, made: Monitor | null): void {
  const atMs = world.simulation.nowMs
  life.watching.push({ target, monitor: made, atMs, cancelled: false, fired: false })
  world.log(`${life.ref} monitors ${target}`)
}

function demonitor(world: World, life: Life, ctx: Context<Msg>): void {
  if (life.watching.length === 0) return
  const watching = world.pick(life.watching)
  if (watching.monitor === null) return
  ctx.demonitor(watching.monitor)
  watching.cancelled = true
  world.log(`${life.ref} demonitors ${watching.target}`)
}

/** Most of the time one of those with whom there is, or was, a link. */
function partner(world: World, life: Life): AnyRef {
  return world.chance(0.4) ? world.anyone() : world.pick([world.anyone(), ...life.links.keys()])
}

function link(world: World, life: Life, ctx: Context<Msg>): void {
  const other = partner(world, life)
  ctx.link(other)
  world.ledger.linked(life, other, world.simulation.nowMs)
  world.log(`${life.ref} links ${other}`)
}

function unlink(world: World, life: Life, ctx: Context<Msg>): void {
  const other = partner(world, life)
  ctx.unlink(other)
  world.ledger.unlinked(life, other, world.simulation.nowMs)
  world.log(`${life.ref} unlinks ${other}`)
  if (world.chance(0.5)) ctx.link(other)
}

async function register(world: World, life: Life, ctx: Context<Msg>): Promise<void> {
  if (life.name !== undefined) return
  const name = world.name()
  try {
    await ctx.register(name)
  } catch (error) {
    if ((error as RuntimeError).code !== 'NAME_TAKEN') throw error
    return
  }
  // Killed between the answer and this line, which JavaScript runs all the same: the name is free again.
  if (world.isGhost(life) || !world.isAlive(life.ref)) return
  world.log(`${life.ref} is now ${name}`)
  hold(world, life, name)
}

/** An actor was told that it holds a name. */
export function hold(world: World, life: Life, name: string): void {
  const { ledger } = world
  for (const other of ledger.lives) {
    if (other !== life && other.name === name && world.isAlive(other.ref)) {
      ledger.violated(`${life.ref} got the name ${name}, which ${other.ref} holds`)
    }
  }
  life.name = name
}

function unregister(world: World, life: Life, ctx: Context<Msg>): void {
  if (life.name === undefined) return
  world.log(`${life.ref} is no longer ${life.name}`)
  ctx.unregister(life.name)
  life.name = undefined
}

function join(world: World, life: Life, ctx: Context<Msg>): void {
  const group = world.group()
  ctx.join(group)
  life.groups.set(group, (life.groups.get(group) ?? 0) + 1)
}

function leave(world: World, life: Life, ctx: Context<Msg>): void {
  const group = world.group()
  ctx.leave(group)
  life.groups.set(group, Math.max(0, (life.groups.get(group) ?? 0) - 1))
}

function birth(world: World): Birth {
  const name = world.chance(0.15) ? world.name() : null
  return {
    name,
    key: null,
    init: world.pick(['quick', 'quick', 'quick', 'quick', 'slow', 'throws', 'stops']),
  }
}

function spawn(world: World, life: Life, ctx: Context<Msg>): void {
  const [arg, options] = start(world)
  const child = ctx.spawn(world.pick(Object.values(world.definitions)), arg, options)
  world.log(`${life.ref} spawns ${child}${options.link ? ', linked' : ''}`)
  if (options.link) world.ledger.linked(life, child, world.simulation.nowMs)
  if (options.monitor) watch(world, life, child, null)
}

async function spawnAt(world: World, life: Life, ctx: Context<Msg>): Promise<void> {
  const [arg, options] = start(world)
  const thread = world.int(world.threads)
  const placement: Placement = world.chance(0.5)
    ? { thread }
    : world.chance(0.5)
      ? { key: `key ${thread}` }
      : 'here'
  let child: Actor
  try {
    child = await ctx.spawnAt(placement, world.pick(Object.values(world.definitions)), arg, options)
  } catch (error) {
    if (error instanceof RuntimeError) return
    throw error
  }
  if (world.isGhost(life)) return
  world.log(`${life.ref} has ${child}${options.link ? ', linked' : ''}`)
  if (options.link) world.ledger.linked(life, child, world.simulation.nowMs)
  if (options.monitor) watch(world, life, child, null)
}

function start(world: World): [Birth, { link: boolean; monitor: boolean; name?: string }] {
  const arg = birth(world)
  const options = { link: world.chance(0.5), monitor: world.chance(0.5) }
  return [arg, arg.name === null ? options : { ...options, name: arg.name }]
}

function exitSomeone(world: World, life: Life, ctx: Context<Msg>): void {
  if (world.chance(0.7)) return
  const to = world.anyone()
  const reason = world.pick(['normal', 'bye', 'shutdown', 'kill'])
  world.log(`${life.ref} sends exit ${reason} to ${to}`)
  if (to === life.ref) exitSelf(life, ctx, reason)
  else ctx.exit(to, reason)
}

export function exitSelf(life: Life, ctx: Context<Msg>, reason: string): void {
  ctx.exit(life.ref, reason)
  // A kill that comes before its turn spares it `terminate`, and leaves it the reason it gave itself. To a trapper it is a message.
  if (reason === 'normal' && !life.trapsExits) life.endedNormally = true
}

function tick(world: World, life: Life, ctx: Context<Msg>): void {
  if (world.chance(0.1)) return void ctx.sendAfter(LONG_MS, ctx.self, { type: 'done' })
  const id = life.ticks.size + 1
  const timer = ctx.sendAfter(world.int(20), ctx.self, { type: 'tick', id })
  life.ticks.set(id, 0)
  if (!world.chance(0.3)) return
  timer.cancel()
  life.ticks.set(id, 1)
}

function task(world: World, _life: Life, ctx: Context<Msg>): void {
  ctx.task(
    () => world.gate(),
    () => ({ type: 'done' }),
  )
}
