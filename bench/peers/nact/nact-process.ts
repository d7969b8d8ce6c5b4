/**
 * The metrics of the runtime scenario, on nact. A program of its own: `nact-process.ts <runs>`, run with
 * --expose-gc.
 * Prints one line of JSON per metric; the value is the median of the runs that follow one to warm up.
 *
 * nact gets its best chance: actors sit right below the system, where looking one up is cheapest. They have
 * names, since nact's own random ones collide at this count.
 */
import { setImmediate } from 'node:timers/promises'
import { dispatch, query, type Ref, spawn, start, stop } from 'nact'

const CHILDREN = 20_000
const SPAWNS = 20_000
const FAN_OUT_ACTORS = 10_000
const FAN_OUT_SWEEPS = 5
const ROUND_TRIPS = 15_000
const FLOOD = 50_000
const CALLS = 10_000
const RESTARTS = 5_000
/** Far above what a call takes; nact demands one. */
const CALL_TIMEOUT_MS = 5_000

type Tick = 'tick'
type Call = { readonly replyTo: Ref<'pong'> }

const system = start()
const runs = Number(process.argv[2])

// First, while the heap is clean. Once: freed memory of an earlier run would blur it.
report('bytes_per_actor', await bytesPerActor())
for (const [name, run] of Object.entries({
  spawn_per_s: spawning,
  fan_out_10000_per_s: fanOut,
  ping_pong_per_s: pingPong,
  flood_per_s: flood,
  call_per_s: calling,
  crash_restart_per_s: crashing,
})) {
  report(name, await medianOf(runs, run))
}

function report(metric: string, value: number): void {
  console.log(JSON.stringify({ metric, value }))
}

async function medianOf(count: number, run: () => Promise<number>): Promise<number> {
  await settled(run)
  const values: number[] = []
  for (let done = 0; done < count; done++) values.push(await settled(run))
  return values.sort((a, b) => a - b)[count >> 1] ?? Number.NaN
}

/** What the run before has left behind must not count here: nact ends its stops in setImmediate. */
async function settled(run: () => Promise<number>): Promise<number> {
  await setImmediate()
  globalThis.gc?.()
  return run()
}

async function bytesPerActor(): Promise<number> {
  stopAll(spawnIdle(1_000))
  await setImmediate()
  const before = heapUsed()
  const actors = spawnIdle(CHILDREN)
  // The list costs 8 bytes per actor and stays in the figure: somebody has to hold the refs.
  const bytes = (heapUsed() - before) / actors.length
  stopAll(actors)
  return bytes
}

function heapUsed(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

async function spawning(): Promise<number> {
  const startedAt = performance.now()
  const actors = spawnIdle(SPAWNS)
  const rate = perSecond(SPAWNS, startedAt)
  stopAll(actors)
  return rate
}

/** Every sweep sends one message to each actor and is over when all have handled it. */
async function fanOut(): Promise<number> {
  let handled = 0
  let sweepDone = (): void => {}
  const count = (state: number, _msg: Tick): number => {
    handled++
    if (handled % FAN_OUT_ACTORS === 0) sweepDone()
    return state + 1
  }
  const actors: Ref<Tick>[] = []
  for (let i = 0; i < FAN_OUT_ACTORS; i++) {
    actors.push(spawn(system, count, `fan-out-${i}`, { initialState: 0 }))
  }
  const startedAt = performance.now()
  for (let sweep = 0; sweep < FAN_OUT_SWEEPS; sweep++) {
    const { promise, resolve } = Promise.withResolvers<void>()
    sweepDone = resolve
    for (const actor of actors) dispatch(actor, 'tick')
    await promise
  }
  const rate = perSecond(FAN_OUT_SWEEPS * FAN_OUT_ACTORS, startedAt)
  stopAll(actors)
  return rate
}

async function pingPong(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const pong: Ref<Tick> = spawn(system, (_state: undefined, _msg: Tick) => dispatch(ping, 'tick'), 'pong')
  const ping: Ref<Tick> = spawn(
    system,
    (left: number, _msg: Tick): number => {
      if (left === 0) resolve()
      else dispatch(pong, 'tick')
      return left - 1
    },
    'ping',
    { initialState: ROUND_TRIPS },
  )
  const startedAt = performance.now()
  dispatch(ping, 'tick')
  await promise
  const rate = perSecond(ROUND_TRIPS, startedAt)
  stopAll([ping, pong])
  return rate
}

async function flood(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const count = (left: number, _msg: Tick): number => {
    if (left === 1) resolve()
    return left - 1
  }
  const receiver: Ref<Tick> = spawn(system, count, 'receiver', { initialState: FLOOD })
  const startedAt = performance.now()
  for (let sent = 0; sent < FLOOD; sent++) dispatch(receiver, 'tick')
  await promise
  const rate = perSecond(FLOOD, startedAt)
  stopAll([receiver])
  return rate
}

async function calling(): Promise<number> {
  const server: Ref<Call> = spawn(
    system,
    (_state: undefined, { replyTo }: Call) => dispatch(replyTo, 'pong'),
    'server',
  )
  const startedAt = performance.now()
  for (let called = 0; called < CALLS; called++) {
    await query(server, (replyTo: Ref<'pong'>): Call => ({ replyTo }), CALL_TIMEOUT_MS)
  }
  const rate = perSecond(CALLS, startedAt)
  stopAll([server])
  return rate
}

/** nact's restart is a reset of the state after a crash; the actor crashes as soon as it has a state. */
async function crashing(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let starts = 0
  const crasher: Ref<Tick> = spawn(
    system,
    (_state: number, _msg: Tick): number => {
      throw new Error('crash')
    },
    'crasher',
    {
      initialStateFunc: ({ self }) => {
        starts++
        if (starts > RESTARTS) resolve()
        else if (starts > 1) dispatch(self, 'tick')
        return 0
      },
      onCrash: (_msg, _error, { reset }) => reset,
    },
  )
  const startedAt = performance.now()
  dispatch(crasher, 'tick')
  await promise
  const rate = perSecond(RESTARTS, startedAt)
  stopAll([crasher])
  return rate
}

function spawnIdle(count: number): Ref<Tick>[] {
  const actors: Ref<Tick>[] = []
  const idle = (state: number, _msg: Tick): number => state
  for (let i = 0; i < count; i++) actors.push(spawn(system, idle, `idle-${i}`, { initialState: 0 }))
  return actors
}

function stopAll(actors: readonly Ref<never>[]): void {
  for (const actor of actors) stop(actor)
}

function perSecond(units: number, startedAt: number): number {
  return (units * 1_000) / (performance.now() - startedAt)
}
