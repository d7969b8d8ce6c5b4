/**
 * The metrics of the runtime scenario, on our runtime. A program of its own: `ours-process.ts <runs>`, run
 * with --expose-gc.
 *
 * Prints one line of JSON per metric; the value is the median of the runs that follow one to warm up. Links,
 * monitors, bounds and inspection are on, as users get them.
 */
import { setImmediate } from 'node:timers/promises'
import { child, type Node, type Ref, startNode, supervisor } from '../../../runtime/index.ts'
import {
  caller,
  counter,
  crasher,
  fanOut,
  flood,
  idleChildren,
  ping,
  type RunMsg,
  sink,
  sleeper,
  spawner,
  starter,
  waker,
} from './ours-actors.ts'

const CHILDREN = 100_000
const SPAWNS = 100_000
const FAN_OUT_ACTORS = 10_000
const FAN_OUT_SWEEPS = 40
const ROUND_TRIPS = 500_000
const FLOOD = 2_000_000
const CALLS = 100_000
const RESTARTS = 50_000
const CROSS_THREAD_FLOOD = 1_000_000
/** After as many to warm up: fewer leave the path half compiled. */
const WAKES = 2_000
const IDLE_WAKES = 200
const WAKE_IDLE_MS = 5
/** No run takes longer, so one that does hangs. */
const TIMEOUT = { timeoutMs: 60_000 }

const runs = Number(process.argv[2])

// First, while the heap is clean. Once: freed memory of an earlier run would blur it.
await onNode(0, async (node) => report('bytes_per_actor', await bytesPerActor(node)))
await onNode(0, async (node) => {
  for (const [name, run] of Object.entries({
    spawn_per_s: spawning,
    fan_out_10000_per_s: fanningOut,
    ping_pong_per_s: pingPong,
    flood_per_s: flooding,
    call_per_s: calling,
    crash_restart_per_s: crashing,
  })) {
    report(name, await medianOf(runs, () => run(node)))
  }
})
await onNode(2, async (node) => {
  report('cross_thread_per_s', await medianOf(runs, () => crossThreadFlood(node)))
  report('cross_thread_wake_p50_us', await crossThreadWake(node, WAKES, 0))
  report('cross_thread_idle_wake_p50_us', await crossThreadWake(node, IDLE_WAKES, WAKE_IDLE_MS))
})

async function onNode(threads: number, measure: (node: Node) => Promise<void>): Promise<void> {
  const node = await startNode({ threads, modules: [import.meta.resolve('./ours-actors.ts')] })
  try {
    await measure(node)
  } finally {
    await node.stop()
  }
}

function report(metric: string, value: number): void {
  console.log(JSON.stringify({ metric, value }))
}

async function medianOf(count: number, run: () => Promise<number>): Promise<number> {
  await settled(run)
  const values: number[] = []
  for (let done = 0; done < count; done++) values.push(await settled(run))
  return median(values)
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** What the run before has left behind must not count here. */
async function settled(run: () => Promise<number>): Promise<number> {
  await setImmediate()
  globalThis.gc?.()
  return run()
}

async function bytesPerActor(node: Node): Promise<number> {
  const fill = await node.spawn(starter, undefined)
  const warmUp = await node.spawn(idleChildren, undefined)
  await node.call(fill, { type: 'fill', children: warmUp, count: 1_000 }, TIMEOUT)
  const children = await node.spawn(idleChildren, undefined)
  const before = heapUsed()
  await node.call(fill, { type: 'fill', children, count: CHILDREN }, TIMEOUT)
  await setImmediate()
  return (heapUsed() - before) / CHILDREN
}

function heapUsed(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** Runs an actor that measures itself and returns how many of `count` it does in a second. */
async function rate(node: Node, ref: Ref<RunMsg>, count: number, units = count): Promise<number> {
  const tookMs = await node.call(ref, { type: 'run', count }, TIMEOUT)
  return (units * 1_000) / tookMs
}

async function spawning(node: Node): Promise<number> {
  const ref = await node.spawn(spawner, undefined)
  const perSecond = await rate(node, ref, SPAWNS)
  node.send(ref, { type: 'clear' })
  // Turns are first come, first served: when this one answers, the children have ended.
  await node.call(await node.spawn(counter, undefined), { type: 'ask' })
  return perSecond
}

async function fanningOut(node: Node): Promise<number> {
  const ref = await node.spawn(fanOut, { actors: FAN_OUT_ACTORS, sweeps: FAN_OUT_SWEEPS })
  return rate(node, ref, FAN_OUT_SWEEPS, FAN_OUT_SWEEPS * FAN_OUT_ACTORS)
}

async function pingPong(node: Node): Promise<number> {
  return rate(node, await node.spawn(ping, undefined), ROUND_TRIPS)
}

async function flooding(node: Node): Promise<number> {
  return rate(node, await node.spawn(flood, await node.spawn(sink, undefined)), FLOOD)
}

async function calling(node: Node): Promise<number> {
  return rate(node, await node.spawn(caller, undefined), CALLS)
}

async function crashing(node: Node): Promise<number> {
  let starts = 0
  const { promise, resolve } = Promise.withResolvers<void>()
  const started = (): boolean => {
    if (++starts <= RESTARTS) return true
    resolve()
    return false
  }
  const tree = supervisor('bench.crashers', {
    strategy: 'oneForOne',
    intensity: { restarts: 1_000_000_000, periodMs: 1 },
    children: [child('crasher', crasher, { arg: { started }, restart: 'permanent', shutdownMs: 0 })],
  })
  const startedAt = performance.now()
  const ref = await node.spawn(tree, undefined)
  await promise
  const perSecond = (RESTARTS * 1_000) / (performance.now() - startedAt)
  node.kill(ref)
  return perSecond
}

async function crossThreadFlood(node: Node): Promise<number> {
  const receiver = await node.spawn(sink, undefined, { placement: { thread: 2 } })
  const sender = await node.spawn(flood, receiver, { placement: { thread: 1 } })
  return rate(node, sender, CROSS_THREAD_FLOOD)
}

async function crossThreadWake(node: Node, count: number, idleMs: number): Promise<number> {
  const asleep = await node.spawn(sleeper, undefined, { placement: { thread: 2 } })
  const awake = await node.spawn(waker, { sleeper: asleep, idleMs }, { placement: { thread: 1 } })
  await node.call(awake, { type: 'run', count }, TIMEOUT)
  return median(await node.call(awake, { type: 'run', count }, TIMEOUT))
}
