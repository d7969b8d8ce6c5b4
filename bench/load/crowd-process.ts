/**
 * A process of the load generator: sessions that connect when told and count what they receive.
 * `crowd-process.ts '<CrowdArguments>'`; orders and reports are `CrowdOrder` and the types below, lines of JSON.
 */
import { type CrowdArguments, crowdOf } from './crowd-arguments.ts'
import { onOrders, report } from './orders.ts'
import { sharedClockMs } from './shared-clock.ts'
import { Tally, type TallyResult } from './tally.ts'

export type CrowdOrder =
  /** Connects and identifies all, so many at once; answered by `Connected`. */
  | { readonly do: 'connect'; readonly atOnce: number }
  /** From now on so many messages are due at every socket; answered by a `TallyResult` when they came, or late. */
  | { readonly do: 'expect'; readonly perSocket: number; readonly withinMs: number }
  /** What one of the clients sends, in one write; answered by `Published`. */
  | { readonly do: 'publish'; readonly index: number; readonly frames: readonly object[] }
  /** Answered by `Open`. */
  | { readonly do: 'count' }

export interface Connected {
  readonly connected: number
  readonly tookMs: number
}
export interface Published {
  readonly publishedAtMs: number
}
export interface Open {
  readonly open: number
  readonly closed: Readonly<Record<string, number>>
}

const args = JSON.parse(process.argv[2] as string) as CrowdArguments
const tally = new Tally(args.count)
const closed: Record<string, number> = {}
const crowd = crowdOf(args, {
  onFrame(index, bytes, from, to) {
    if (crowd.dialect.isMessage(bytes, from, to)) tally.message(index)
  },
  onClose(_index, code) {
    closed[code] = (closed[code] ?? 0) + 1
  },
})

onOrders<CrowdOrder>(async (order) => {
  switch (order.do) {
    case 'connect': {
      const tookMs = Math.round(await crowd.connectAll(order.atOnce))
      return report({ connected: crowd.ready, tookMs } satisfies Connected)
    }
    case 'expect':
      return report((await tally.expect(order.perSocket, order.withinMs)) satisfies TallyResult)
    case 'publish': {
      const frames = order.frames.map((frame) => crowd.dialect.encode(frame as Record<string, unknown>))
      const publishedAtMs = sharedClockMs()
      crowd.send(order.index, frames)
      return report({ publishedAtMs } satisfies Published)
    }
    case 'count':
      return report({ open: crowd.ready, closed } satisfies Open)
  }
})
