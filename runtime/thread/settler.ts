/**
 * Settler: gives back what a storm has left in the heap of its thread, once the storm is over.
 *
 * V8 does so by itself only after a major collection, and only when it takes the rate of allocation for low: that estimate
 * halves every few seconds, so tens of thousands of connections that came at once leave 3 KB of garbage each for a minute, or for good
 * where no major collection follows. A thread that has been busy and then was quiet for `QUIET_SPANS` has nobody waiting, so it
 * collects all at once.
 *
 * Cost: looking, a microsecond a second. Collecting, about 4 ms for each MiB that is alive, once after a storm; beyond
 * `HEAP_BYTES_MAX` it is left to V8, which does it in small steps.
 */

import { performance } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const SPAN_MS = 1_000
const BUSY = 0.3
const QUIET = 0.1
export const QUIET_SPANS = 4
export const HEAP_BYTES_MAX = 128 * 1_024 * 1_024

export interface SettlerPorts {
  /** How busy the thread was since the last call, from 0 to 1. */
  busy(): number
  heapBytes(): number
  collect(): void
}

export class Settler {
  readonly #ports: SettlerPorts
  #stormed = false
  #quietSpans = 0

  constructor(ports: SettlerPorts) {
    this.#ports = ports
  }

  /** To be called once a span. */
  look(): void {
    const busy = this.#ports.busy()
    if (busy >= BUSY) this.#stormed = true
    this.#quietSpans = busy < QUIET ? this.#quietSpans + 1 : 0
    if (!this.#stormed || this.#quietSpans < QUIET_SPANS) return
    this.#stormed = false
    if (this.#ports.heapBytes() <= HEAP_BYTES_MAX) this.#ports.collect()
  }
}

/** Settles the thread that calls it, from now on. Returns what ends that. Keeps no process alive. */
export function settleThisThread(): () => void {
  let last = performance.eventLoopUtilization()
  const settler = new Settler({
    busy: () => {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, last)
      last = now
      return utilization
    },
    heapBytes: () => getHeapStatistics().used_heap_size,
    collect: collectAll,
  })
  const timer = setInterval(() => settler.look(), SPAN_MS).unref()
  return () => clearInterval(timer)
}

/** Node offers the collector to those only who start it with a flag; a flag that is set later holds for new contexts. */
let collector: ((options: { type: 'major'; flavor: 'last-resort' }) => void) | undefined

function collectAll(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc')
    collector = runInNewContext('gc') as NonNullable<typeof collector>
    setFlagsFromString('--no-expose-gc')
  }
  // The flavour that gives young space back as well.
  collector({ type: 'major', flavor: 'last-resort' })
}
