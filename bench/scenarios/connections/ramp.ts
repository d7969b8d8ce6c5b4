/** Ramp: what a server's memory is while connections come, for the curve of memory against connections. */
import type { Open } from '../../load/crowd-process.ts'
import type { Fleet } from '../../load/fleet.ts'
import { rssAnonBytes } from '../../load/proc.ts'
import type { Curve } from '../../result.ts'

const EVERY_MS = 250
const ANSWER_MS = 30_000
const MIB = 2 ** 20

/** Connections, and the MiB that they added. */
export type RampPoint = readonly [number, number]

/** Looks now and then until `connecting` is through, at every hundredth of `count` at most. */
export async function watchRamp(
  server: { readonly pid: number; readonly count: number; readonly beforeBytes: number },
  load: Fleet,
  connecting: Promise<unknown>,
): Promise<RampPoint[]> {
  const points: RampPoint[] = [[0, 0]]
  let done = false
  const end = (): void => {
    done = true
  }
  connecting.then(end, end)
  while (!done) {
    const [open] = await load.ask<Open>({ do: 'count' }, 'open', ANSWER_MS)
    const [last = 0] = points.at(-1) ?? []
    if (open !== undefined && open.open - last >= server.count / 100)
      points.push([open.open, (rssAnonBytes(server.pid) - server.beforeBytes) / MIB])
    await Promise.race([connecting.catch(end), new Promise((resolve) => setTimeout(resolve, EVERY_MS))])
  }
  return points
}

/** The curve of each contestant; those that were absent have none. */
export function rampCurves(ramps: ReadonlyMap<string, readonly RampPoint[]>): Curve[] {
  return [...ramps].map(([name, points]) => ({
    chart: 'memory against connections, as they come',
    name,
    x: 'connections',
    unit: 'MiB',
    points,
  }))
}
