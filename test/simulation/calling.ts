/**
 * Calls of the actors of random programs. Whatever comes of a call is fine, but only once, only its own
 * answer, and no time-out when the callee was dead.
 */

import { type Context, type Outcome, RuntimeError } from '../../runtime/actor/index.ts'
import type { CallMade, Life } from './ledger.ts'
import type { Msg } from './messages.ts'
import type { World } from './world.ts'

const OPEN_CALLS_MS = [4, 40, 4_000] as const

/** Calls and waits. */
export async function callSomeone(world: World, life: Life, ctx: Context<Msg>, depth: number): Promise<void> {
  const call = open(world, life, world.pick(OPEN_CALLS_MS))
  const { callee, timeoutMs } = call
  const answer = ctx.call(callee, { type: 'query', id: call.id, depth }, { timeoutMs })
  const outcome = await answer.then(
    (value): Outcome<number> => ({ ok: true, value }),
    (error: Error): Outcome<number> => ({ ok: false, error }),
  )
  if (world.isGhost(life)) return new Promise(() => {})
  close(world, call, outcome)
}

/** Calls and goes on. */
export function ask(world: World, life: Life, ctx: Context<Msg>): void {
  const call = open(world, life, world.pick([...OPEN_CALLS_MS, Infinity]))
  const { callee, timeoutMs } = call
  const toMessage = (outcome: Outcome<number>): Msg => {
    close(world, call, outcome)
    return { type: 'outcome', id: call.id }
  }
  ctx.ask(callee, { type: 'query', id: call.id, depth: 0 }, toMessage, { timeoutMs })
}

function open(world: World, life: Life, timeoutMs: number): CallMade {
  const call = world.ledger.call(life, world.anyone(), timeoutMs, world.simulation.nowMs)
  world.log(`${life.ref} calls ${call.callee} (${call.id})`)
  return call
}

const ENDINGS = ['answered', 'ACTOR_GONE', 'CALL_TIMEOUT', 'CALL_CYCLE', 'MAILBOX_FULL', 'UNKNOWN_NAME']

function close(world: World, call: CallMade, outcome: Outcome<number>): void {
  const { ledger } = world
  const ending = endingOf(call, outcome)
  world.log(`call ${call.id} of ${call.caller.ref} ends: ${ending}`)
  if (++call.ended > 1) ledger.violated(`call ${call.id} ended twice`)
  if (!ENDINGS.includes(ending)) ledger.violated(`call ${call.id} ended: ${ending}`)
  if (ending === 'CALL_TIMEOUT') judgeTimeOut(world, call)
}

function endingOf(call: CallMade, outcome: Outcome<number>): string {
  if (outcome.ok) return outcome.value === call.id ? 'answered' : `with the answer of call ${outcome.value}`
  return outcome.error instanceof RuntimeError ? outcome.error.code : String(outcome.error)
}

/** A call to a dead actor is answered within a round trip, one to a dying actor even sooner. */
function judgeTimeOut(world: World, { id, callee, startedMs }: CallMade): void {
  const { nowMs } = world.simulation
  const diedAtMs = world.ledger.of(callee)?.diedAtMs
  if (diedAtMs === undefined || Math.max(diedAtMs, startedMs) + 2 * world.newsMs >= nowMs) return
  world.ledger.violated(
    `call ${id} to ${callee} timed out at ${nowMs} ms, which was dead since ${diedAtMs} ms`,
  )
}
