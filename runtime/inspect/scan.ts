/**
 * scanPage: the actors of one kernel that come first in some order, without a row of each: a page of a pass over all
 * of them. Whoever asks merges the pages and has rows made of the winners only.
 *
 * Guarantees: a page ends once it has cost half a millisecond. Cost: about 50 ns for each actor passed over; with
 * `heap` as the order, that of an estimate of each.
 */

import type { Cell } from '../kernel/cell.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { type ActorFilter, matches } from './actor-filter.ts'
import { estimateBytes } from './heap-estimate.ts'
import { PageMeter } from './page-meter.ts'
import { Sampler, type Since } from './sampler.ts'

/** `handled` and `handlerMs` go by what happened since the sampler's last look; without a sampler since the start. */
export type ActorOrder = 'handled' | 'handlerMs' | 'mailbox' | 'age' | 'heap' | 'refused'

export interface ScanSpec {
  /** The slot to begin at. */
  readonly from: number
  /** The first so many, up to `SCAN_BEST_MAX`. */
  readonly best: number
  readonly order: ActorOrder
  readonly filter?: ActorFilter
  readonly sampler?: string
  /** Told, whatever its place. */
  readonly follow?: string
}

/** An actor, and where it stands. */
export interface Placed {
  readonly ref: string
  readonly score: number
  /** What it has done since the sampler's last look; undefined without one. */
  readonly since: Since | undefined
}

export interface ScanPage {
  /** Best first. */
  readonly best: readonly Placed[]
  readonly followed: Placed | undefined
  /** Actors that passed the filter. */
  readonly matched: number
  readonly next: number | undefined
  readonly work: number
}

export const SCAN_BEST_MAX = 500
const WORK_PER_SLOT = 1
const WORK_PER_ACTOR = 5
const WORK_PER_NODE = 30
const WORK_PER_BEST = 20

interface Candidate {
  readonly cell: Cell
  readonly score: number
  readonly since: Since | undefined
}

export function scanPage(kernel: Kernel, spec: ScanSpec): ScanPage {
  const { cells, scheduler } = kernel
  scheduler.readClock() // ages are told as of now
  const scan = new Scan(kernel, spec)
  let slot = spec.from
  for (; slot < cells.slots && !scan.meter.isFull(); slot++) {
    scan.meter.spend(WORK_PER_SLOT)
    const cell = cells.at(slot)
    if (cell !== undefined) scan.take(cell)
  }
  return { ...scan.page(), next: slot < cells.slots ? slot : undefined }
}

class Scan {
  readonly meter: PageMeter
  readonly #kernel: Kernel
  readonly #spec: ScanSpec
  readonly #sampler: Sampler | undefined
  readonly #bestMax: number
  /** Best first, cut down now and then. */
  #best: Candidate[] = []
  #worst = Number.NEGATIVE_INFINITY
  #followed: Candidate | undefined
  #matched = 0

  constructor(kernel: Kernel, spec: ScanSpec) {
    this.#kernel = kernel
    this.#spec = spec
    this.meter = new PageMeter(kernel.ports.clock)
    this.#sampler = spec.sampler === undefined ? undefined : Sampler.of(kernel, spec.sampler)
    if (spec.from === 0) this.#sampler?.begin(kernel.cells.slots)
    this.#bestMax = Math.min(spec.best, SCAN_BEST_MAX)
  }

  take(cell: Cell): void {
    this.meter.spend(WORK_PER_ACTOR)
    this.#sampler?.look(cell, this.#kernel.scheduler.handlerMsOf(cell))
    const { follow, filter } = this.#spec
    const isFollowed = follow !== undefined && cell.ref.toString() === follow
    const isIn = filter === undefined || matches(cell, filter)
    if (isIn) this.#matched++
    if (!isIn && !isFollowed) return
    const score = this.#scoreOf(cell)
    if (isFollowed) this.#followed = this.#candidate(cell, score)
    if (!isIn || (score <= this.#worst && this.#best.length >= this.#bestMax)) return
    this.#best.push(this.#candidate(cell, score))
    if (this.#best.length >= this.#bestMax * 2) this.#cut()
  }

  #candidate(cell: Cell, score: number): Candidate {
    const sampler = this.#sampler
    const since = sampler?.knowsBefore
      ? { handled: sampler.handled, handlerMs: sampler.handlerMs }
      : undefined
    return { cell, score, since }
  }

  page(): Omit<ScanPage, 'next'> {
    this.#cut()
    const followed = this.#followed === undefined ? undefined : placed(this.#followed)
    return { best: this.#best.map(placed), followed, matched: this.#matched, work: this.meter.work() }
  }

  #cut(): void {
    this.meter.spend(this.#best.length * WORK_PER_BEST)
    this.#best.sort((a, b) => b.score - a.score)
    this.#best.length = Math.min(this.#best.length, this.#bestMax)
    this.#worst = this.#best.at(-1)?.score ?? Number.NEGATIVE_INFINITY
  }

  #scoreOf(cell: Cell): number {
    const since = this.#sampler?.knowsBefore ? this.#sampler : undefined
    switch (this.#spec.order) {
      case 'handled':
        return since?.handled ?? cell.handled
      case 'handlerMs':
        return since?.handlerMs ?? this.#kernel.scheduler.handlerMsOf(cell)
      case 'mailbox':
        return cell.length
      case 'age':
        return this.#kernel.scheduler.oldestAgeMs(cell)
      case 'refused':
        return (cell.relations?.refused ?? 0) + (cell.relations?.dropped ?? 0)
      case 'heap':
        return this.#heapOf(cell)
    }
  }

  #heapOf(cell: Cell): number {
    const { bytes, nodes } = estimateBytes(cell.state)
    this.meter.spend(nodes * WORK_PER_NODE)
    return bytes
  }
}

function placed({ cell, score, since }: Candidate): Placed {
  return { ref: cell.ref.toString(), score, since }
}
