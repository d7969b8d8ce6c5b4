/**
 * Settler: gives back what a storm has left in the heap of its thread, once the storm is over.
 *
 * V8 does so by itself only after a major collection, and only when it takes the rate of allocation for low: that estimate
 * halves every few seconds, so 15,000 connections that came at once leave 3 KB of garbage each for half a minute to a minute, or for good
 * where no major collection follows. A thread that has been busy and then was quiet for `QUIET_SPANS` has nobody waiting, so it
 * collects all at once.
 *
 * Cost: looking, a microsecond a second. Collecting, a pause of about 2 ms for each MiB that is alive, once after a storm: 50 ms with
 * 15,000 sessions. A heap beyond `HEAP_BYTES_MAX`, where it would be 100 ms and more, is left to V8, which does it in small steps.
 */

import { performance } from 'node:perf_hooks'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const SPAN_MS = 1_000
const BUSY = 0.3
const QUIET = 0.05
export const QUIET_SPANS = 4
export const HEAP_BYTES_MAX = 96 * 1_024 * 1_024

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
    if (this.#ports.heapBytes() > HEAP_BYTES_MAX) return
    this.#ports.collect()
    this.#ports.busy() // collecting is no storm
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

/**
 * Node offers the collector to those only who start it with a flag. Set later it holds for contexts that are made from then on, those
 * of new threads too. It stays set: it is the whole process's, and other threads may be about to make theirs.
 */
let collector: ((options: { type: 'major'; flavor: 'last-resort' }) => void) | undefined

function collectAll(): void {
  if (collector === undefined) {
    setFlagsFromString('--expose-gc')
    collector = runInNewContext('gc') as NonNullable<typeof collector>
  }
  // The flavour that gives young space back as well.
  collector({ type: 'major', flavor: 'last-resort' })
}
