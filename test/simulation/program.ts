/**
 * runProgram: one random program from a seed: actors on up to four threads that do whatever comes to their
 * mind, while the driver prods them, ends them, suspends them and crashes threads. Throws when an invariant
 * breaks; the same seed gives the same trace.
 */

import type { AnyRef } from '../../runtime/actor/index.ts'
import { operate } from '../../runtime/kernel/operate.ts'
import { checkAtRest, checkEmpty, checkForest } from './at-rest.ts'
import type { Actor, Birth } from './messages.ts'
import { World } from './world.ts'

export interface Program {
  readonly seed: number
  /** How often the driver does something. */
  readonly length: number
}

/** Longer than any timer of a program. */
const REST_MS = 10_000
const ACTORS_FIRST = 5
const TRACE_SHOWN = 60

/** Resolves with the trace. @throws Error naming the broken invariant, the seed, and the end of the trace. */
export async function runProgram({ seed, length }: Program): Promise<readonly string[]> {
  const world = new World(seed)
  try {
    for (let first = 0; first < ACTORS_FIRST; first++) spawn(world, null)
    const top = world.simulation.spawn(world.forest.top, undefined as never)
    await world.simulation.advance(REST_MS)
    for (let step = 0; step < length; step++) {
      drive(world)
      if (world.chance(0.5)) await world.simulation.advance(world.int(4))
      world.check()
    }
    await settle(world)
    checkAtRest(world)
    checkForest(world, top)
    await endAll(world, top)
    checkEmpty(world)
  } catch (error) {
    throw new Error(failure(world, { seed, length }, error as Error), { cause: error })
  }
  return world.trace
}

/** One thing that the driver does, now or in the middle of what follows. */
function drive(world: World): void {
  const act = pick(world)
  if (world.chance(0.5)) act()
  else world.arm(world.int(30), act)
}

function pick(world: World): () => void {
  const { simulation } = world
  const dice = world.int(20)
  if (dice === 0 && world.threads > 1) return () => world.crashThread(1 + world.int(world.threads - 1))
  if (dice === 1) return () => spawn(world, world.chance(0.5) ? world.name() : null)
  if (dice === 2) return () => simulation.exit(world.anyone(), world.pick(['kill', 'enough']))
  if (dice <= 4) {
    return () => {
      const ref = world.anyone()
      operate(simulation.kernel(ref.thread), dice === 3 ? 'suspend' : 'resume', ref)
    }
  }
  if (dice <= 6) return () => world.openGate()
  return () => {
    for (let prods = 1 + world.int(4); prods > 0; prods--) prod(world, world.anyone())
  }
}

function spawn(world: World, name: string | null): void {
  const birth: Birth = { name, key: null, init: 'quick' }
  const options = { thread: world.int(world.threads), ...(name === null ? {} : { name }) }
  world.simulation.spawn(world.pick(Object.values(world.definitions)), birth, options)
}

function prod(world: World, ref: Actor): void {
  const { driven } = world.ledger
  const before = driven.get(ref) ?? { last: 0, open: 0 }
  driven.set(ref, before)
  const refusal = world.simulation.send(ref, { type: 'act', n: ++before.last })
  if (refusal === undefined) before.open++
}

/**
 * Lets everything come to its end that can: no handler waits for the driver, nobody is suspended, no news is
 * under way.
 */
async function settle(world: World): Promise<void> {
  const { simulation, ledger } = world
  world.disarm()
  do {
    for (const { ref } of ledger.lives) operate(simulation.kernel(ref.thread), 'resume', ref)
    while (world.gates.length > 0) world.openGate()
    await simulation.advance(REST_MS)
  } while (world.gates.length > 0)
}

async function endAll(world: World, top: AnyRef): Promise<void> {
  const { simulation, ledger } = world
  const { cells, exits } = simulation.kernel(top.thread)
  const cell = cells.get(top)
  if (cell !== undefined) exits.order(cell, 'shutdown')
  await simulation.advance(REST_MS)
  for (const { ref } of ledger.lives) if (world.isAlive(ref)) simulation.exit(ref, 'kill')
  await simulation.advance(REST_MS)
}

function failure(world: World, { seed, length }: Program, { message }: Error): string {
  const replay = `GUILDHALL_SEED=${seed} GUILDHALL_LENGTH=${length} npm test -- test/simulation`
  const trace = world.trace.slice(-TRACE_SHOWN).join('\n')
  return `${message}\nReplay: ${replay}\nThe end of its trace:\n${trace}`
}
