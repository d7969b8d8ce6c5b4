/**
 * A process of the herd: `herd-process.ts '<CrowdArguments>' <seed>`. Its clients lose their sockets at one moment and come back
 * as the SDK does: with backoff and full jitter, once more after each failure.
 */
import { setTimeout as rest } from 'node:timers/promises'
import { backoffMs } from '../../../client/index.ts'
import type { Crowd } from '../../load/crowd.ts'
import { type CrowdArguments, crowdOf } from '../../load/crowd-arguments.ts'
import { onOrders, report } from '../../load/orders.ts'
import { sharedClockMs } from '../../load/shared-clock.ts'
import { seeded } from '../../traffic/seeded.ts'
import { histogram } from './spread.ts'

export type HerdOrder =
  | { readonly do: 'connect'; readonly atOnce: number }
  /** Everyone's socket is gone at that time of the shared clock. Answered by `HerdReport`, at the latest after `withinMs`. */
  | {
      readonly do: 'drop'
      readonly atMs: number
      readonly with: 'identify' | 'resume'
      readonly withinMs: number
      readonly binMs: number
      readonly bins: number
    }

export interface HerdReport {
  /** Sessions that are there again: for a resume, the same ones. */
  readonly back: number
  /** Sessions that the server does not know any more. */
  readonly gone: number
  /** Attempts that failed and were repeated, by reason. */
  readonly failures: Readonly<Record<string, number>>
  /** From the drop to the last one that came back. */
  readonly tookMs: number
  /** Clients by when their first attempt was due, by when this process came to it, and by when they were back. */
  readonly due: readonly number[]
  readonly attempts: readonly number[]
  readonly returns: readonly number[]
}

const args = JSON.parse(process.argv[2] as string) as CrowdArguments
const random = seeded(Number(process.argv[3]))
const crowd: Crowd = crowdOf({ ...args, keepsSessions: true }, {})

onOrders<HerdOrder>(async (order) => {
  if (order.do === 'connect') {
    const tookMs = Math.round(await crowd.connectAll(order.atOnce))
    return report({ connected: crowd.ready, tookMs })
  }
  report(await drop(order))
})

async function drop(order: Extract<HerdOrder, { do: 'drop' }>): Promise<HerdReport> {
  await rest(order.atMs - sharedClockMs())
  const failures: Record<string, number> = {}
  const due: number[] = []
  const attempts: number[] = []
  const returns: number[] = []
  let gone = 0
  const since = (): number => sharedClockMs() - order.atMs
  const comeBack = async (index: number): Promise<void> => {
    for (let attempt = 0; since() < order.withinMs; attempt++) {
      const waitMs = backoffMs(attempt, random)
      if (attempt === 0) due.push(waitMs)
      await rest(waitMs)
      if (attempt === 0) attempts.push(since())
      const outcome = await crowd.connect(index)
      if (!('code' in outcome)) {
        if (outcome.kind === (order.with === 'resume' ? 'resumed' : 'ready')) returns.push(since())
        return
      }
      failures[outcome.code] = (failures[outcome.code] ?? 0) + 1
      if (outcome.code !== 'SESSION_GONE') continue
      gone++
      crowd.forgetSession(index)
    }
  }
  for (const socket of crowd.sockets) socket?.reset()
  await Promise.all(
    crowd.sockets.map((_, index) => {
      if (order.with === 'identify') crowd.forgetSession(index)
      return comeBack(index)
    }),
  )
  const { binMs, bins } = order
  return {
    back: returns.length,
    gone,
    failures,
    tookMs: Math.max(0, ...returns.slice(-1)),
    due: histogram(due, binMs, bins),
    attempts: histogram(attempts, binMs, bins),
    returns: histogram(returns, binMs, bins),
  }
}
